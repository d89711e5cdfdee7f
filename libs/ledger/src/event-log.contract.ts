import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { AppendOutcome, EventLog, LogRecord, NewRecord, ReadOptions, TopicPartition } from './event-log.js';

/** What an adapter brings to the contract suite. */
export interface EventLogUnderTest {
  /** Another client of the same log; a log that lives in one object returns that. */
  open(): EventLog;
  /** After all tests; the suite has closed what it opened. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/**
 * The event log port is what this suite says it is: every adapter runs it. `skips` names the cases that an adapter
 * cannot meet, each with its reason.
 */
export function describeEventLog(name: string, create: () => Promise<EventLogUnderTest>, skips: Readonly<Record<string, string>> = {}): void {
  describe(`${name}, as an event log,`, () => {
    let underTest: EventLogUnderTest;
    let opened: Set<EventLog>;
    let log: EventLog;

    const open = (): EventLog => {
      const another = underTest.open();
      opened.add(another);
      return another;
    };
    const freshTopic = async (partitions = 1): Promise<string> => {
      const topic = `contract-${randomBytes(6).toString('hex')}`;
      await log.prepare([{ topic, partitions }]);
      return topic;
    };
    const guarantees = (sentence: string, run: () => Promise<void>): void => {
      const reason = skips[sentence];
      if (reason === undefined) test(sentence, run, 30_000);
      else test.skip(`${sentence} (${reason})`, run);
    };

    beforeAll(async () => {
      opened = new Set();
      underTest = await create();
      log = open();
    }, 120_000);

    afterAll(async () => {
      for (const each of opened) await each.close();
      await underTest.close();
    }, 60_000);

    guarantees('creates topics once, and refuses another number of partitions', async () => {
      const topic = await freshTopic(3);
      await open().prepare([{ topic, partitions: 3 }]);
      await expect(log.prepare([{ topic, partitions: 4 }])).rejects.toMatchObject({
        kind: 'failed_precondition', reason: 'LOG_SETTINGS', violations: [{ field: `${topic}.partitions` }],
      });
      expect(await log.endOffset({ topic, partition: 2 })).toBe(0);
      await expect(log.endOffset({ topic, partition: 3 })).rejects.toMatchObject({ kind: 'not_found' });
    });

    guarantees('gives the records of a partition contiguous offsets from 0', async () => {
      const topic = await freshTopic(2);
      const appender = log.openAppender();
      const first = await appender.append([{ topic, partition: 0, records: texts('a', 'b') }], TIMEOUT_MS);
      const second = await appender.append([{ topic, partition: 0, records: texts('c') }], TIMEOUT_MS);
      const other = await appender.append([{ topic, partition: 1, records: texts('x') }], TIMEOUT_MS);
      expect([first, second, other].map(([outcome]) => baseOf(outcome))).toEqual([0, 2, 0]);
      expect(await log.endOffset({ topic, partition: 0 })).toBe(3);
      expect((await log.read({ topic, partition: 0 }, 0)).map((r) => [r.offset, text(r)])).toEqual([[0, 'a'], [1, 'b'], [2, 'c']]);
      await appender.close();
    });

    guarantees('keeps keys and values byte for byte, null and empty ones too', async () => {
      const topic = await freshTopic();
      const records: NewRecord[] = [
        { key: null, value: Buffer.from('no key') },
        { key: Buffer.alloc(0), value: Buffer.from([0]) },
        { key: Buffer.from('ключ'), value: Buffer.from([...Array(256).keys()]) },
        { key: Buffer.from([0, 255, 92]), value: randomBytes(70_000) },
        { key: Buffer.from('large'), value: randomBytes(2 * 1024 * 1024) },
      ];
      const appender = log.openAppender();
      await appender.append([{ topic, partition: 0, records }], TIMEOUT_MS);
      const found = await readAll(log, { topic, partition: 0 });
      expect(found).toHaveLength(records.length);
      records.forEach(({ key, value }, i) => {
        expect(found[i]!.key === null ? null : Buffer.from(found[i]!.key).toString('hex')).toBe(key === null ? null : Buffer.from(key).toString('hex'));
        expect(Buffer.compare(Buffer.from(found[i]!.value), Buffer.from(value))).toBe(0);
      });
      await appender.close();
    });

    guarantees('answers a request for several partitions in the order of its parts', async () => {
      const topic = await freshTopic(3);
      const appender = log.openAppender();
      const parts = (...sizes: [number, number][]) => sizes.map(([partition, n]) => ({
        topic, partition, records: texts(...Array.from({ length: n }, (_, i) => `${partition}-${i}`)),
      }));
      await appender.append(parts([1, 5]), TIMEOUT_MS);
      const outcomes = await appender.append(parts([2, 1], [0, 3], [1, 2]), TIMEOUT_MS);
      expect(outcomes.map(baseOf)).toEqual([0, 0, 5]);
      expect(await Promise.all([0, 1, 2].map((partition) => log.endOffset({ topic, partition })))).toEqual([3, 7, 1]);
      await appender.close();
    });

    guarantees('stores whatever sequence of requests as it was given', async () => {
      const topic = await freshTopic(3);
      const appender = log.openAppender();
      const stored: string[][] = [[], [], []];
      const record = fc.record({ key: fc.option(fc.uint8Array({ maxLength: 8 })), value: fc.uint8Array({ maxLength: 64 }) });
      const request = fc.uniqueArray(
        fc.record({ partition: fc.nat(2), records: fc.array(record, { minLength: 1, maxLength: 5 }) }),
        { minLength: 1, maxLength: 3, selector: ({ partition }) => partition });
      await fc.assert(fc.asyncProperty(request, async (parts) => {
        const outcomes = await appender.append(parts.map((part) => ({ topic, ...part })), TIMEOUT_MS);
        parts.forEach(({ partition, records }, i) => {
          expect(baseOf(outcomes[i])).toBe(stored[partition]!.length);
          stored[partition]!.push(...records.map(fingerprint));
        });
      }), { numRuns: 25 });
      for (const partition of [0, 1, 2]) {
        expect((await readAll(log, { topic, partition }, { maxRecords: 7 })).map(fingerprint)).toEqual(stored[partition]);
      }
      await appender.close();
    });

    guarantees('keeps each request of several writers together, and loses and doubles nothing', async () => {
      const topic = await freshTopic(2);
      const clients = [log, open(), open()];
      await Promise.all(clients.map((client) => client.prepare([{ topic, partitions: 2 }])));
      await Promise.all(clients.map(async (client, writer) => {
        const appender = client.openAppender();
        for (let i = 0; i < 15; i += 1) {
          const records = texts(`${writer}.${i}.0`, `${writer}.${i}.1`, `${writer}.${i}.2`);
          // Both partitions, in either order: no two writers may wait for each other.
          const parts = [0, 1].map((partition) => ({ topic, partition: (partition + i + writer) % 2, records }));
          const outcomes = await appender.append(parts, TIMEOUT_MS);
          const at = await client.read({ topic, partition: parts[0]!.partition }, baseOf(outcomes[0]), { maxRecords: 3 });
          expect(at.map(text)).toEqual(records.map(text));
        }
        await appender.close();
      }));
      for (const partition of [0, 1]) {
        const found = (await readAll(log, { topic, partition })).map(text);
        expect(found).toHaveLength(3 * 15 * 3);
        expect(new Set(found).size).toBe(found.length);
        for (let i = 0; i < found.length; i += 3) {
          expect(found.slice(i, i + 3)).toEqual([0, 1, 2].map((n) => found[i]!.replace(/\d$/, String(n))));
        }
      }
    });

    guarantees('shows a reader who follows the log every record once, in order', async () => {
      const topic = await freshTopic();
      const reader = open();
      await reader.prepare([{ topic, partitions: 1 }]);
      const wanted = 60;
      const writing = (async () => {
        const appender = log.openAppender();
        for (let i = 0; i < wanted; i += 2) await appender.append([{ topic, partition: 0, records: texts(`${i}`, `${i + 1}`) }], TIMEOUT_MS);
        await appender.close();
      })();
      const seen: LogRecord[] = [];
      while (seen.length < wanted) seen.push(...await reader.read({ topic, partition: 0 }, seen.length, { maxWaitMs: TIMEOUT_MS }));
      await writing;
      expect(seen.map((r) => r.offset)).toEqual([...Array(wanted).keys()]);
      expect(seen.map(text)).toEqual(Array.from({ length: wanted }, (_, i) => `${i}`));
    });

    guarantees('limits what one read returns, but always returns the first record', async () => {
      const topic = await freshTopic();
      const tp = { topic, partition: 0 };
      const appender = log.openAppender();
      for (let i = 0; i < 10; i += 1) await appender.append([{ ...tp, records: [{ key: null, value: Buffer.alloc(1000, i) }] }], TIMEOUT_MS);
      expect(await log.read(tp, 2, { maxRecords: 3 })).toMatchObject([{ offset: 2 }, { offset: 3 }, { offset: 4 }]);
      expect((await log.read(tp, 0, { maxBytes: 3_500 })).length).toBeLessThanOrEqual(4);
      expect((await log.read(tp, 0, { maxBytes: 3_500 })).length).toBeGreaterThanOrEqual(1);
      expect(await log.read(tp, 5, { maxBytes: 1, maxRecords: 1 })).toMatchObject([{ offset: 5 }]);
      expect(await log.read(tp, 9)).toMatchObject([{ offset: 9 }]);
      await appender.close();
    });

    guarantees('answers a read at the end with nothing, and refuses one past it or below 0', async () => {
      const topic = await freshTopic();
      const tp = { topic, partition: 0 };
      expect(await log.read(tp, 0)).toEqual([]);
      const appender = log.openAppender();
      await appender.append([{ ...tp, records: texts('a', 'b') }], TIMEOUT_MS);
      expect(await log.read(tp, 2)).toEqual([]);
      for (const offset of [3, 1_000_000, -1]) {
        await expect(log.read(tp, offset)).rejects.toMatchObject({ kind: 'data_loss', reason: 'OFFSET_OUT_OF_RANGE' });
      }
      await appender.close();
    });

    guarantees('lets a reader wait for the next record: until it comes, for so long, or until told to stop', async () => {
      const topic = await freshTopic();
      const tp = { topic, partition: 0 };
      const reader = open();
      await reader.prepare([{ topic, partitions: 1 }]);
      const waiting = reader.read(tp, 0, { maxWaitMs: TIMEOUT_MS });
      const appender = log.openAppender();
      await appender.append([{ ...tp, records: texts('a') }], TIMEOUT_MS);
      expect((await waiting).map(text)).toEqual(['a']);

      const began = performance.now();
      expect(await reader.read(tp, 1, { maxWaitMs: 200 })).toEqual([]);
      expect(performance.now() - began).toBeGreaterThan(150);
      const stop = new AbortController();
      const stopped = reader.read(tp, 1, { maxWaitMs: 60_000, signal: stop.signal });
      stop.abort();
      expect(await stopped).toEqual([]);
      await appender.close();
    });

    guarantees('stamps records with its own clock, and tells the appender', async () => {
      const topic = await freshTopic();
      const appender = log.openAppender();
      const [outcome] = await appender.append([{ topic, partition: 0, records: texts('a', 'b') }], TIMEOUT_MS);
      const found = await log.read({ topic, partition: 0 }, 0);
      const logTimeMs = outcome?.kind === 'acknowledged' ? outcome.logTimeMs : NaN;
      expect(found.map((r) => r.timestampMs)).toEqual([logTimeMs, logTimeMs]);
      expect(Math.abs(logTimeMs - Date.now())).toBeLessThan(60_000);
      await appender.close();
    });

    guarantees('ends what is pending when the connection is reset, and goes on with the next request', async () => {
      const topic = await freshTopic();
      const tp = { topic, partition: 0 };
      const appender = log.openAppender();
      await appender.append([{ ...tp, records: texts('before') }], TIMEOUT_MS);
      const pending = appender.append([{ ...tp, records: texts('pending') }], TIMEOUT_MS);
      appender.reset();
      const [outcome] = await pending;
      const [after] = await appender.append([{ ...tp, records: texts('after') }], TIMEOUT_MS);
      expect(after).toMatchObject({ kind: 'acknowledged' });
      const found = (await readAll(log, tp)).map(text);
      expect(found[baseOf(after)]).toBe('after');
      // Unknown means unknown: before the next request, or after it, or never. But acknowledged means there.
      if (outcome!.kind === 'acknowledged') expect(found[baseOf(outcome)]).toBe('pending');
      expect(found.filter((value) => value === 'pending').length).toBeLessThanOrEqual(1);
      await appender.close();
    });

    guarantees('never rejects an append: what it cannot do is unknown, for every part', async () => {
      const topic = await freshTopic();
      const appender = log.openAppender();
      const parts = [{ topic: `${topic}-not-there`, partition: 0, records: texts('x') }];
      expect(await appender.append(parts, TIMEOUT_MS)).toMatchObject([{ kind: 'unknown', error: { message: expect.any(String) as string } }]);
      const [next] = await appender.append([{ topic, partition: 0, records: texts('a') }], TIMEOUT_MS);
      expect(baseOf(next)).toBe(0);
      await appender.close();
    });

    guarantees('names for each partition the lane whose partitions share a request', async () => {
      const topic = await freshTopic(2);
      for (const partition of [0, 1]) {
        expect(log.laneOf({ topic, partition })).toMatch(/./);
        expect(log.laneOf({ topic, partition })).toBe(log.laneOf({ topic, partition }));
      }
    });
  });
}

function texts(...values: string[]): NewRecord[] {
  return values.map((value) => ({ key: Buffer.from('key'), value: Buffer.from(value) }));
}

function text(record: NewRecord): string {
  return Buffer.from(record.value).toString();
}

function fingerprint({ key, value }: NewRecord): string {
  return `${key === null ? 'null' : Buffer.from(key).toString('hex')}:${Buffer.from(value).toString('hex')}`;
}

function baseOf(outcome: AppendOutcome | undefined): number {
  if (outcome?.kind !== 'acknowledged') throw new Error(`expected an acknowledgement, got ${outcome?.error.stack}`);
  return outcome.baseOffset;
}

async function readAll(log: EventLog, tp: TopicPartition, options?: ReadOptions): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  const end = await log.endOffset(tp);
  while (found.length < end) found.push(...await log.read(tp, found.length, { maxWaitMs: TIMEOUT_MS, ...options }));
  return found;
}
