import { findHead, sha256, type LoggedHead, type SignedHead, type TopicPartition } from '#ledger';

/** A signed head that is kept outside the log, as one line of JSON. */
export interface HeadCopy extends TopicPartition {
  /** Where its record stands in the log. */
  readonly offset: number;
  /** SHA-256 of the record. */
  readonly hash: string;
  readonly head: SignedHead;
}

export const COPY_BYTES_MAX = 16 * 1024;

/** `{"topic":…,"partition":…,"offset":…,"value":"<the record's value, byte for byte>"}` */
export function copyLine({ at: { topic, partition, offset }, value }: LoggedHead): string {
  return JSON.stringify({ topic, partition, offset, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8') });
}

/** Undefined if it is none. Says nothing of its signature. */
export function parseCopy(line: string): HeadCopy | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { topic, partition, offset, value } = json as Record<string, unknown>;
  if (typeof topic !== 'string' || !Number.isSafeInteger(partition) || !Number.isSafeInteger(offset) || typeof value !== 'string') return undefined;
  const tp = { topic, partition: partition as number };
  const bytes = Buffer.from(value);
  const head = findHead(bytes, tp);
  return head && { ...tp, offset: offset as number, hash: sha256(bytes), head };
}
