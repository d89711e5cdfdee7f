import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { StateMachine } from '#ledger';
import type { TokenCommand, TokenReply } from './commands.js';
import { OWNER_A, OWNER_B, Partition, SETTINGS, bar, begin, cutOff, denied, endHeld, failed, finished, hash64, id32, liftBar, liftCutOff, register, reject, remove, renew, reset, resume, reveal, revoke, rotate, served, suspend, unwrap, wrap } from './fixtures/connection.js';
import { accessTokenMachine } from './machine.js';
import type { TokenEvent } from './model.js';
import type { TokenState } from './state.js';

const machine: StateMachine<TokenState, TokenCommand, TokenEvent, TokenReply> = accessTokenMachine();
const few = fc.integer({ min: 1, max: 6 });
const slot = fc.constantFrom('', '', hash64(1));
const owner = fc.constantFrom(OWNER_A, OWNER_B);
const anyCommand: fc.Arbitrary<TokenCommand> = fc.tuple(fc.constantFrom('partner', 'partner', 'other'), fc.oneof(
  { arbitrary: fc.tuple(few, slot, owner, fc.option(few)).map(([n, of, by, known]) => begin(n, { slot: of, owner: by, known_generation: known })), weight: 6 },
  { arbitrary: fc.tuple(few, slot, few).map(([n, of, print]) => finished(n, { slot: of, fingerprint: hash64(print), lifetime_ms: 90_000, elapsed_ms: 10 })), weight: 6 },
  fc.tuple(few, slot, fc.boolean()).map(([n, of, isPermanent]) => failed(n, { slot: of, ...(isPermanent && { class: 'permanent', code: 'invalid_grant' }) })),
  fc.tuple(few, slot).map(([generation, of]) => reject(generation, of)),
  fc.tuple(fc.option(few), fc.option(slot)).map(([generation, of]) => revoke(generation, of)),
  few.map((version) => rotate(version)),
  fc.tuple(few, few).map(([former, next]) => renew(former, next)),
  few.map((version) => register({ secret_id: id32(version), secret_version: version })),
  fc.tuple(few, few).map(([handle, generation]) => wrap(handle, generation)),
  fc.tuple(few, few).map(([handle, use]) => unwrap(handle, use)),
  fc.tuple(few, slot).map(([generation, of]) => reveal(generation, 'grant-2', of)),
  fc.tuple(few, slot).map(([generation, of]) => served(generation, 3, of)),
  fc.constantFrom(suspend(), resume(), reset(), remove(1), remove(2), cutOff(), denied(), liftCutOff(), endHeld('grant-2'), bar(), bar('grant-2'), liftBar()),
)).map(([connection_id, command]) => ('connection_id' in command ? { ...command, connection_id } : command));
const history = fc.array(fc.tuple(anyCommand, fc.constantFrom(1, 1, 100, 20_000, 100_000)), { minLength: 5, maxLength: 80 });

function folded(commands: readonly (readonly [TokenCommand, number])[]): Partition {
  const partition = new Partition().given(register({ settings: { ...SETTINGS, delivery: 'reveal' } }), register({ connection_id: 'other', settings: { ...SETTINGS, mints_per_minute_max: 2 } }));
  for (const [command, ms] of commands) partition.after(ms).when(command);
  return partition;
}

const hashOf = (state: TokenState): string => createHash('sha256').update(JSON.stringify(machine.snapshot(state))).digest('hex');

/** As a store would: through text, and with every object's keys in another order. */
function throughAStore(snapshot: unknown): never {
  return JSON.parse(JSON.stringify(snapshot), (_key, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value) as never;
}

test('goes on from a snapshot taken anywhere as if it had never stopped', () => {
  fc.assert(fc.property(history, fc.nat(80), (commands, cut) => {
    const { events } = folded(commands);
    let straight = machine.initialState();
    let resumed = machine.initialState();
    events.forEach((event, index) => {
      const at = { offset: index, timeMs: 1_700_000_000_000 + index * 977 };
      straight = machine.evolve(straight, event, at);
      resumed = machine.evolve(resumed, event, at);
      if (index === cut % events.length) resumed = machine.restore(throughAStore(machine.snapshot(resumed)));
    });
    expect(hashOf(resumed)).toBe(hashOf(straight));
  }), { numRuns: 100 });
});

test('decides after a restore as before it, and leaves the state alone when it decides', () => {
  fc.assert(fc.property(history, anyCommand, (commands, next) => {
    const { state, nowMs } = folded(commands);
    const before = hashOf(state);
    const restored = machine.restore(throughAStore(machine.snapshot(state)));
    for (const each of [machine, accessTokenMachine({ mintsPerMinuteMax: 2, connectionsMax: 2 })]) {
      expect(each.decide(restored, next, { nowMs })).toEqual(each.decide(state, next, { nowMs }));
    }
    expect(hashOf(state)).toBe(before);
  }), { numRuns: 200 });
});

test('in every history generations rise, no ended or expired token is answered, and only the mint begun last publishes', () => {
  fc.assert(fc.property(history, (commands) => {
    const partition = new Partition().given(register(), register({ connection_id: 'other' }));
    const ended = new Set<string>();
    const newest = new Map<string, number>();
    const begun = new Map<string, string>();
    for (const [command, ms] of commands) {
      const reply = partition.after(ms).when(command);
      const event = partition.events.at(-1)!;
      if (event.type === 'TokenMinted') {
        const key = `${event.connection_id}/${event.slot}`;
        if (command.type === 'FinishMint' && command.mint_id === event.mint_id && (reply as TokenReply).kind === 'token') expect(begun.get(key)).toBe(event.mint_id);
        expect(event.generation).toBeGreaterThanOrEqual(newest.get(event.connection_id) ?? 0);
        newest.set(event.connection_id, event.generation);
      }
      if (event.type === 'MintStarted') begun.set(`${event.connection_id}/${event.slot}`, event.mint_id);
      if (event.type === 'TokenRejected') ended.add(`${event.connection_id} ${event.generation}`);
      if (event.type === 'TokenRevoked' && event.slot === null) for (let g = 1; g <= event.generation; g += 1) ended.add(`${event.connection_id} ${g}`);
      if ('kind' in reply && reply.kind === 'token' && command.type === 'BeginMint') {
        const { token } = reply as Extract<TokenReply, { kind: 'token' }>;
        expect(ended).not.toContain(`${command.connection_id} ${token.generation}`);
        expect(partition.nowMs).toBeLessThan(token.hard_at_ms);
      }
    }
  }), { numRuns: 300 });
});

test('knows the size of an event before it decides', () => {
  fc.assert(fc.property(history, anyCommand, (commands, next) => {
    const { state, nowMs } = folded(commands);
    const decision = machine.decide(state, next, { nowMs });
    if (decision.kind !== 'append') return;
    expect(Buffer.byteLength(JSON.stringify(machine.encode(decision.event)))).toBeLessThanOrEqual(machine.maxEventBytes(next));
  }), { numRuns: 200 });
});

test('refuses events and snapshots that it does not know', () => {
  const encoded = machine.encode(folded([]).events[0]!);
  expect(() => machine.decode({ ...encoded, type: 'docket.token.ConnectionRegistered.v2' })).toThrow(/unknown/);
  expect(() => machine.decode({ ...encoded, subject: 'another' })).toThrow(/subject/);
  expect(() => machine.decode({ ...encoded, data: { ...(encoded.data as object), api_secret: 'x' } as never })).toThrow(/malformed/);
  const snapshot = machine.snapshot(folded([]).state) as object;
  expect(() => machine.restore({ ...snapshot, format: 4 } as never)).toThrow(/format/);
  expect(() => machine.restore(null)).toThrow(/format/);
});
