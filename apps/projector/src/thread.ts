import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { Gauge, Registry } from 'prom-client';
import { createLogger, explainFailure } from '#platform';
import { projectorConfig } from './config.js';
import { createApp, type ProjectorApp } from './create-app.js';
import type { FromProjector, ToProjector } from './thread.messages.js';

/** The projector as a thread of another process (apps/standalone), which gives it an environment and takes its log and its metrics. */
const port = parentPort;
if (port === null) throw new Error('this file is started as a thread; main.js is the projector as a process');
const tell = (message: FromProjector): void => port.postMessage(message);

/** Where there are too few cores for all, decisions come first and rows later. */
const NICENESS = 10;

giveWay(threadId());
const metrics = threadMetrics();
let starting: Promise<ProjectorApp> | undefined;

port.on('message', (message: ToProjector) => {
  switch (message.kind) {
    case 'start': return start(message.environment, message.isDatabaseLocal);
    case 'metrics': return void answerMetrics(message.request);
    case 'stop': return void stop();
  }
});

function start(environment: Readonly<Record<string, string | undefined>>, isDatabaseLocal: boolean): void {
  starting = (async () => {
    const config = projectorConfig(environment);
    // One writer of the log file: lines of two writers could mix.
    const logger = createLogger({ level: config.logging.level, app: 'projector', node: config.node, destination: { write: (line) => tell({ kind: 'log', line }) } });
    return createApp(config, {
      logger, metrics, http: false, onHealth: (problem) => tell({ kind: 'health', problem }), ...(isDatabaseLocal && { onBackend: giveWay }),
    });
  })();
  starting.then(() => tell({ kind: 'started' }), (error: unknown) => {
    tell({ kind: 'failed', message: explainFailure(error) });
    port!.close();
  });
}

async function stop(): Promise<void> {
  const app = await starting?.catch(() => undefined);
  const clean = (await app?.stop()) ?? true;
  tell({ kind: 'stopped', clean });
  port!.close();
}

async function answerMetrics(request: number): Promise<void> {
  // Figures that cannot be had are left out; what asks must get an answer.
  const text = await metrics.metrics().catch(() => '');
  tell({ kind: 'metrics', request, text });
}

/** Linux alone has priorities for threads, and names this one by the link. Elsewhere it is a thread like the others. */
function threadId(): number | undefined {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return undefined;
  }
}

function giveWay(id: number | undefined): void {
  // 0 would be the whole process.
  if (id === undefined || !(id > 0)) return;
  try {
    setPriority(id, NICENESS);
  } catch {
    // Not needed to be right.
  }
}

/** The process's own figures (memory, file handles …) are counted by its main thread: here only what is this thread's. */
function threadMetrics(): Registry {
  const registry = new Registry();
  let last = performance.eventLoopUtilization();
  new Gauge({
    name: 'docket_projector_thread_utilization', help: 'Share of the time since the last scrape that the projector’s thread was busy', registers: [registry],
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, last).utilization);
      last = now;
    },
  });
  new Gauge({
    name: 'docket_projector_thread_heap_bytes', help: 'Heap used by the projector’s thread', registers: [registry],
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  return registry;
}
