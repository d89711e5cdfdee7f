import { DocketError } from '#errors';
import { Envelope, INITIAL_RESUME_STATE, sha256, type LogRecord } from '#ledger';
import type { LogReader } from './projection.js';
import { Pump, type PumpEnd } from './pump.js';
import type { ReadModels } from './read-models.js';

const TOPIC = 'docket.decisions';
interface Noted { readonly type: string }

/** A claim, and so many events in a chain. */
function recordsOf(partition: number, events: number): LogRecord[] {
  const envelope = new Envelope(TOPIC, partition);
  const claim = envelope.encodeClaim({ epoch: 1, nonce: 'a'.repeat(32), node: 'spec', address: '' }, 0);
  const records = [{ offset: 0, key: null, value: claim, timestampMs: 0 }];
  let head = sha256(Buffer.from('0'.repeat(64) + sha256(claim), 'hex'));
  for (let sequence = 1; sequence <= events; sequence += 1) {
    const value = envelope.encodeEvent({ type: 'spec.Noted.v1', subject: '', data: {} }, 1, sequence, head, sequence);
    head = sha256(value);
    records.push({ offset: sequence, key: null, value, timestampMs: 0 });
  }
  return records;
}

/** The log's partitions, read as `delay` lets it be; what is not there yet is waited for until the signal. */
function logOf(partitions: readonly LogRecord[][], delay: (partition: number, fromOffset: number) => Promise<void> | undefined): LogReader {
  return {
    endOffset: async ({ partition }) => partitions[partition]!.length,
    read: async ({ partition }, fromOffset, { maxRecords = 100, signal } = {}) => {
      await delay(partition, fromOffset);
      const found = partitions[partition]!.slice(fromOffset, fromOffset + maxRecords);
      if (found.length === 0) await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
      return found;
    },
  };
}

/** Runs until it says that it is caught up; resolves to the offsets that were committed then, by partition. */
async function untilCaughtUp(log: LogReader, partitions: number, maxRecords: number): Promise<{ readonly end: PumpEnd; readonly told: readonly number[][] }> {
  const committed = Array.from({ length: partitions }, () => 0);
  const told: number[][] = [];
  const stopping = new AbortController();
  const pump = new Pump<Noted>({
    readModels: { apply: () => Promise.resolve(true) } as unknown as ReadModels, log, topic: TOPIC, decode: ({ type }) => ({ type }), members: [],
    positions: committed.map(() => INITIAL_RESUME_STATE), maxRecords, onCommitted: (batches) => batches.forEach(({ partition, to }) => (committed[partition] = to.offset)),
    onCaughtUp: () => {
      told.push([...committed]);
      stopping.abort();
    },
  });
  const end = await pump.run(stopping.signal);
  return { end, told };
}

test('it is caught up when it has committed all that the log held at first, not when a read takes long', async () => {
  let free = (): void => undefined;
  const freed = new Promise<void>((resolve) => (free = resolve));
  // All of the first partition comes at once, and then nothing for as long as the second one is slow.
  const log = logOf([recordsOf(0, 3), recordsOf(1, 5)], (partition, fromOffset) => {
    if (partition === 1) return freed;
    if (fromOffset > 0) void turns(50).then(free);
    return undefined;
  });
  expect(await untilCaughtUp(log, 2, 100)).toEqual({ end: { kind: 'done' }, told: [[4, 6]] });
});

test('it is caught up, once, in a log that never stops growing', async () => {
  const records = recordsOf(0, 2_000);
  let there = 50;
  const log: LogReader = {
    endOffset: async () => there,
    read: async (_, fromOffset, { maxRecords = 100 } = {}) => records.slice(fromOffset, Math.min((there += 10), fromOffset + maxRecords)),
  };
  const { end, told } = await untilCaughtUp(log, 1, 20);
  expect(end).toEqual({ kind: 'done' });
  expect(told).toHaveLength(1);
  expect(told[0]![0]).toBeGreaterThanOrEqual(50);
});

test('it goes on first where much has come since it began', async () => {
  const records = recordsOf(0, 30_000);
  const ends = [100, 30_001];
  const log = { ...logOf([records], () => undefined), endOffset: async () => ends.shift() ?? 30_001 };
  expect((await untilCaughtUp(log, 1, 2_000)).told).toEqual([[30_001]]);
});

test('it is caught up where the next record is gone, before it ends there', async () => {
  const log = logOf([recordsOf(0, 9), recordsOf(1, 4)], (partition, fromOffset) => {
    if (partition === 0 && fromOffset >= 6) throw new DocketError('data_loss', { reason: 'LOG_GAP', message: 'offset 6 is missing from the log' });
    return undefined;
  });
  const cut: LogReader = { ...log, read: (tp, from, options) => log.read(tp, from, { ...options, maxRecords: tp.partition === 0 ? Math.max(1, Math.min(options?.maxRecords ?? 1, 6 - from)) : 100 }) };
  expect(await untilCaughtUp(cut, 2, 100)).toEqual({ end: { kind: 'done' }, told: [[6, 5]] });
});

test('it is not caught up with a log that was cut below where it stands: it ends there, and says so', async () => {
  const log = logOf([recordsOf(0, 9), recordsOf(1, 4)], (partition, fromOffset) => {
    if (partition === 0 && fromOffset >= 10) throw new DocketError('data_loss', { reason: 'LOG_TRUNCATED', message: 'offset 10 is past the end, 7' });
    return undefined;
  });
  const cut: LogReader = { ...log, endOffset: async ({ partition }) => (partition === 0 ? 7 : 5) };
  expect(await untilCaughtUp(cut, 2, 100)).toEqual({ end: { kind: 'unreadable', partition: 0, offset: 10, reason: 'offset 10 is past the end, 7' }, told: [] });
});

test('it is caught up at once with a log that is empty', async () => {
  expect((await untilCaughtUp(logOf([[], []], () => undefined), 2, 100)).told).toEqual([[0, 0]]);
});

/** So many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
