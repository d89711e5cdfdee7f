import { resolve } from 'node:path';
import type { ComparedLog } from '#archive';
import { eventProblems, openHeadCopies, readReceipts, verifyPartition, type Fault, type HeadCopies, type Receipts, type TrustedKeys, type VerifiedPartition } from '#proof';
import { CliError } from './cli-error.js';
import type { VerifyOptions } from './commands/log-verify.js';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { NO_KEY, trustedKeys, withComparedSource, type ProofPartition, type ProofSource } from './proof-source.js';
import { ProgressBar } from './progress-bar.js';
import { plain } from './terminal.js';
import { reportJson, reportText, type Checked, type KeptOutside } from './verify-report.js';

type Source = ProofSource<ComparedLog>;

/** Resolves with the exit code. */
export async function verifyLog(context: Context, options: VerifyOptions): Promise<number> {
  if (options.verdicts === true && options.topic !== undefined && options.topic !== 'docket.decisions') throw new CliError('--verdicts: only docket.decisions holds verdicts');
  const { keys, from } = await trustedKeys(context, options);
  return withComparedSource(context, options, async (source) => {
    const partitions = wanted(source, options);
    const { checked, outside, seconds } = await verifyAll(context, options, source, partitions, keys);
    const faults = checked.flatMap((one) => one.faults);
    if (from === undefined) context.note(`Attention: ${NO_KEY}`);
    const facts = { keys: keys.ids, isPinned: keys.isPinned, from, seconds, outside };
    context.print(reportJson(checked, facts), () => reportText(checked, facts));
    const isReplayed = options.verdicts !== true || (await replay(context, source, options)) === EXIT.ok;
    return faults.length === 0 && isReplayed ? EXIT.ok : EXIT.error;
  });
}

function wanted({ partitions }: Source, { topic, partition }: VerifyOptions): readonly ProofPartition[] {
  const chosen = partitions.filter((one) => (topic === undefined || one.topic === topic) && (partition === undefined || one.partition === partition));
  if (chosen.length === 0) throw new CliError(`there is no such partition: there are ${[...new Set(partitions.map((one) => one.topic))].map((name) => `${name}/0–${partitions.filter((one) => one.topic === name).length - 1}`).join(', ')}`);
  return chosen;
}

async function verifyAll(context: Context, options: VerifyOptions, source: Source, partitions: readonly ProofPartition[], keys: TrustedKeys): Promise<{ checked: Checked[]; outside: KeptOutside; seconds: number }> {
  const { cwd, environment, signal } = context.terminal;
  const receipts = options.receipts === undefined ? undefined : await readReceipts(resolve(cwd, options.receipts));
  const isAddress = options.heads !== undefined && /^https?:\/\//.test(options.heads);
  const copies = options.heads === undefined ? undefined : await openHeadCopies(isAddress ? options.heads : resolve(cwd, options.heads), environment['HEADS_SINK_TOKEN'] || undefined);
  await refuseStrangers(options, partitions, receipts, copies);
  const bar = new ProgressBar(context, 'verify', partitions.reduce((sum, { firstOffset, endOffset }) => sum + endOffset - firstOffset, 0));
  const checked: Checked[] = [];
  for (const one of partitions) {
    if (signal.aborted) break;
    checked.push(await verifyOne(source.log, one, { keys, receipts, copies, signal, onProgress: (records) => bar.add(records) }));
  }
  const { seconds } = bar.end();
  if (signal.aborted) throw new CliError('stopped before the end: nothing can be said of the rest', { code: 'CANCELLED', exitCode: EXIT.error });
  const given = partitions.reduce((sum, { topic, partition }) => sum + (receipts?.of(topic, partition).length ?? 0), 0);
  return { checked, outside: { receiptsGiven: receipts === undefined ? undefined : given, hasCopies: copies !== undefined }, seconds };
}

interface Checks {
  readonly keys: TrustedKeys;
  readonly receipts: Receipts | undefined;
  readonly copies: HeadCopies | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (records: number) => void;
}

async function verifyOne(log: ComparedLog, { topic, partition, start, isGone }: ProofPartition, { receipts, copies, ...checks }: Checks): Promise<Checked> {
  const tp = { topic, partition };
  if (isGone === true) {
    const gone: Fault = { ...tp, kind: 'missing', offset: 0, what: 'the whole partition is missing: the registry’s first event says that there is one' };
    return { summary: undefined, tp, faults: [gone], receipts: 0, copies: 0, readFrom: log.readFrom(tp) };
  }
  const verified: VerifiedPartition = await verifyPartition({
    log, tp, problemOf: eventProblems(topic), receipts: receipts?.of(topic, partition) ?? [], copies: copies?.of(tp), ...checks, ...(start && { start }),
  });
  const beside = (await log.differences(tp)).map((difference): Fault => ({ ...tp, ...difference }));
  const { fault } = verified;
  // What was met on the way is known more closely than what is said of the whole file.
  const faults = [...(fault === undefined ? [] : [fault]), ...beside.filter(({ what }) => what !== fault?.what)].sort((a, b) => a.offset - b.offset);
  return { ...verified, tp, faults, readFrom: log.readFrom(tp) };
}

/** What was kept outside of a partition that is not there at all is a fault too. */
async function refuseStrangers({ topic, partition, file, archiveOnly }: VerifyOptions, partitions: readonly ProofPartition[], receipts: Receipts | undefined, copies: HeadCopies | undefined): Promise<void> {
  if (topic !== undefined || partition !== undefined || file !== undefined || archiveOnly === true) return;
  const named = [...receipts?.partitions ?? [], ...(await copies?.partitions()) ?? []];
  const stranger = named.find((one) => !partitions.some((known) => known.topic === one.topic && known.partition === one.partition));
  if (stranger === undefined) return;
  throw new CliError(`receipts or signed heads kept outside name ${plain(stranger.topic)}/${stranger.partition}, which this log does not have: they are of another log, or all of it was deleted`, { code: 'DATA_LOSS', exitCode: EXIT.error });
}

/** Derives the verdicts again, as `docket log replay` does. */
async function replay(context: Context, { spec }: Source, { partition }: VerifyOptions): Promise<number> {
  const { replayWhole } = await import('./replay-whole.js');
  return replayWhole(context, spec, partition);
}
