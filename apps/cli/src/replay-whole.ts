import { DECISIONS_TOPIC, isFaultless, mergeReports, openSource, readRegistry, runPartitions, type ReplayReport, type SourceSpec } from '#replay';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { ProgressBar } from './progress-bar.js';
import { keysOf } from './replay-source.js';
import { plain } from './terminal.js';

const DIFFERENCES_MAX = 10;

/** Derives all verdicts of a log again, and says in a line or two what came of it. Resolves with the exit code. */
export async function replayWhole(context: Context, spec: SourceSpec, only: number | undefined): Promise<number> {
  const { signal } = context.terminal;
  const source = await openSource(spec);
  try {
    const facts = await readRegistry(source.log, signal);
    const all = source.partitions?.filter(({ topic }) => topic === DECISIONS_TOPIC) ?? Array.from({ length: facts.partitions }, (_, partition) => ({ topic: DECISIONS_TOPIC, partition }));
    const partitions = all.filter(({ partition }) => only === undefined || partition === only);
    const bar = new ProgressBar(context, 'verdicts', undefined);
    const reports = await runPartitions<ReplayReport>(
      { source: spec, keys: keysOf(await context.connection()), settings: facts.settings, documents: facts.documents, range: { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, task: { kind: 'replay', differencesMax: DIFFERENCES_MAX } },
      partitions, { signal, onProgress: (count) => bar.add(count) });
    bar.end();
    const { tallies: { CallDecided }, differences, causes, gaps, chainBreaks } = mergeReports(reports, DIFFERENCES_MAX);
    const { compared, agreed, differing, underivable } = CallDecided;
    const first = differences[0];
    context.print({ verdicts: { compared, agreed, differing, notDerivable: underivable }, causes, notDerivable: gaps, chainBreaks, differences }, () => [
      `verdicts: ${compared.toLocaleString('en')} derived again, ${agreed.toLocaleString('en')} agree, ${differing.toLocaleString('en')} differ, ${underivable.toLocaleString('en')} cannot be derived here`,
      ...(first === undefined ? [] : [`the first that differs: ${DECISIONS_TOPIC}/${first.partition} at offset ${first.offset} (docket log replay shows all)`]),
      ...chainBreaks.map(({ partition, offset, reason }) => plain(`no verdict behind ${DECISIONS_TOPIC}/${partition} at offset ${offset} could be derived: ${reason}`)),
    ].join('\n'));
    return isFaultless(mergeReports(reports, DIFFERENCES_MAX)) ? EXIT.ok : EXIT.error;
  } finally {
    await source.close();
  }
}
