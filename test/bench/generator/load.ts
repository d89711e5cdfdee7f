import { dialectOf, type Dialect } from './dialects.js';
import { frameMessage, H2Connection } from './h2.connection.js';
import type { Job, LoadResult, Progress } from './job.js';
import { Meter } from './meter.js';

/** Closed loop: every slot sends its next request when the last one is answered. Ends when all that was sent is answered. */
async function load(job: Job, report: (progress: Progress) => void): Promise<LoadResult> {
  const dialect = dialectOf(job.target);
  const connections = await Promise.all(Array.from({ length: job.connections }, () =>
    H2Connection.connect(job.host, job.port, dialect.path, job.metadata)));
  const meter = new Meter();
  let stopping = false;
  const slots = Math.max(1, Math.round(job.concurrency / dialect.callsPerMessage));
  const loops = dialect.streaming
    ? connections.map((connection, index) => {
        const share = Math.floor(job.concurrency / connections.length) + (index < job.concurrency % connections.length ? 1 : 0);
        return streamLoop(connection, dialect, share, meter, () => stopping);
      })
    : Array.from({ length: slots }, (_, slot) =>
        unaryLoop(connections[slot % connections.length] as H2Connection, dialect, meter, () => stopping));
  await wait(job.warmupMs);
  meter.begin();
  report({ kind: 'measuring' });
  // A server that is killed ends them before their time.
  await Promise.race([Promise.all(loops), wait(job.durationMs)]);
  meter.end();
  report({ kind: 'measured' });
  stopping = true;
  await Promise.race([Promise.all(loops), wait(15_000)]);
  for (const connection of connections) connection.close();
  return meter.result();
}

function unaryLoop(connection: H2Connection, dialect: Dialect, meter: Meter, stopping: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let failures = 0;
    const next = () => {
      if (stopping() || failures > 1000) return resolve();
      const startedMs = performance.now();
      let decided = 0;
      const message = dialect.request(dialect.callsPerMessage, () => {});
      meter.send(dialect.callsPerMessage);
      connection.unary(frameMessage(message), {
        message: (bytes) => dialect.read(bytes, (_, verdict) => {
          decided += 1;
          meter.answer(verdict, performance.now() - startedMs);
        }),
        end: (status, detail) => {
          if (status !== 0 || decided !== dialect.callsPerMessage) {
            failures += 1;
            meter.error(`status ${status}: ${detail}`, dialect.callsPerMessage - decided);
          }
          next();
        },
      });
    };
    next();
  });
}

function streamLoop(connection: H2Connection, dialect: Dialect, inFlight: number, meter: Meter, stopping: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const startedMs = new Map<number, number>();
    let free = inFlight;
    let finished = false;
    const stream = connection.stream({
      message: (bytes) => {
        dialect.read(bytes, (index, verdict) => {
          const began = index === undefined ? undefined : startedMs.get(index);
          if (began === undefined) return meter.error('an answer for a call that was not asked');
          startedMs.delete(index as number);
          free += 1;
          meter.answer(verdict, performance.now() - began);
        });
        next();
      },
      end: (status, detail) => {
        if (startedMs.size > 0 || status !== 0) meter.error(`stream ended with status ${status}: ${detail}`, Math.max(1, startedMs.size));
        resolve();
      },
    });
    const size = Math.min(dialect.callsPerMessage, inFlight);
    const next = () => {
      while (!stopping() && free >= size) {
        const now = performance.now();
        const message = dialect.request(size, (index) => startedMs.set(index, now));
        meter.send(size);
        free -= size;
        stream.send(frameMessage(message));
      }
      if (stopping() && !finished && startedMs.size === 0) {
        finished = true;
        stream.finish();
      }
    };
    next();
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.once('message', (job: Job) => {
  load(job, (progress) => process.send?.(progress)).then(
    (result) => process.send?.({ kind: 'done', result } satisfies Progress, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
