import { ScriptedLog, isClaim, unknownFor } from '../../test/scripted-log.js';
import { tallyMachine, type Take, type Taken, type TallyReply, type TallyState } from '../../test/tally-machine.js';
import { Envelope } from '../envelope.js';
import { headKeyFromSeed } from '../heads/head-key.js';
import { findHead } from '../heads/last-head.js';
import { Ledger, type LedgerOptions } from '../ledger.js';
import type { Runtime } from '../resume-state.js';
import { systemRuntime } from '../system-runtime.js';
import type { Membership, NodeIdentity, Participant, Place, Share } from './membership.js';

const TOPIC = 'docket.test';
const TP = { topic: TOPIC, partition: 0 };
const KEY = headKeyFromSeed(Buffer.alloc(32, 3));
const envelope = new Envelope(TOPIC, 0);
const BACK_OFF = { backOffMinMs: 70_000, backOffMaxMs: 900_000 };

type TestLedger = Ledger<TallyState, Take, Taken, TallyReply>;
const running: TestLedger[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((ledger) => ledger.stop()));
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Pauses of more than a minute end when a test says so. */
function patient(random: string): { readonly runtime: Runtime; readonly pauses: number[]; readonly end: () => void } {
  const real = systemRuntime();
  const pauses: number[] = [];
  const waiting = new Set<() => void>();
  return {
    pauses,
    end: () => {
      const due = [...waiting];
      waiting.clear();
      due.forEach((callback) => callback());
    },
    runtime: {
      ...real,
      randomHex: (bytes) => (bytes === 4 ? random : real.randomHex(bytes)),
      after: (ms, callback) => {
        if (ms < BACK_OFF.backOffMinMs || ms > BACK_OFF.backOffMaxMs) return real.after(ms, callback);
        pauses.push(ms);
        waiting.add(callback);
        return () => void waiting.delete(callback);
      },
    },
  };
}

/** A node of a group that says what the test wants. */
async function node(log: ScriptedLog, name: string, random = '80000000', membership: Partial<Membership> = {}, more: Partial<LedgerOptions<TallyState, Take, Taken, TallyReply>> = {}, first?: readonly Place[]) {
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  let onPlaces: Participant['onPlaces'] = () => {};
  const place = (share: Share): void => onPlaces([{ share, owner: undefined, standby: undefined, isMoved: false }]);
  const { runtime, pauses, end } = patient(random);
  const ledger: TestLedger = new Ledger({
    log, topic: TOPIC, partitions: 1, machine: tallyMachine(), runtime, node: { name, address: `${name}:1` }, heads: { key: KEY }, ...more,
    membership: { join: (participant) => { ({ onPlaces } = participant); if (first === undefined) place('owner'); else onPlaces(first); }, members: () => [], leave: () => Promise.resolve(false), ...membership },
    limits: { ...BACK_OFF, idleCheckMs: 10, sweepMs: 5, standbyPollMs: 5, drainMs: 200, handOverStepMs: 60_000, waitForOwnerMs: 60_000 },
  });
  running.push(ledger);
  await ledger.start();
  return { ledger, place, places: (all: readonly Place[]) => onPlaces(all), pauses, end };
}

const gone = (): Promise<never> => Promise.reject(new Error('it cannot be reached'));
const unreachable = { ready: gone, take: gone };

let ids = 0;
const take = (id = `id${(ids += 1)}`): Take => ({ type: 'take', id, idTimeMs: Date.now(), counter: `c${id}`, attempt: 0 });
const records = async (log: ScriptedLog): Promise<ReturnType<Envelope['parse']>[]> => (await log.read(TP, 0)).map(({ value }) => envelope.parse(value));
const claims = async (log: ScriptedLog): Promise<string[]> => (await records(log)).flatMap((one) => (one.kind === 'claim' ? [one.claim.node] : []));
const claimOf = (epoch: number): Uint8Array => envelope.encodeClaim({ epoch, nonce: 'ab'.repeat(16), node: 'rival', address: '' }, 0);
const rivalClaims = (log: ScriptedLog, epoch: number): Promise<unknown> => log.openAppender().append([{ ...TP, records: [{ key: null, value: claimOf(epoch) }] }], 1_000);

describe('a deposed owner', () => {
  test('claims again only if it is still assigned, after a pause that is random', async () => {
    const lengths: number[] = [];
    for (const random of ['00000000', '80000000', 'ffffffff']) {
      const log = new ScriptedLog();
      const { ledger, pauses, end } = await node(log, 'one', random);
      await rivalClaims(log, 2);
      await until(() => pauses.length > 0);
      expect(await claims(log)).toEqual(['one', 'rival']);
      expect(ledger.status()).toMatchObject([{ role: 'claiming' }]);
      end();
      await until(() => ledger.status()[0]!.role === 'owner');
      expect(await claims(log)).toEqual(['one', 'rival', 'one']);
      lengths.push(pauses[0]!);
    }
    expect(lengths[0]).toBe(BACK_OFF.backOffMinMs);
    expect(lengths[0]).toBeLessThan(lengths[1]!);
    expect(lengths[1]).toBeLessThan(lengths[2]!);
    expect(lengths[2]).toBeLessThanOrEqual(BACK_OFF.backOffMaxMs);
  });

  test('pauses too when it finds out by an append whose answer never came', async () => {
    const log = new ScriptedLog();
    const { ledger, pauses, end } = await node(log, 'one');
    let isLost = false;
    log.script = (batch) => {
      if (isLost || isClaim(batch)) return undefined;
      isLost = true;
      return rivalClaims(log, 2).then(() => unknownFor(batch));
    };
    await expect(ledger.submit(0, take())).rejects.toMatchObject({ kind: 'unavailable', reason: 'NEWER_OWNER' });
    await until(() => pauses.length > 0);
    expect(await claims(log)).toEqual(['one', 'rival']);
    end();
    await until(() => ledger.status()[0]!.role === 'owner');
    expect(await claims(log)).toEqual(['one', 'rival', 'one']);
  });

  test.each(['none', 'standby'] as const)('does not claim again when the group has made it %s meanwhile', async (share) => {
    const log = new ScriptedLog();
    const { ledger, place, pauses, end } = await node(log, 'one');
    await rivalClaims(log, 2);
    await until(() => pauses.length > 0);
    place(share);
    end();
    await until(() => ledger.status()[0]!.role === (share === 'none' ? 'elsewhere' : 'standby'));
    await expect(ledger.submit(0, take())).rejects.toMatchObject({ reason: 'NOT_OWNER' });
    expect(await claims(log)).toEqual(['one', 'rival']);
  });
});

describe('a node that leaves', () => {
  test('serves until somebody else has claimed, and signs the head of what it leaves while it still owns it', async () => {
    const log = new ScriptedLog();
    const { ledger } = await node(log, 'one', undefined, { leave: () => Promise.resolve(true) });
    await ledger.submit(0, take());
    let isOver = false;
    const leaving = ledger.handOver(1_000_000).then(() => { isOver = true; });
    await ledger.submit(0, take());
    const signed = async (): Promise<boolean> => (await log.read(TP, 0)).some(({ value }) => findHead(value, TP) !== undefined);
    while (!(await signed())) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    await rivalClaims(log, 2);
    await leaving;
    expect(ledger.status()).toMatchObject([{ role: 'elsewhere' }]);
  });

  test('tells its standby, which claims at once although the group has said nothing, and notices that it has', async () => {
    const log = new ScriptedLog();
    const second: { ledger?: TestLedger } = {};
    const told: unknown[] = [];
    const identity = (name: string): NodeIdentity => ({ id: `${name}'s`, node: name, address: `${name}:1` });
    const table = { owner: identity('one'), standby: identity('two'), isMoved: false };
    const first = await node(log, 'one', undefined, { leave: () => Promise.resolve(true) }, {
      successors: {
        ready: (_to, _topic, partitions) => Promise.resolve(second.ledger!.readyFor(partitions)),
        take: async ({ node: name }, topic, partitions, owner) => {
          const taken = await second.ledger!.takeOver(partitions, owner, 1_000_000);
          told.push([name, topic, partitions, taken]);
          return taken;
        },
      },
    });
    first.places([{ ...table, share: 'owner' }]);
    const other = await node(log, 'two', undefined, {}, {}, [{ ...table, share: 'standby' }]);
    second.ledger = other.ledger;
    await first.ledger.submit(0, take());
    await until(() => other.ledger.status()[0]!.role === 'standby');
    await first.ledger.handOver(1_000_000);
    expect(told).toEqual([['two', TOPIC, [0], [0]]]);
    expect(await claims(log)).toEqual(['one', 'two']);
    expect(first.ledger.status()).toMatchObject([{ role: 'elsewhere' }]);
    expect(first.ledger.ownerOf(0)).toEqual({ isHere: false, node: 'two', address: 'two:1' });
    // A table that was made before the first node left does not take it back; one that was made afterwards counts.
    other.places([{ ...table, share: 'standby' }]);
    expect(other.ledger.status()).toMatchObject([{ role: 'owner', share: 'owner' }]);
    expect((await other.ledger.submit(0, take())).event).toMatchObject({ verdict: 'ALLOW' });
    other.places([{ owner: identity('three'), standby: identity('two'), isMoved: true, share: 'standby' }]);
    expect(other.ledger.status()).toMatchObject([{ share: 'standby' }]);
  });

  test('under load the claim of its standby is the next record: nothing is written in vain, nothing is folded again, and whoever comes meanwhile is sent there', async () => {
    const log = new ScriptedLog();
    const second: { ledger?: TestLedger } = {};
    const seen: string[] = [];
    const observer = { onVoid: () => void seen.push('a void record'), onRefold: () => void seen.push('folded from the beginning') };
    const identity = (name: string): NodeIdentity => ({ id: `${name}'s`, node: name, address: `${name}:1` });
    const table = { owner: identity('one'), standby: identity('two'), isMoved: false };
    let whileGiven: unknown;
    const first = await node(log, 'one', undefined, { leave: () => Promise.resolve(true) }, {
      observer: { onVoid: observer.onVoid },
      successors: {
        ready: (_to, _topic, partitions) => Promise.resolve(second.ledger!.readyFor(partitions)),
        take: async (_to, _topic, partitions, owner) => {
          await Promise.resolve();
          whileGiven = [first.ledger.ownerOf(0), first.ledger.peek(0, () => 'a state')];
          return second.ledger!.takeOver(partitions, owner, 1_000_000);
        },
      },
    });
    first.places([{ ...table, share: 'owner' }]);
    const other = await node(log, 'two', undefined, {}, { observer }, [{ ...table, share: 'standby' }]);
    second.ledger = other.ledger;
    await first.ledger.submit(0, take());
    await until(() => other.ledger.readyFor([0]).length === 1);
    expect(seen.splice(0)).toEqual(['folded from the beginning']);
    const ends: string[] = [];
    const caller = async (): Promise<void> => {
      for (;;) {
        try {
          await first.ledger.submit(0, take());
        } catch (error) {
          return void ends.push((error as { reason: string }).reason);
        }
      }
    };
    const callers = Array.from({ length: 5 }, caller);
    await first.ledger.handOver(1_000_000);
    await Promise.all(callers);
    expect((await other.ledger.submit(0, take())).event).toMatchObject({ verdict: 'ALLOW' });
    expect(ends).toEqual(Array.from({ length: 5 }, () => 'NOT_OWNER'));
    expect(whileGiven).toEqual([{ isHere: false, node: 'two', address: 'two:1' }, undefined]);
    expect(await claims(log)).toEqual(['one', 'two']);
    expect(seen).toEqual([]);
  });

  test('a node that is told late, when the group has given the partition to another one, leaves it to that one', async () => {
    const log = new ScriptedLog();
    await node(log, 'one');
    const place = { owner: { id: "one's", node: 'one', address: 'one:1' }, standby: undefined, isMoved: false, share: 'standby' as const };
    const { ledger } = await node(log, 'two', undefined, {}, {}, [place]);
    await until(() => ledger.readyFor([0]).length === 1);
    expect(await ledger.takeOver([0], "somebody else's", 1_000_000)).toEqual([]);
    expect(ledger.status()).toMatchObject([{ role: 'standby', share: 'standby' }]);
    expect(await claims(log)).toEqual(['one']);
    expect(await ledger.takeOver([0], "one's", 1_000_000)).toEqual([0]);
    expect(await claims(log)).toEqual(['one', 'two']);
  });

  test('does not tell the standby of what is being moved to another node, which claims it anyway', async () => {
    const log = new ScriptedLog();
    const told: string[] = [];
    const tell = (what: string) => (): Promise<readonly number[]> => Promise.resolve(told.push(what)).then(() => []);
    const { ledger, places } = await node(log, 'one', undefined, { leave: () => Promise.resolve(true), others: () => Promise.resolve('none') }, { successors: { ready: tell('ready'), take: tell('take') } });
    const other = (name: string): NodeIdentity => ({ id: `${name}'s`, node: name, address: `${name}:1` });
    places([{ share: 'none', owner: other('two'), standby: other('three'), isMoved: true }]);
    await ledger.submit(0, take());
    await ledger.handOver(1_000_000);
    expect([told, ledger.status()]).toMatchObject([[], [{ role: 'owner', share: 'none' }]]);
  });

  test('goes on telling who owns what it does not, until it has stopped', async () => {
    const two = { id: "two's", node: 'two', address: 'two:1' };
    const { ledger } = await node(new ScriptedLog(), 'one', undefined, { leave: () => Promise.resolve(true), others: () => Promise.resolve('none') }, {}, [{ share: 'none', owner: two, standby: undefined, isMoved: false }]);
    await ledger.handOver(1_000_000);
    expect(ledger.ownerOf(0)).toEqual({ isHere: false, node: 'two', address: 'two:1' });
  });

  test('a node that is told to take what it does not stand by for leaves it alone', async () => {
    const log = new ScriptedLog();
    await node(log, 'one');
    const identity = { id: 'x', node: 'one', address: 'one:1' };
    const { ledger } = await node(log, 'two', undefined, {}, {}, [{ owner: identity, standby: undefined, isMoved: false, share: 'none' }]);
    expect(await ledger.takeOver([0, 7], 'x', 1_000_000)).toEqual([]);
    expect(await claims(log)).toEqual(['one']);
  });

  test.each([['could not be asked', unreachable], ['said it could take, and then did not', { ready: () => Promise.resolve([0]), take: gone }]])('serves on what the standby %s, until the group has it taken over', async (_how, successors) => {
    const log = new ScriptedLog();
    const identity = (name: string): NodeIdentity => ({ id: name, node: name, address: `${name}:1` });
    const first = await node(log, 'one', undefined, { leave: () => Promise.resolve(true) }, { successors });
    first.places([{ owner: identity('one'), standby: identity('two'), isMoved: false, share: 'owner' }]);
    const leaving = first.ledger.handOver(1_000_000);
    expect((await first.ledger.submit(0, take())).event).toMatchObject({ verdict: 'ALLOW' });
    await node(log, 'two');
    await leaving;
    expect(await claims(log)).toEqual(['one', 'two']);
  });

  test('does not wait for anybody when all others have left too', async () => {
    const log = new ScriptedLog();
    let asked = 0;
    const { ledger } = await node(log, 'one', undefined, { leave: () => Promise.resolve(true), others: () => Promise.resolve((asked += 1) < 3 ? 'settled' : 'none') });
    await ledger.handOver(1_000_000);
    expect(asked).toBe(3);
    expect(await claims(log)).toEqual(['one']);
    expect(ledger.status()).toMatchObject([{ role: 'owner' }]);
  });
});
