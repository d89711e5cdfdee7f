import { parentPort, workerData } from 'node:worker_threads';
import { DocketError } from '#errors';
import { PartitionRunner, type RunSpec } from './partition-runner.js';
import type { FromThread, ToThread } from './thread.messages.js';

/** Entry of a thread that runs the partitions it is given, one after another, until it is told to end. */
const port = parentPort!;
const tell = (message: FromThread): void => port.postMessage(message);
const opening = PartitionRunner.open(workerData as RunSpec);
opening.then(() => tell({ kind: 'ready' }), failed);

port.on('message', (message: ToThread) => {
  void opening.then(async (runner) => {
    if (message.kind === 'end') {
      await runner.close();
      port.close();
      return;
    }
    const report = await runner.run(message.tp, new AbortController().signal, (records) => tell({ kind: 'progress', records }));
    tell({ kind: 'done', report });
  }).catch(failed);
});

function failed(error: unknown): void {
  if (error instanceof DocketError) tell({ kind: 'failed', error: { kind: error.kind, reason: error.reason, message: error.message, metadata: error.metadata } });
  else tell({ kind: 'broken', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
