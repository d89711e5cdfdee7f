import { resolve } from 'node:path';
import { headsBefore, type FoundHead } from '#ledger';
import { eventProblems, faultText, openHeadCopies, readReceipts, verifyPartition, type Fault, type VerifiedPartition } from '#proof';
import { CliError } from './cli-error.js';
import type { VerifyOptions } from './commands/log-verify.js';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { NO_KEY, trustedKeys, withProofSource, type ProofPartition, type ProofSource, type ProofSourceOptions } from './proof-source.js';
import { ProgressBar } from './progress-bar.js';
import { plain, table } from './terminal.js';

/** Resolves with the exit code. */
export async function verifyLog(context: Context, options: VerifyOptions): Promise<number> {
  const { keys, from } = await trustedKeys(context, options);
  return withProofSource(context, options, async (source) => {
    const partitions = wanted(source, options);
    const { verified, seconds } = await verifyAll(context, options, source, partitions, keys);
    const faults = verified.flatMap(({ fault }) => fault ?? []);
    if (from === undefined) context.note(`Attention: ${NO_KEY}`);
    context.print(
      { sound: faults.length === 0, faults, keys: keys.ids, keysPinned: keys.isPinned, partitions: verified.map(({ summary, fault, receipts, copies }) => ({ ...summary, receipts, headsKeptOutside: copies, ...(fault && { fault }) })), seconds },
      () => reportText(verified, options, { keys: keys.ids, from, seconds }),
    );
    const isReplayed = options.verdicts !== true || (await replay(context, source, options)) === EXIT.ok;
    return faults.length === 0 && isReplayed ? EXIT.ok : EXIT.error;
  });
}

function wanted({ partitions }: ProofSource, { topic, partition }: VerifyOptions): readonly ProofPartition[] {
  const chosen = partitions.filter((one) => (topic === undefined || one.topic === topic) && (partition === undefined || one.partition === partition));
  if (chosen.length === 0) throw new CliError(`there is no such partition: there are ${[...new Set(partitions.map((one) => one.topic))].map((name) => `${name}/0–${partitions.filter((one) => one.topic === name).length - 1}`).join(', ')}`);
  return chosen;
}

async function verifyAll(context: Context, options: VerifyOptions, source: ProofSource, partitions: readonly ProofPartition[], keys: Parameters<typeof verifyPartition>[0]['keys']): Promise<{ verified: VerifiedPartition[]; seconds: number }> {
  const { cwd, environment, signal } = context.terminal;
  const receipts = options.receipts === undefined ? undefined : await readReceipts(resolve(cwd, options.receipts));
  const isAddress = options.heads !== undefined && /^https?:\/\//.test(options.heads);
  const copies = options.heads === undefined ? undefined : await openHeadCopies(isAddress ? options.heads : resolve(cwd, options.heads), environment['HEADS_SINK_TOKEN'] || undefined);
  const isAll = options.topic === undefined && options.partition === undefined;
  // What was kept outside of a partition that is not there at all is a fault too.
  const unknown = !isAll ? [] : [...receipts?.partitions ?? [], ...(await copies?.partitions()) ?? []].filter((one) => !partitions.some(({ topic, partition }) => topic === one.topic && partition === one.partition));
  const [stranger] = unknown;
  if (stranger !== undefined && (options.file === undefined && options.archiveOnly !== true)) {
    throw new CliError(`receipts or signed heads kept outside name ${plain(stranger.topic)}/${stranger.partition}, which this log does not have: they are of another log, or all of it was deleted`, { code: 'DATA_LOSS', exitCode: EXIT.error });
  }
  const bar = new ProgressBar(context, 'verify', partitions.reduce((sum, { firstOffset, endOffset }) => sum + endOffset - firstOffset, 0));
  const verified: VerifiedPartition[] = [];
  for (const { topic, partition, start } of partitions) {
    if (signal.aborted) break;
    verified.push(await verifyPartition({
      log: source.log, tp: { topic, partition }, keys, problemOf: eventProblems(topic), receipts: receipts?.of(topic, partition) ?? [], copies: copies?.of({ topic, partition }),
      signal, onProgress: (records) => bar.add(records), ...(start && { start }),
    }));
  }
  const { seconds } = bar.end();
  if (signal.aborted) throw new CliError('stopped before the end: nothing can be said of the rest', { code: 'CANCELLED', exitCode: EXIT.error });
  return { verified, seconds };
}

const count = (value: number): string => value.toLocaleString('en');

function reportText(verified: readonly VerifiedPartition[], { heads, receipts }: VerifyOptions, { keys, from, seconds }: { keys: readonly string[]; from: string | undefined; seconds: number }): string {
  const sum = (of: (one: VerifiedPartition) => number): number => verified.reduce((total, one) => total + of(one), 0);
  const records = sum(({ summary }) => summary.records);
  const unsigned = sum(({ summary, fault }) => (fault === undefined ? summary.unsigned : 0));
  const faults = verified.flatMap(({ fault }) => fault ?? []);
  const lines = [
    table(['PARTITION', 'RECORDS', 'EVENTS', 'CLAIMS', 'VOID', 'SIGNED HEADS', 'SIGNED UP TO', 'LAST SIGNED', ''], verified.map(({ summary, fault }) => [
      `${summary.topic}/${summary.partition}`, ...[summary.records, summary.events, summary.claims, summary.voids, summary.signedHeads, summary.signedThrough].map(count),
      summary.signedAtMs === null ? '–' : new Date(summary.signedAtMs).toISOString(), fault === undefined ? 'sound' : `FAULT at ${fault.offset}`,
    ])),
    `${count(records)} records of ${verified.length} partitions read in ${seconds.toFixed(1)} s (${count(Math.round(records / Math.max(seconds, 0.001)))} a second)`,
    `signed heads: ${count(sum(({ summary }) => summary.signedHeads))}, by ${keys.length === 0 ? 'no key' : keys.join(', ')}${from === undefined ? ' (as they say themselves)' : ` (${from})`}; ${unsigned === 0 ? 'they cover all records' : `${count(unsigned)} records are newer than the last of their partition`}`,
    ...(heads === undefined ? [] : [`signed heads kept outside: ${count(sum(({ copies }) => copies))} found in the log as they were kept`]),
    ...(receipts === undefined ? [] : [`receipts: ${count(sum((one) => one.receipts))} found in the log as they were given`]),
  ];
  return [...lines, ...faultLines(faults)].join('\n');
}

function faultLines(faults: readonly Fault[]): string[] {
  if (faults.length === 0) return ['sound: no fault was found'];
  return [`${faults.length === 1 ? 'a fault' : `faults in ${faults.length} partitions, the first of each`}:`, ...faults.map((fault) => plain(`  ${faultText(fault)}`))];
}

/** Derives the verdicts again, as `docket log replay` does. */
async function replay(context: Context, { spec }: ProofSource, { topic, partition }: VerifyOptions): Promise<number> {
  if (topic !== undefined && topic !== 'docket.decisions') throw new CliError('--verdicts: only docket.decisions holds verdicts');
  const { replayWhole } = await import('./replay-whole.js');
  return replayWhole(context, spec, partition);
}

/** The newest signed head of each partition. Resolves with the exit code. */
export async function showHeads(context: Context, options: ProofSourceOptions): Promise<number> {
  const { keys } = await trustedKeys(context, options);
  return withProofSource(context, options, async ({ log, partitions }) => {
    const newest: { readonly tp: ProofPartition; readonly end: number; readonly found: FoundHead | undefined }[] = [];
    for (const tp of partitions) {
      const end = await log.endOffset(tp);
      const { value } = await headsBefore(log, tp, end, tp.firstOffset).next();
      newest.push({ tp, end, found: value as FoundHead | undefined });
    }
    const signatureOf = ({ head }: FoundHead): string => keys.problemOf(head) ?? 'good';
    if (context.json) {
      for (const { tp: { topic, partition }, end, found } of newest) {
        context.print({ topic, partition, endOffset: end, ...(found && { offset: found.offset, hash: found.hash, signature: signatureOf(found), keyId: found.head.key_id, publicKey: found.head.public_key, head: found.head }) }, () => '');
      }
      return EXIT.ok;
    }
    const used = new Map(newest.flatMap(({ found }) => (found === undefined ? [] : [[found.head.key_id, found.head.public_key] as const])));
    context.print({}, () => [
      table(['PARTITION', 'SIGNED', 'AT OFFSET', 'COVERS UP TO', 'NEWER', 'KEY', 'SIGNATURE'], newest.map(({ tp, end, found }) => [
        `${tp.topic}/${tp.partition}`,
        ...(found === undefined ? ['–', '–', '–', String(end), '–', '–'] : [new Date(found.head.signed_at_ms).toISOString(), String(found.offset), String(found.head.to - 1), String(end - found.head.to), found.head.key_id, signatureOf(found)]),
      ])),
      '', ...[...used].map(([id, key]) => `key ${id}  Ed25519 public key, base64: ${key}`),
    ].join('\n'));
    return EXIT.ok;
  });
}
