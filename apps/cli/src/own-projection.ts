import { resolve } from 'node:path';
import { runProjection, type RunOptions } from '#read-models';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { outageNotes } from './patience.js';
import { progressBar } from './rebuild.js';

export interface OwnRun extends Pick<RunOptions, 'readModels' | 'log' | 'partitions' | 'range' | 'rangeText' | 'timeLimitMs' | 'fresh' | 'follow'> {
  readonly file: string;
}

/** Runs a file's projection with a progress bar, and says where its rows are. Resolves to the exit code. */
export async function runOwn(context: Context, run: OwnRun): Promise<number> {
  const startedMs = performance.now();
  const draw = progressBar(context);
  const outage = outageNotes(context);
  let begun: number | undefined;
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  const { declared, own, isComplete, records } = await runProjection({
    ...run, file: resolve(context.terminal.cwd, run.file), shownFile: run.file, signal: context.terminal.signal,
    onOutput: (text) => void context.terminal.stderr.write(text),
    onProgress: (done, of) => {
      begun ??= done;
      outage.isBack();
      // While it follows there is no end to draw a bar to.
      if (!(run.follow && done >= of)) draw({ name: 'projecting', done, of, from: begun, seconds: seconds() }, done >= of);
    },
    onShown: () => undefined,
    onTrouble: (error) => outage.isAway(error),
    onNote: (text) => context.note(text),
  });
  const views = Object.keys(own.tables).map((name) => `${own.schema}.${name}`);
  context.print({ projection: declared.name, version: declared.version, complete: isComplete, records, seconds: Number(seconds().toFixed(3)), views, range: own.range }, () => isComplete
    ? `${views.join(', ')}: ${declared.name} v${declared.version}${own.range}, ${records} records read in ${seconds().toFixed(1)} s`
    : `${declared.name} was stopped after ${records} records; run it again: it goes on there`);
  return EXIT.ok;
}
