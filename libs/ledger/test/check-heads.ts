import { createHash } from 'node:crypto';
import type { LogRecord } from '../src/event-log.js';
import { Judge } from '../src/fold.js';
import { NO_PREVIOUS, parseSignedHead, type SignedHead } from '../src/heads/signed-head.js';
import type { ResumeState } from '../src/resume-state.js';

/**
 * The valid signed heads of a partition, each held against all of its records: every one begins where the one before it
 * ended, and states what a reader finds at its end. Throws on the first that does not. Says nothing of signatures.
 */
export function checkHeads(topic: string, partition: number, records: readonly LogRecord[]): { readonly offset: number; readonly head: SignedHead }[] {
  const judge = new Judge(topic, partition);
  const resumes: ResumeState[] = [judge.resume];
  const hashes: Buffer[] = [];
  const found: { offset: number; hash: string; head: SignedHead }[] = [];
  for (const record of records) {
    const judged = judge.judge(record);
    resumes.push(judge.resume);
    hashes.push(Buffer.concat([Buffer.from(judged.kind === 'void' ? 'V' : ''), Buffer.from(judge.lastHash!, 'hex')]));
    if (judged.kind !== 'signed_head') continue;
    const head = parseSignedHead(judged.encoded.data);
    const wrong = (what: string): Error => new Error(`signed head at ${topic}/${partition}/${record.offset}: ${what}`);
    if (head === undefined) throw wrong('not readable');
    const before = found.at(-1);
    if (head.topic !== topic || head.partition !== partition) throw wrong('of another partition');
    if (head.from !== (before?.head.to ?? 0) || head.previous !== (before?.hash ?? NO_PREVIOUS)) throw wrong(`begins at ${head.from}, expected ${before?.head.to ?? 0}`);
    if (head.to > record.offset || head.tree_size !== head.to - head.from) throw wrong(`ends at ${head.to}`);
    const at = resumes[head.to]!;
    if (at.head !== head.head || at.epoch !== head.epoch || at.sequence !== head.sequence || at.timeMs !== head.event_time_ms) throw wrong(`not what stands at ${head.to}`);
    if (head.root !== mth(hashes.slice(head.from, head.to)).toString('hex')) throw wrong('another root');
    if (head.signed_at_ms !== judged.at.timeMs) throw wrong('signed at another time');
    found.push({ offset: record.offset, hash: judged.at.hash, head });
  }
  return found;
}

/** MTH of RFC 6962 section 2.1, as the RFC has it. */
function mth(leaves: readonly Buffer[]): Buffer {
  const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (leaves.length === 1) return sha(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}
