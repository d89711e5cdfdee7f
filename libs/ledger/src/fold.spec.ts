import fc from 'fast-check';
import { tallyMachine, type Taken } from '../test/tally-machine.js';
import { ReferenceJudge } from '../test/simulator/reference-judge.js';
import { Envelope, sha256 } from './envelope.js';
import type { LogRecord } from './event-log.js';
import { Fold, Judge, stateHash } from './fold.js';
import { INITIAL_RESUME_STATE } from './resume-state.js';

const TOPIC = 'docket.test';
const envelope = new Envelope(TOPIC, 0);
const machine = tallyMachine();
const nonce = (n: number): string => n.toString(16).padStart(32, '0');
const taken = (id: string): Taken => ({ id, counter: 'c', attempt: 1, verdict: 'ALLOW', windowEndMs: 10, used: 1 });
const claimValue = (epoch: number, n = epoch): Buffer => envelope.encodeClaim({ epoch, nonce: nonce(n), node: 'n', address: '' }, 0);
const eventValue = (epoch: number, sequence: number, prev: string, id = `${epoch}-${sequence}`, timeMs = 5): Buffer =>
  envelope.encodeEvent(machine.encode(taken(id)), epoch, sequence, prev, timeMs);
const records = (values: readonly Uint8Array[]): LogRecord[] => values.map((value, offset) => ({ key: null, value, offset, timestampMs: 0 }));

function judged(values: readonly Uint8Array[]): { kinds: string[]; judge: Judge } {
  const judge = new Judge(TOPIC, 0);
  return { kinds: records(values).map((record) => judge.judge(record).kind), judge };
}

/** The head after one claim on an empty log. */
const headOf = (claim: Uint8Array, before = '0'.repeat(64)): string => sha256(Buffer.from(before + sha256(claim), 'hex'));

describe('the judge', () => {
  const claim = claimValue(1);
  const head = headOf(claim);

  it('counts a claim of the next epoch, then events in sequence whose prev is the head', () => {
    const first = eventValue(1, 1, head);
    const second = eventValue(1, 2, sha256(first));
    const { kinds, judge } = judged([claim, first, second]);
    expect(kinds).toEqual(['claim', 'event', 'event']);
    expect(judge.resume).toEqual({ offset: 3, epoch: 1, nonce: nonce(1), sequence: 2, head: sha256(second), timeMs: 5 });
  });

  it.each<[string, Buffer]>([
    ['an event before any claim', eventValue(1, 1, '0'.repeat(64))],
    ['a claim that skips an epoch', claimValue(2)],
    ['rubbish', Buffer.from('rubbish')],
  ])('counts %s for nothing on an empty log', (_name, value) => {
    const { kinds, judge } = judged([value]);
    expect(kinds).toEqual(['void']);
    expect(judge.resume).toEqual({ ...INITIAL_RESUME_STATE, offset: 1 });
  });

  it.each<[string, Buffer]>([
    ['of a former epoch', eventValue(1, 2, sha256(eventValue(1, 1, head)))],
    ['of a coming epoch', eventValue(3, 1, headOf(claimValue(2), sha256(eventValue(1, 1, head))))],
    ['that skips a sequence', eventValue(2, 2, headOf(claimValue(2), sha256(eventValue(1, 1, head))))],
    ['with another prev', eventValue(2, 1, 'cd'.repeat(32))],
    ['that leaves the claim out of the chain', eventValue(2, 1, sha256(eventValue(1, 1, head)))],
    ['that leaves the last event of the former epoch out of the chain', eventValue(2, 1, headOf(claimValue(2), head))],
  ])('voids an event %s', (_name, value) => {
    expect(judged([claim, eventValue(1, 1, head), claimValue(2), value]).kinds).toEqual(['claim', 'event', 'claim', 'void']);
  });

  it('voids a second claim of the same epoch and the events that rest on it', () => {
    const rival = claimValue(1, 99);
    expect(judged([claim, rival, eventValue(1, 1, headOf(rival)), eventValue(1, 1, head)]).kinds).toEqual(['claim', 'void', 'void', 'event']);
  });

  it('counts a copy that lands twice once', () => {
    const event = eventValue(1, 1, head);
    expect(judged([claim, event, event]).kinds).toEqual(['claim', 'event', 'void']);
  });

  it('stops at a gap in the offsets instead of judging on', () => {
    const judge = new Judge(TOPIC, 0);
    expect(() => judge.judge({ key: null, value: claim, offset: 1, timestampMs: 0 })).toThrow(expect.objectContaining({ kind: 'data_loss', reason: 'LOG_GAP' }));
  });
});

describe('the fold', () => {
  it('stops at a valid event that it cannot apply, names its place, and does not go on', () => {
    const claim = claimValue(1);
    const strange = envelope.encodeEvent({ type: 'docket.test.Unheard.v1', subject: '', data: {} }, 1, 1, headOf(claim), 5);
    const [first, second] = records([claim, strange]);
    const fold = new Fold(machine, TOPIC, 0);
    fold.apply(first!);
    const stop = expect.objectContaining({ kind: 'data_loss', reason: 'UNREADABLE_EVENT', message: expect.stringContaining('docket.test/0 at offset 1') });
    expect(() => fold.apply(second!)).toThrow(stop);
    expect(() => fold.apply({ ...second!, offset: 2 })).toThrow(stop);
  });

  /** One step of a writer: honest ones extend the chain that they see, others do something else. */
  type Step = { kind: 'claim' | 'event' | 'repeat' | 'staleClaim' | 'skippingClaim' | 'zombie' | 'wrongPrev' | 'rubbish'; pick: number };
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.record({ kind: fc.constantFrom<Step['kind']>('claim', 'event', 'event', 'event', 'repeat', 'staleClaim', 'skippingClaim', 'zombie', 'wrongPrev', 'rubbish'), pick: fc.nat(1_000) }),
    { maxLength: 40 },
  );

  /** Writes the history, knowing by construction which records count. */
  function history(list: readonly Step[]): { values: Buffer[]; expected: string[] } {
    const values: Buffer[] = [];
    const expected: string[] = [];
    const past: { epoch: number; sequence: number; head: string }[] = [];
    let now = { epoch: 0, sequence: 0, head: '0'.repeat(64) };
    list.forEach(({ kind, pick }, n) => {
      const { epoch, sequence, head } = now;
      const valid = kind === 'claim' || (kind === 'event' && epoch > 0);
      const value =
        kind === 'claim' ? claimValue(epoch + 1, n)
        : kind === 'event' ? eventValue(Math.max(1, epoch), sequence + 1, head, `id${n}`, n)
        : kind === 'repeat' && values.length > 0 ? values[pick % values.length]!
        : kind === 'staleClaim' ? claimValue(Math.max(1, epoch - (pick % 3)), n + 1_000)
        : kind === 'skippingClaim' ? claimValue(epoch + 2 + (pick % 3), n)
        : kind === 'zombie' && past.length > 0 ? eventValue(past[pick % past.length]!.epoch, past[pick % past.length]!.sequence + 1, past[pick % past.length]!.head, `late${n}`)
        : kind === 'wrongPrev' ? eventValue(Math.max(1, epoch), sequence + 1, sha256(`${n}`))
        : Buffer.from(`rubbish ${n}`);
      // A stranger's claim, or a late copy of one that came too early, is effective when its epoch is the next: nobody serves it.
      const parsed = envelope.parse(value);
      const counts = valid || (parsed.kind === 'claim' && parsed.claim.epoch === epoch + 1);
      values.push(value);
      expected.push(counts ? (kind === 'event' ? 'event' : 'claim') : 'void');
      if (!counts) return;
      past.push(now);
      now = kind === 'event' ? { epoch, sequence: sequence + 1, head: sha256(value) } : { epoch: epoch + 1, sequence: 0, head: headOf(value, head) };
    });
    return { values, expected };
  }

  it('counts exactly what the one effective writer wrote, in any interleaving with others, zombies and late copies', () => {
    fc.assert(fc.property(steps, (list) => {
      const { values, expected } = history(list);
      const fold = new Fold(machine, TOPIC, 0);
      const reference = new ReferenceJudge(TOPIC, 0);
      expect(records(values).map((record) => fold.apply(record).kind)).toEqual(expected);
      expect(records(values).map((record) => reference.judge(record))).toEqual(expected);
    }), { numRuns: 500 });
  });

  it('ends in the same state and resume state when it is resumed anywhere', () => {
    fc.assert(fc.property(steps, fc.nat(40), (list, at) => {
      const all = records(history(list).values);
      const whole = new Fold(machine, TOPIC, 0);
      for (const record of all) whole.apply(record);
      const first = new Fold(machine, TOPIC, 0);
      for (const record of all.slice(0, at)) first.apply(record);
      const state = machine.restore(JSON.parse(JSON.stringify(machine.snapshot(first.state))));
      const resumed = new Fold(machine, TOPIC, 0, { resume: JSON.parse(JSON.stringify(first.resume)), state });
      for (const record of all.slice(at)) resumed.apply(record);
      expect(resumed.resume).toEqual(whole.resume);
      expect(stateHash(machine, resumed.state)).toBe(stateHash(machine, whole.state));
    }), { numRuns: 500 });
  });
});
