import { DocketError } from '#errors';
import { headsBefore, lossText, type EventLog, type FoundHead } from '#ledger';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { trustedKeys, withProofSource, type ProofPartition, type ProofSourceOptions } from './proof-source.js';
import { plain, table } from './terminal.js';

interface Newest {
  readonly tp: ProofPartition;
  readonly end: number;
  readonly found: FoundHead | undefined;
  /** Records that no signature covers yet, other than signed heads. */
  readonly newer: number;
  /** Why it could not be looked for. */
  readonly problem?: string;
}

/** The newest signed head of each partition. Resolves with the exit code. */
export async function showHeads(context: Context, options: ProofSourceOptions): Promise<number> {
  const { keys } = await trustedKeys(context, options);
  return withProofSource(context, options, async ({ log, partitions }) => {
    const all: Newest[] = [];
    for (const tp of partitions) all.push(await newestOf(log, tp));
    const signatureOf = ({ head }: FoundHead): string => keys.problemOf(head) ?? 'good';
    const exitCode = all.every(({ problem }) => problem === undefined) ? EXIT.ok : EXIT.error;
    if (context.json) {
      for (const { tp: { topic, partition }, end, found, newer, problem } of all) {
        context.print({ topic, partition, endOffset: end, unsigned: newer, ...(problem && { problem }), ...(found && { offset: found.offset, hash: found.hash, signature: signatureOf(found), keyId: found.head.key_id, publicKey: found.head.public_key, head: found.head }) }, () => '');
      }
      return exitCode;
    }
    const used = new Map(all.flatMap(({ found }) => (found === undefined ? [] : [[found.head.key_id, found.head.public_key] as const])));
    context.print({}, () => [
      table(['PARTITION', 'SIGNED', 'AT OFFSET', 'SIGNED UP TO', 'NEWER', 'KEY', 'SIGNATURE'], all.map(({ tp, found, newer, problem }) => [
        `${tp.topic}/${tp.partition}`,
        ...(found === undefined ? ['–', '–', '–', problem === undefined ? String(newer) : '–', '–', problem === undefined ? '–' : 'FAULT']
          : [new Date(found.head.signed_at_ms).toISOString(), String(found.offset), found.head.to === 0 ? '–' : String(found.head.to - 1), String(newer), found.head.key_id, signatureOf(found)]),
      ])),
      '', ...[...used].map(([id, key]) => `key ${id}  Ed25519 public key, base64: ${key}`),
      ...all.flatMap(({ tp, problem }) => (problem === undefined ? [] : [plain(`${tp.topic}/${tp.partition}${problem}; docket log verify says more`)])),
    ].join('\n'));
    return exitCode;
  });
}

async function newestOf(log: Pick<EventLog, 'read' | 'endOffset'>, tp: ProofPartition): Promise<Newest> {
  if (tp.isGone === true) return { tp, end: 0, found: undefined, newer: 0, problem: ': the whole partition is missing' };
  try {
    const end = await log.endOffset(tp);
    const { value: found } = await headsBefore(log, tp, end, tp.firstOffset).next() as { readonly value: FoundHead | undefined };
    if (found === undefined) return { tp, end, found, newer: end - tp.firstOffset };
    // Signed heads that the newest does not cover: itself, and those it came at the same time with.
    let heads = 1;
    for await (const _ of headsBefore(log, tp, found.offset, found.head.to)) heads += 1;
    return { tp, end, found, newer: end - found.head.to - heads };
  } catch (error) {
    if (!(error instanceof DocketError) || error.kind !== 'data_loss') throw error;
    const loss = lossText(error);
    return { tp, end: tp.endOffset, found: undefined, newer: 0, problem: loss === undefined ? `: ${error.message}` : ` at offset ${loss.offset}: ${loss.what}` };
  }
}
