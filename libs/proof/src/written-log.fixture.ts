import { Envelope, Judge, Ledger, MemoryEventLog, headKeyFromSeed, sha256, systemRuntime, type EventLog, type Json, type LogRecord, type LoggedHead, type StateMachine } from '#ledger';
import { TrustedKeys } from './trusted-keys.js';
import type { HeadCopy } from './head-copy.js';
import { copyLine, parseCopy } from './head-copy.js';
import type { Receipt } from './receipts.js';
import { verifyPartition, type VerifiedPartition } from './verify-partition.js';

export const TP = { topic: 'docket.test', partition: 0 };
export const KEY = headKeyFromSeed(Buffer.alloc(32, 1));
export const OTHER_KEY = headKeyFromSeed(Buffer.alloc(32, 2));
export const envelope = new Envelope(TP.topic, TP.partition);

/** Keeps what it is told. */
const notes: StateMachine<number, string, string, { offset: number; hash: string }> = {
  initialState: () => 0,
  decide: (_, text) => ({ kind: 'append', event: text }),
  evolve: (count) => count + 1,
  replyTo: (_, { offset, hash }) => ({ offset, hash }),
  encode: (text) => ({ type: 'docket.test.Noted.v1', subject: 'note', data: { text } }),
  decode: ({ data }) => (data as { text: string }).text,
  snapshot: (count) => count,
  restore: (json: Json) => json as number,
  maxEventBytes: () => 1_000,
};

export interface WrittenLog {
  readonly records: readonly LogRecord[];
  readonly receipts: readonly Receipt[];
  /** What a folder outside was given. */
  readonly copies: readonly HeadCopy[];
}

/** A log that owners wrote one after another, with late copies and strangers' records in it; every one signed its heads when it stopped. */
export async function writtenLog(owners = 3, eventsOf: (owner: number) => number = () => 4, key = KEY): Promise<WrittenLog> {
  const log = new MemoryEventLog();
  await log.prepare([{ topic: TP.topic, partitions: 1 }]);
  const signed: LoggedHead[] = [];
  const receipts: Receipt[] = [];
  for (let owner = 0; owner < owners; owner += 1) {
    const ledger = new Ledger({
      log, topic: TP.topic, partitions: 1, machine: notes, runtime: systemRuntime(), node: { name: `node${owner}`, address: '' }, heads: { key, onSigned: (head) => signed.push(head) },
    });
    await ledger.start();
    for (let n = 0; n < eventsOf(owner); n += 1) {
      const { offset, hash } = await ledger.submit(0, `note ${owner}.${n}`);
      receipts.push({ offset, hash, line: receipts.length + 1 });
    }
    if (owner === 1) {
      const [old] = await log.read(TP, 1, { maxRecords: 1 });
      await log.openAppender().append([{ ...TP, records: [{ key: null, value: old!.value }, { key: null, value: Buffer.from('a stranger’s') }] }], 1_000);
      await ledger.submit(0, 'after strangers').then(({ offset, hash }) => receipts.push({ offset, hash, line: receipts.length + 1 }));
    }
    await ledger.stop();
  }
  return { records: await log.read(TP, 0, { maxRecords: 100_000 }), receipts, copies: signed.map((head) => parseCopy(copyLine(head))!) };
}

/** The same values at offsets from 0. */
export const recordsOf = (values: readonly Uint8Array[]): LogRecord[] => values.map((value, offset) => ({ offset, value, key: null, timestampMs: 0 }));

/** A log of given records. */
export function logOf(records: readonly LogRecord[]): Pick<EventLog, 'read' | 'endOffset'> {
  const first = records[0]?.offset ?? 0;
  return { read: async (_, from, { maxRecords = 7 } = {}) => records.slice(from - first, from - first + Math.min(maxRecords, 7)), endOffset: async () => first + records.length };
}

export async function verify(records: readonly LogRecord[], more: { receipts?: readonly Receipt[]; copies?: readonly HeadCopy[]; keys?: TrustedKeys } = {}): Promise<VerifiedPartition> {
  const { copies } = more;
  return verifyPartition({
    log: logOf(records), tp: TP, keys: more.keys ?? new TrustedKeys([KEY.publicKey]), problemOf: (encoded) => (encoded.type === 'docket.test.Noted.v1' ? undefined : { kind: 'unreadable', what: 'no such type' }),
    receipts: more.receipts ?? [], copies: copies && (async function* () { yield* copies; })(), signal: new AbortController().signal, onProgress: () => {},
  });
}

/** Writes a log anew from an offset on, with another event there: the chain fits, and so do the heads, signed with a key. */
export function forged(records: readonly LogRecord[], at: number, sign: (statementOf: LogRecord, records: readonly LogRecord[]) => Uint8Array): LogRecord[] {
  const judge = new Judge(TP.topic, TP.partition);
  const out: LogRecord[] = [];
  for (const record of records) {
    const parsed = envelope.parse(record.value);
    let { value } = record;
    if (record.offset >= at && parsed.kind === 'event' && parsed.epoch === judge.resume.epoch) {
      const { sequence, head } = judge.resume;
      const data = record.offset === at ? { text: 'forged' } : parsed.encoded.data;
      value = parsed.encoded.type.includes('HeadSigned') ? sign(record, out) : envelope.encodeEvent({ ...parsed.encoded, data }, parsed.epoch, sequence + 1, head, parsed.timeMs);
    }
    const next = { ...record, value };
    judge.judge(next);
    out.push(next);
  }
  return out;
}

export const hashOf = (record: LogRecord): string => sha256(record.value);
