import type { ConnectionCommand } from '#access-token';
import { registryMachine, type RegistryEvent, type RegistryState } from '#registry';
import { Broker, CAUSE, OF, ScriptedIssuer, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import { GrantAccess } from './grant-access.js';
import { HeldTokens } from './held-tokens.js';

const GRANT = '0190f3a1c2d37e4f8a5b6c7d8e9f0a1b';
const ANOTHER = '0190f3a1c2d37e4f8a5b6c7d8e9f0a1c';

let runtime: FakeRuntime;
let state: RegistryState;
let later: RegistryEvent[];
let barred: Set<string>;
let grants: GrantAccess;
const machine = registryMachine();

const hear = (event: RegistryEvent): void => {
  state = machine.evolve(state, event, { offset: 1, timeMs: runtime.wallMs(), partition: 0, topic: 'docket.registry', hash: '', epoch: 1, sequence: 1 } as never);
};
const issued = (grant_id: string, expires_at_ms: number | null = null, organisation = OF.tenant): RegistryEvent => ({
  type: 'GrantIssued', organisation, grant_id, server_id: 'demo', policy_id: '', mode: 'enforce', label: '', secret_hash: '0'.repeat(64), expires_at_ms, actor: 'ada',
});
const reasonOf = (grantId: string): string | undefined => grants.refusalOf(OF.tenant, grantId)?.reason;

beforeEach(() => {
  runtime = new FakeRuntime();
  state = machine.initialState();
  later = [];
  barred = new Set();
  grants = new GrantAccess({
    registry: { get state() { return state; } }, isBarred: (_, grantId) => barred.has(grantId), wallMs: () => runtime.wallMs(),
    heardAll: async () => later.forEach(hear),
  });
  hear(issued(GRANT, runtime.wallMs() + 60_000));
});

test('a grant may have tokens from its issue until it is revoked, erased, over or cut off; a call under none may', async () => {
  expect([reasonOf(''), reasonOf(GRANT)]).toEqual([undefined, undefined]);
  barred.add(GRANT);
  expect(reasonOf(GRANT)).toBe('GRANT_CUT_OFF');
  barred.clear();
  await runtime.advance(59_999);
  expect(reasonOf(GRANT)).toBeUndefined();
  await runtime.advance(1);
  expect(reasonOf(GRANT)).toBe('GRANT_EXPIRED');
  hear({ type: 'GrantRevoked', grant_id: GRANT, actor: 'ada' });
  expect(reasonOf(GRANT)).toBe('GRANT_REVOKED');
  hear(issued(ANOTHER));
  hear({ type: 'GrantErased', grant_id: ANOTHER, actor: 'ada' });
  expect(reasonOf(ANOTHER)).toBe('GRANT_REVOKED');
});

test('what the registry does not know gets nothing, nor another tenant’s grant; the registry is heard to its end first', async () => {
  hear(issued(ANOTHER, null, 'elsewhere'));
  for (const grantId of ['nonsense', ANOTHER, 'f'.repeat(32)]) {
    await expect(grants.assertGood(OF.tenant, grantId)).rejects.toMatchObject({ kind: 'permission_denied', reason: 'GRANT_UNKNOWN' });
    await expect(grants.assertExists(OF.tenant, grantId)).rejects.toMatchObject({ kind: 'not_found' });
  }
  later.push(issued('f'.repeat(32)));
  await expect(grants.assertGood(OF.tenant, 'f'.repeat(32))).resolves.toBeUndefined();
});

test('a revoked grant is refused at once, without a look at the log', () => {
  hear({ type: 'GrantRevoked', grant_id: GRANT, actor: 'ada' });
  expect(() => grants.assertGood(OF.tenant, GRANT)).toThrow('revoked');
});

test('what a grant holds ends with it: revoked, over or cut off; once, and nothing of others', async () => {
  const broker = await Broker.of(runtime, new ScriptedIssuer(), { settings: { ...SETTINGS, delivery: 'reveal' } });
  const sent: ConnectionCommand[] = [];
  const held = new HeldTokens({
    owned: () => [...broker.log.state.connections.values()], grants, actor: 'broker/one', wallMs: () => runtime.wallMs(), onError: (error) => { throw error; },
    submit: (command) => {
      sent.push(command);
      return broker.log.submit(command);
    },
  });
  const hold = async (grant_id: string): Promise<void> => {
    const { generation } = await broker.minter.obtain(OF, { knownGeneration: null, reason: 'missing' }, CAUSE);
    await broker.log.submit({ type: 'RevealToken', ...broker.common, grant_id, slot: '', generation });
  };
  const isLive = (): boolean => broker.log.describe(OF.tenant, OF.connectionId)!.slots.get('')!.token!.ended_by === null;
  const look = async (): Promise<void> => {
    held.look();
    held.look();
    await settled();
    held.look();
    await settled();
  };
  hear(issued(ANOTHER));
  for (const end of [() => barred.add(GRANT), () => runtime.advance(60_000), () => hear({ type: 'GrantRevoked', grant_id: GRANT, actor: 'ada' })]) {
    await hold(ANOTHER);
    await look();
    expect(isLive()).toBe(true);
    await hold(GRANT);
    await end();
    await look();
    expect(isLive()).toBe(false);
    barred.clear();
  }
  expect(sent.map(({ type }) => type)).toEqual(['EndHeldTokens', 'EndHeldTokens', 'EndHeldTokens']);
  expect(broker.log.events.at(-1)).toMatchObject({ type: 'GrantTokensEnded', holder: GRANT, actor: 'broker/one' });
});
