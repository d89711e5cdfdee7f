import { DocketError } from '#errors';
import { INITIAL_RESUME_STATE, InclusionPath, Judge, MerkleTree, NO_PREVIOUS, findHead, headsBefore, readUpToHole, resumeOf, sha256, type EventLog, type ResumeState, type SignedHead, type TopicPartition } from '#ledger';
import { isAt } from './partition-verifier.js';
import type { TrustedKeys } from './trusted-keys.js';

export type ProofLog = Pick<EventLog, 'read' | 'endOffset'>;

const READ = { maxBytes: 1024 * 1024, maxRecords: 2_000 } as const;

/** A signed head that covers a record, and its record. */
export interface CoveringHead {
  readonly offset: number;
  readonly value: Uint8Array;
  readonly head: SignedHead;
}

export interface ProvenInclusion {
  readonly covering: CoveringHead;
  /** The record's value, byte for byte. */
  readonly value: Uint8Array;
  readonly path: readonly string[];
}

/**
 * The signed head that covers an offset; undefined if there is none yet. `from`: the offset to begin to look at.
 * Resolves with how far it has looked, so that it can go on from there.
 */
export async function coveringHead(log: ProofLog, tp: TopicPartition, offset: number, from: number, keys: TrustedKeys): Promise<{ readonly found: CoveringHead | undefined; readonly lookedTo: number }> {
  const end = await log.endOffset(tp);
  let at = Math.max(from, offset + 1);
  while (at < end) {
    const records = await readUpToHole(log, tp, at, { ...READ, maxRecords: Math.min(READ.maxRecords, end - at) });
    if (records.length === 0) break;
    for (const { offset: where, value } of records) {
      const head = findHead(value, tp);
      if (head !== undefined && head.from <= offset && offset < head.to && head.to <= where && keys.problemOf(head) === undefined) return { found: { offset: where, value, head }, lookedTo: where };
    }
    at = records.at(-1)!.offset + 1;
  }
  return { found: undefined, lookedTo: at };
}

/**
 * Reads the records under a signed head and makes the inclusion path of one of them. Undefined if that one is void.
 * Rejects with data_loss where the log is not what the head states.
 */
export async function proveInclusion(log: ProofLog, tp: TopicPartition, offset: number, covering: CoveringHead, onProgress: (records: number) => void, signal: AbortSignal): Promise<ProvenInclusion | undefined> {
  const { head } = covering;
  const judge = new Judge(tp.topic, tp.partition, await startOf(log, tp, covering));
  const tree = new MerkleTree();
  const path = new InclusionPath(offset - head.from, head.tree_size);
  let value: Uint8Array | undefined;
  while (judge.resume.offset < head.to) {
    signal.throwIfAborted();
    const { offset: at } = judge.resume;
    const records = await log.read(tp, at, { ...READ, maxRecords: Math.min(READ.maxRecords, head.to - at) });
    if (records.length === 0) throw wrong(tp, at, 'the log did not return the record there');
    for (const record of records) {
      const { kind } = judge.judge(record);
      const counts = kind !== 'void';
      tree.add(judge.lastHash!, counts);
      path.add(judge.lastHash!, counts);
      if (record.offset === offset && counts) value = record.value;
    }
    onProgress(records.length);
  }
  if (!isAt(judge.resume, head) || tree.root() !== head.root) throw wrong(tp, covering.offset, 'the signed head there states other records than the log holds; docket log verify says more');
  return value && { covering, value, path: path.path() };
}

/** Where a reader stands at the beginning of what a head covers: where the head before it ended. */
async function startOf(log: ProofLog, tp: TopicPartition, { head, offset }: CoveringHead): Promise<ResumeState> {
  if (head.previous === NO_PREVIOUS) return INITIAL_RESUME_STATE;
  for await (const before of headsBefore(log, tp, offset)) if (before.hash === head.previous && sha256(before.value) === head.previous) return resumeOf(before.head);
  throw wrong(tp, offset, 'the signed head before the one there is missing');
}

export function wrong(tp: TopicPartition, offset: number, what: string): DocketError {
  return new DocketError('data_loss', { reason: 'NOT_PROVABLE', message: `${tp.topic}/${tp.partition} at offset ${offset}: ${what}` });
}
