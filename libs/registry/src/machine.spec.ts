import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DocketError } from '#errors';
import type { RegistryCommand } from './commands.js';
import { attach, create, credential, issue, publish, revoke, revokeCredential, Scenario, server, VERSION_1, VERSION_2 } from './fixtures/scenario.js';
import { authenticate, editOf, editsAfter } from './index.js';
import { registryMachine } from './machine.js';

const machine = registryMachine();
const small = fc.integer({ min: 1, max: 4 });
const organisation = fc.constantFrom('default', 'other');
const policy = fc.constantFrom('careful', 'strict');
const anyCommand: fc.Arbitrary<RegistryCommand> = fc.tuple(organisation, fc.oneof(
  fc.constantFrom('payments', 'mail').map((id) => server(id)),
  fc.tuple(policy, fc.constantFrom(VERSION_1, VERSION_2)).map(([id, version]) => publish(id, version)),
  fc.tuple(small, fc.constantFrom('', 'careful')).map(([n, policy_id]) => issue(n, { policy_id })),
  fc.tuple(small, policy).map(([n, id]) => attach(n, id)),
  small.map((n) => revoke(n)),
  small.map((n) => credential(n, { roles: n % 2 ? ['gateway'] : ['admin'] })),
  small.map((n) => revokeCredential(n)),
)).map(([name, command]) => ({ ...command, organisation: name }));
const history = fc.array(anyCommand, { maxLength: 60 });

function folded(commands: readonly RegistryCommand[]): Scenario {
  const scenario = new Scenario().given(create);
  for (const command of commands) {
    scenario.nowMs += 7;
    scenario.when(command);
  }
  return scenario;
}

const hashOf = (state: Scenario['state']): string => createHash('sha256').update(JSON.stringify(machine.snapshot(state))).digest('hex');

/** As a store would: through text, and with every object's keys in another order. */
function throughAStore(snapshot: unknown): never {
  return JSON.parse(JSON.stringify(snapshot), (_key, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value) as never;
}

describe('the registry as a state machine', () => {
  it('goes on from a snapshot taken anywhere as if it had never stopped', () => {
    fc.assert(fc.property(history, fc.nat(60), (commands, cut) => {
      const whole = folded(commands);
      const events = whole.events;
      const at = (index: number) => ({ offset: index + 1, timeMs: 5 + index });
      let straight = machine.initialState();
      let resumed = machine.initialState();
      events.forEach((event, index) => {
        straight = machine.evolve(straight, event, at(index));
        resumed = machine.evolve(resumed, event, at(index));
        if (index === cut % events.length) resumed = machine.restore(throughAStore(machine.snapshot(resumed)));
        expect(hashOf(resumed)).toBe(hashOf(straight));
      });
    }), { numRuns: 60 });
  });

  it('decides after a restore as before it', () => {
    fc.assert(fc.property(history, anyCommand, (commands, next) => {
      const scenario = folded(commands);
      const restored = machine.restore(throughAStore(machine.snapshot(scenario.state)));
      const context = { nowMs: scenario.nowMs };
      expect(machine.decide(restored, next, context)).toEqual(machine.decide(scenario.state, next, context));
    }), { numRuns: 100 });
  });

  it('leaves the state alone when it decides', () => {
    fc.assert(fc.property(history, anyCommand, (commands, next) => {
      const scenario = folded(commands);
      const before = hashOf(scenario.state);
      machine.decide(scenario.state, next, { nowMs: scenario.nowMs });
      expect(hashOf(scenario.state)).toBe(before);
    }), { numRuns: 50 });
  });

  it('knows the size of an event before it decides', () => {
    const command = { ...publish(), document: JSON.stringify({ text: '€\u0001"\\'.repeat(20_000) }) } as RegistryCommand;
    const decision = machine.decide(folded([]).state, command, { nowMs: 0 });
    if (decision.kind !== 'append') throw new Error(`expected an event, got ${decision.kind}`);
    const bytes = Buffer.byteLength(JSON.stringify(machine.encode(decision.event)));
    expect(bytes).toBeLessThanOrEqual(machine.maxEventBytes(command));
  });

  it('refuses event types and shapes that it does not know', () => {
    const good = machine.encode(folded([]).events[0] as never);
    expect(() => machine.decode({ ...good, type: 'docket.registry.RegistryCreated.v2' })).toThrow('unknown registry event type');
    expect(() => machine.decode({ ...good, type: 'docket.registry.constructor.v1' })).toThrow('unknown registry event type');
    expect(() => machine.decode({ ...good, data: { ...(good.data as object), extra: 1 } as never })).toThrow('malformed');
  });

  it('never lets an event into the log that no reader could fold', () => {
    const event = { type: 'GrantRevoked', grant_id: '1', actor: 'ada', token: 'x' } as never;
    expect(() => machine.encode(event)).toThrow();
  });

  it('refuses a snapshot of a format that it does not know', () => {
    expect(() => machine.restore({ format: 2 })).toThrow('unknown registry snapshot format');
    expect(() => machine.restore(null)).toThrow('unknown registry snapshot format');
  });
});

describe('what the decisions partitions are told', () => {
  it('ends the same from any point on, edit by edit or in one go', () => {
    fc.assert(fc.property(history, fc.nat(80), (commands, from) => {
      const { events } = folded(commands);
      const told = new Map<string, unknown>();
      const apply = (edit: ReturnType<typeof editOf>): void => {
        if (edit !== undefined) told.set(edit.type === 'SetGrant' ? edit.grant_id : `${edit.organisation}/${edit.policy_id}`, edit);
      };
      let state = machine.initialState();
      events.forEach((event, index) => {
        state = machine.evolve(state, event, { offset: index + 1, timeMs: 0 });
        if (index + 1 <= from) apply(editOf(state, event));
      });
      editsAfter(state, from).forEach(apply);
      expect([...told.values()].sort(byOffset)).toEqual(editsAfter(state, 0));
    }), { numRuns: 100 });
  });

  it('carries the whole grant, also after its policy changed and it was revoked', () => {
    const { state } = folded([server(), publish(), issue(), attach(), revoke()]);
    expect(editsAfter(state, 3)).toEqual([{
      type: 'SetGrant', registry_offset: 6, grant_id: '0'.repeat(31) + '1', organisation: 'default', server_id: 'payments',
      secret_hash: 'ab'.repeat(32), policy_id: 'careful', mode: 'enforce', expires_at_ms: null, revoked: true,
    }]);
  });
});

describe('authentication', () => {
  const { state } = folded([credential(1, { roles: ['admin', 'auditor'] }), credential(2), revokeCredential(2)]);

  it('knows a credential by its id and the hash of its secret', () => {
    expect(authenticate(state, '0'.repeat(15) + '1', 'ab'.repeat(32))).toMatchObject({
      subject: 'edge', organisation: 'default', roles: ['admin', 'auditor'], server_ids: [],
    });
  });

  it.each([
    ['an unknown id', 'f'.repeat(16), 'ab'.repeat(32)],
    ['another secret', '0'.repeat(15) + '1', 'ac'.repeat(32)],
    ['a shorter hash', '0'.repeat(15) + '1', 'ab'],
    ['a revoked credential', '0'.repeat(15) + '2', 'ab'.repeat(32)],
  ])('refuses %s', (_what, id, hash) => {
    expect(authenticate(state, id, hash)).toBeUndefined();
  });

  it('says nothing of the secret', () => {
    expect(JSON.stringify(authenticate(state, '0'.repeat(15) + '1', 'ab'.repeat(32)))).not.toContain('abab');
  });
});

function byOffset(a: unknown, b: unknown): number {
  return (a as { registry_offset: number }).registry_offset - (b as { registry_offset: number }).registry_offset;
}

it('reports malformed commands without waiting for the log', () => {
  const decision = machine.decide(folded([]).state, server('NO'), { nowMs: 0 });
  expect(decision).toMatchObject({ kind: 'advise', reply: expect.any(DocketError) });
});
