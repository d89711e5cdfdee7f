import fc from 'fast-check';
import { DocketError } from '#errors';
import { Envelope, Judge, type LogRecord, type ResumeState } from '#ledger';
import { Feed, type Taken } from './feed.js';
import { lostPlace } from './lost-place.js';
import type { LogReader } from './projection.js';

const TOPIC = 'docket.decisions';
const TP = { topic: TOPIC, partition: 0 };
const envelope = new Envelope(TOPIC, 0);
const never = new AbortController().signal;
interface Noted { readonly type: string }

type Step = 'event' | 'claim' | 'garbage' | 'late' | 'forged';

/** A partition as an honest owner leaves it, with what strangers put between. */
class Written {
  readonly records: LogRecord[] = [];
  readonly #judge = new Judge(TOPIC, 0);
  #claims = 0;

  constructor(steps: readonly Step[], private readonly name = 'a') {
    for (const step of steps) this.add(step);
  }

  get resume(): ResumeState {
    return this.#judge.resume;
  }

  add(step: Step): this {
    const { epoch, sequence, head } = this.resume;
    const event = (inEpoch: number, next: number, prev: string): Buffer => envelope.encodeEvent({ type: 'spec.Noted.v1', subject: this.name, data: {} }, Math.max(1, inEpoch), next, prev, this.records.length);
    const value = {
      event: () => event(epoch, sequence + 1, head),
      claim: () => envelope.encodeClaim({ epoch: epoch + 1, nonce: `${(this.#claims += 1)}${this.name}`.padStart(32, '0'), node: 'spec', address: '' }, 0),
      garbage: () => Buffer.from('not an event'),
      late: () => (epoch > 1 ? event(epoch - 1, 1, head) : Buffer.from('late')),
      forged: () => event(epoch, sequence + 2, 'f'.repeat(64)),
    }[step]();
    const record = { offset: this.records.length, key: null, value, timestampMs: 0 };
    this.records.push(record);
    this.#judge.judge(record);
    return this;
  }
}

function logOf(records: readonly LogRecord[], firstOffset = 0): LogReader {
  return {
    endOffset: async () => records.length,
    read: async (_tp, fromOffset, { maxRecords = 100 } = {}) => {
      if (fromOffset < firstOffset || fromOffset > records.length) {
        throw new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', message: `offset ${fromOffset} is outside`, metadata: { offset: String(fromOffset), first_offset: String(firstOffset) } });
      }
      return records.slice(fromOffset, fromOffset + Math.min(maxRecords, 7));
    },
  };
}

const feedOf = (log: LogReader, from: ResumeState): Feed<Noted> => new Feed<Noted>({ log, ...TP, decode: ({ type }) => ({ type }), maxRecords: 3 }, from);

/** Takes until nothing comes any more. */
async function takeAll(feed: Feed<Noted>): Promise<Taken<Noted>[]> {
  const taken: Taken<Noted>[] = [];
  for (;;) {
    await feed.fetch(never);
    if (!feed.hasRecords) return taken;
    taken.push(await feed.take());
    if (taken.at(-1)!.unreadable !== undefined) return taken;
  }
}

const steps = fc.array(fc.constantFrom<Step>('event', 'event', 'claim', 'garbage', 'late'), { maxLength: 60 });

test('a place is found again in the log that it was taken in, wherever it is, and in one that has grown since', async () => {
  await fc.assert(fc.asyncProperty(steps, steps, async (before, after) => {
    const written = new Written(['claim', ...before]);
    const { resume } = written;
    for (const step of after) written.add(step);
    expect(await lostPlace(logOf(written.records), TP, resume, never)).toBeUndefined();
  }), { numRuns: 200 });
});

test('a place is not found in a log that was cut below its newest record that counts, and has grown again', async () => {
  await fc.assert(fc.asyncProperty(steps, fc.nat(), fc.constantFrom<Step>('event', 'claim'), async (before, at, last) => {
    const written = new Written(['claim', ...before, last]);
    const grown = written.records.slice(0, at % written.records.length);
    // Another owner goes on for longer than what was lost.
    for (const { value } of new Written(['claim', ...written.records.map((): Step => 'event')], 'b').records) grown.push({ offset: grown.length, key: null, value, timestampMs: 0 });
    expect(await lostPlace(logOf(grown), TP, written.resume, never)).toMatch(/docket\.decisions\/0 holds other records below offset \d+ than were read there/);
  }), { numRuns: 200 });
});

test('nothing is said where it cannot be told: before the first claim, below a beginning that was deleted, behind the end, by a call that was given up', async () => {
  const { records, resume } = new Written(['claim', 'event', 'event']);
  const other = new Written(['claim', 'event', 'event'], 'b');
  expect(await lostPlace(logOf(other.records), TP, { ...resume, epoch: 0 }, never)).toBeUndefined();
  expect(await lostPlace(logOf(other.records, 3), TP, resume, never)).toBeUndefined();
  expect(await lostPlace(logOf(records.slice(0, 1)), TP, resume, never)).toBeUndefined();
  const givenUp: LogReader = { endOffset: async () => 3, read: async () => [] };
  expect(await lostPlace(givenUp, TP, resume, AbortSignal.abort())).toBeUndefined();
  expect(await lostPlace(logOf(other.records), TP, resume, never)).toContain('event 1-2');
  const claimed = new Written(['claim', 'event', 'claim']);
  expect(await lostPlace(logOf(other.records), TP, claimed.resume, never)).toContain('the claim of epoch 2');
});

test('it brings nothing of a log that has another record where it stood: it stops at that place', async () => {
  const written = new Written(['claim', 'event', 'event', 'event']);
  const other = new Written(['claim', 'event', 'event', 'event', 'event', 'event'], 'b');
  const taken = await takeAll(feedOf(logOf(other.records), written.resume));
  expect(taken).toHaveLength(1);
  expect(taken[0]).toMatchObject({ batch: { from: { offset: 4 }, to: { offset: 4 }, events: [] }, unreadable: { partition: 0, offset: 4, reason: expect.stringContaining('it has grown again') as string } });
});

test('it stops at the first record that does not go on, where the log is cut and grows again while it is read', async () => {
  const written = new Written(['claim', 'event', 'event', 'event']);
  let records = written.records;
  const feed = feedOf({ endOffset: async () => records.length, read: (tp, from, options) => logOf(records).read(tp, from, options) }, new Judge(TOPIC, 0).resume);
  expect((await takeAll(feed)).flatMap(({ batch }) => batch.events)).toHaveLength(3);
  records = new Written(['claim', 'event', 'event', 'event', 'event', 'event'], 'b').records;
  const taken = await takeAll(feed);
  expect(taken.at(-1)).toMatchObject({ batch: { to: { offset: 4 }, events: [] }, unreadable: { offset: 4, reason: expect.stringContaining('it has grown again') as string } });
});

test('it does not go past a forged record before the owner has, so that a later reader meets it too', async () => {
  const written = new Written(['claim', 'event', 'forged', 'garbage', 'garbage']);
  const feed = feedOf(logOf(written.records), new Judge(TOPIC, 0).resume);
  const before = await takeAll(feed);
  expect(before.at(-1)).toMatchObject({ batch: { to: { offset: 2 } }, unreadable: undefined });
  expect(feed.position.offset).toBe(5);
  written.add('event').add('garbage');
  const after = await takeAll(feed);
  expect(after[0]!.batch.from.offset).toBe(2);
  expect(after.at(-1)!.batch.to).toEqual(written.resume);
  expect(after.flatMap(({ batch }) => batch.events).map(({ at }) => at.offset)).toEqual([5]);
});

test('it stops where the chain of an epoch has ended for good: an owner does not go on there either', async () => {
  const written = new Written(['claim', 'event', 'event', 'forged', 'claim', 'event']);
  const taken = await takeAll(feedOf(logOf(written.records), new Judge(TOPIC, 0).resume));
  expect(taken.flatMap(({ batch }) => batch.events).map(({ at }) => at.offset)).toEqual([1, 2]);
  expect(taken.at(-1)).toMatchObject({ batch: { to: { offset: 3 } }, unreadable: { partition: 0, offset: 3, reason: expect.stringContaining('the chain of its epoch ends there') as string } });
});

test('it stops where record after record does not go on from what was read, long before the epoch ends', async () => {
  const written = new Written(['claim', 'event', 'event']);
  for (let n = 0; n < 40; n += 1) written.add('forged');
  const feed = feedOf(logOf(written.records), new Judge(TOPIC, 0).resume);
  const taken = await takeAll(feed);
  expect(taken.at(-1)).toMatchObject({ batch: { to: { offset: 3 } }, unreadable: { partition: 0, offset: 3, reason: expect.stringContaining('the chain of its epoch ends there') as string } });
  expect(feed.position.offset).toBeLessThan(25);
});

test('what is void and breaks no chain is passed over', async () => {
  await fc.assert(fc.asyncProperty(steps, async (all) => {
    const written = new Written(['claim', ...all]);
    const taken = await takeAll(feedOf(logOf(written.records), new Judge(TOPIC, 0).resume));
    expect(taken.every(({ unreadable }) => unreadable === undefined)).toBe(true);
    expect(taken.at(-1)!.batch.to).toEqual(written.resume);
    expect(taken.flatMap(({ batch }) => batch.events)).toHaveLength(all.filter((step) => step === 'event').length);
  }), { numRuns: 200 });
});

test('it looks again before it says that the log ends before where it stands', async () => {
  const written = new Written(['claim', 'event', 'event']);
  let looks = 0;
  // As after a change of leaders: the end steps back for a moment.
  const log: LogReader = {
    endOffset: async () => 3,
    read: (tp, from, options) => logOf(from >= 3 && (looks += 1) < 4 ? written.records.slice(0, 2) : written.records).read(tp, from, options),
  };
  const feed = feedOf(log, written.resume);
  await feed.fetch(never);
  expect(feed.isLost).toBe(false);
  looks = Number.NEGATIVE_INFINITY;
  const cut = feedOf(log, written.resume);
  await cut.fetch(never);
  expect((await cut.take()).unreadable).toMatchObject({ partition: 0, offset: 3 });
});
