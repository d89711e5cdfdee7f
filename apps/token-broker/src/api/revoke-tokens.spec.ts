import type { token } from '#contracts';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import { Broker, CANARY, CAUSE, OF, ScriptedIssuer, SECRET_ID, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { BrokerHandovers } from '../handles/broker-handovers.js';
import { StandIns } from '../stand-ins/stand-ins.js';
import type { Caller } from './caller.js';
import { revokeTokens, type RevokeOptions } from './revoke-tokens.js';

let runtime: FakeRuntime;
let broker: Broker;
let steps: string[];
let o: RevokeOptions;
let endFails: boolean;
const caller = { identity: { organisation: OF.tenant }, cause: CAUSE, onward: {} } as Caller;

const revoke = (fields: Partial<token.RevokeTokenRequest__Output>): Promise<token.RevokeTokenResponse> =>
  revokeTokens(o, { connectionId: '', generation: 0, grantId: '', token: '', all: false, ...fields }, caller);
const mint = (connectionId: string): Promise<unknown> => broker.minter.obtain({ ...OF, connectionId }, { knownGeneration: null, reason: 'missing' }, CAUSE);
const isLive = (connectionId: string): boolean => broker.log.describe(OF.tenant, connectionId)!.slots.get('')?.token?.ended_by === null;

beforeEach(async () => {
  runtime = new FakeRuntime();
  broker = await Broker.of(runtime, new ScriptedIssuer(), { settings: { ...SETTINGS, delivery: 'reveal' } });
  steps = [];
  endFails = false;
  for (const connection_id of ['second', 'third']) {
    await broker.vault.put({ ...OF, connectionId: connection_id, kind: 'secret', version: SECRET_ID }, new Secret(`${CANARY}secret`));
    await broker.log.submit({ type: 'RegisterConnection', ...broker.common, connection_id, settings: { ...SETTINGS, delivery: 'reveal' }, secret_id: SECRET_ID, secret_version: 1, binding: '0c'.repeat(32) });
  }
  for (const id of ['partner', 'second', 'third']) await mint(id);
  const submit: RevokeOptions['node']['submit'] = async (_, command) => {
    const reply = await broker.log.submit(command);
    steps.push(`log ${command.type} ${'connection_id' in command ? command.connection_id : command.holder}`);
    return reply;
  };
  o = {
    node: { isHere: () => true, find: broker.log.describe, list: () => [...broker.log.state.connections.values()], submit, handOn: () => Promise.reject(new Error('not here')) },
    desk: {
      end: ({ connection_id }) => {
        if (endFails) throw new Error('no room');
        steps.push(`here ${connection_id}`);
      },
    },
    handovers: new BrokerHandovers({ submit: (id, command) => submit(id, command), vault: broker.vault, runtime, standIns: new StandIns({ vault: broker.vault, wallMs: () => runtime.wallMs() }) }),
    vault: broker.vault,
  };
});

test('a revocation is in the log first, and then in force here', async () => {
  expect(await revoke({ connectionId: 'partner' })).toEqual({ connectionIds: ['partner'] });
  expect(steps).toEqual(['log RevokeToken partner', 'here partner']);
});

test('what the log has not taken is not in force, and the call fails', async () => {
  broker.log.isDown = true;
  await expect(revoke({ connectionId: 'partner' })).rejects.toMatchObject({ kind: 'unavailable' });
  expect(steps).toEqual([]);
});

test('a revocation that is in the log but cannot be in force here fails, and succeeds when it is repeated', async () => {
  endFails = true;
  for (const request of [{ connectionId: 'partner' }, { token: `${CANARY}token-2` }, { all: true }]) {
    const error = await revoke(request).then(() => { throw new Error('expected an error'); }, (cause: DocketError) => cause);
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'REVOCATION_NOT_IN_FORCE' });
  }
  endFails = false;
  expect(await revoke({ connectionId: 'partner' })).toEqual({ connectionIds: [] });
  expect(steps.at(-1)).toBe('here partner');
});

test('by connection, by the token itself, by grant or all of the tenant: what is meant ends, and nothing else', async () => {
  expect(await revoke({ token: `${CANARY}token-2` })).toEqual({ connectionIds: ['second'] });
  expect(['partner', 'second', 'third'].map(isLive)).toEqual([true, false, true]);
  await broker.log.submit({ type: 'RevealToken', ...broker.common, connection_id: 'third', grant_id: 'grant-1', slot: '', generation: 1 });
  await revoke({ grantId: 'grant-1' });
  expect(['partner', 'third'].map(isLive)).toEqual([true, false]);
  expect(broker.log.describe(OF.tenant, 'partner')!.cut_off).toContain('grant-1');
  await mint('second');
  expect(await revoke({ all: true })).toEqual({ connectionIds: ['partner', 'second'] });
  expect(['partner', 'second', 'third'].map(isLive)).toEqual([false, false, false]);
});

test('a token that is not known revokes nothing', async () => {
  expect(await revoke({ token: 'somebody-elses-token' })).toEqual({ connectionIds: [] });
  expect(['partner', 'second', 'third'].map(isLive)).toEqual([true, true, true]);
});

test('exactly one thing is named', async () => {
  for (const request of [{}, { all: true, connectionId: 'partner' }, { token: 'x', grantId: 'g' }]) await expect(revoke(request)).rejects.toMatchObject({ kind: 'invalid_argument' });
});
