import { DocketError } from '#errors';
import { Envelope, SIGNED_HEAD_TYPE, sha256 } from '../envelope.js';
import type { EventLog, TopicPartition } from '../event-log.js';
import { parseSignedHead, type SignedHead } from './signed-head.js';

/** A record that looks like a signed head of its partition. Whether it counts, and whose signature it is, is another question. */
export interface FoundHead {
  readonly offset: number;
  /** SHA-256 of its record. */
  readonly hash: string;
  readonly value: Uint8Array;
  readonly head: SignedHead;
}

const TYPE = Buffer.from(JSON.stringify(SIGNED_HEAD_TYPE));
const FIRST_RECORDS = 128;
const RECORDS_MAX = 8_192;
const READ_BYTES = 1024 * 1024;

/** The signed head in a record's value, if it looks like one. */
export function findHead(value: Uint8Array, { topic, partition }: TopicPartition): SignedHead | undefined {
  if (!Buffer.from(value.buffer, value.byteOffset, value.byteLength).includes(TYPE)) return undefined;
  const parsed = new Envelope(topic, partition).parse(value);
  if (parsed.kind !== 'event' || parsed.encoded.type !== SIGNED_HEAD_TYPE) return undefined;
  const head = parseSignedHead(parsed.encoded.data);
  return head?.topic === topic && head.partition === partition ? head : undefined;
}

/** What looks like a signed head below an offset, the newest first. Reads the log backwards, block by block. */
export async function* headsBefore(log: Pick<EventLog, 'read'>, tp: TopicPartition, before: number, lowest = 0): AsyncGenerator<FoundHead> {
  for (let end = before, count = FIRST_RECORDS; end > lowest; count = Math.min(count * 2, RECORDS_MAX)) {
    const start = Math.max(lowest, end - count);
    const found: FoundHead[] = [];
    for (let offset = start; offset < end;) {
      const records = await log.read(tp, offset, { maxRecords: end - offset, maxBytes: READ_BYTES });
      // One that is not seen would be taken for one that is not there.
      if (records.length === 0) throw new DocketError('unavailable', { reason: 'LOG_BEHIND', message: `${tp.topic}/${tp.partition} at offset ${offset}: acknowledged, but cannot be read yet` });
      for (const record of records) {
        const head = findHead(record.value, tp);
        if (head !== undefined && head.to <= record.offset) found.push({ offset: record.offset, hash: sha256(record.value), value: record.value, head });
      }
      offset = records.at(-1)!.offset + 1;
    }
    yield* found.reverse();
    end = start;
  }
}
