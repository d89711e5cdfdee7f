import { isBarred } from '#access-token';
import type { token } from '#contracts';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import { Broker, CANARY, CAUSE, OF, ScriptedIssuer, SECRET_ID, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { BrokerHandovers } from '../handles/broker-handovers.js';
import { StandIns } from '../stand-ins/stand-ins.js';
import type { Caller } from './caller.js';
import { noSuchConnection } from '../node/token-node.js';
import type { RevokeOptions } from './revoke-parts.js';
import { restoreGrant, revokeTokens } from './revoke-tokens.js';

let runtime: FakeRuntime;
let broker: Broker;
let steps: string[];
let o: RevokeOptions;
let endFails: boolean;
const caller = { identity: { organisation: OF.tenant }, cause: CAUSE, onward: { hops: 0 } } as Caller;
const GRANTS = ['grant-1', 'grant-2'];

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
    node: {
      isHere: () => true, find: broker.log.describe, existing: (tenant, id) => {
        const found = broker.log.describe(tenant, id);
        if (found === undefined || found.status === 'removed') throw noSuchConnection();
        return found;
      }, list: () => [...broker.log.state.connections.values()].filter(({ status }) => status !== 'removed'), submit,
      listEver: () => [...broker.log.state.connections.values()], atHand: () => [0], partitions: 1, partitionOf: () => 0, isBarred: (tenant, grant) => isBarred(broker.log.state, tenant, grant), 
      atOwner: (_id, _service, _method, _request, _onward, _isRepeatable, here) => here(), askOthers: () => Promise.resolve({ answers: [], failure: undefined }),
    },
    runtime,
    grants: { assertExists: async (_, grant) => {
      if (!GRANTS.includes(grant)) throw new DocketError('not_found', { reason: 'GRANT_NOT_FOUND', message: 'no such grant' });
    } },
    desk: {
      end: ({ connection_id }) => {
        if (endFails) throw new Error('no room');
        steps.push(`here ${connection_id}`);
      },
    },
    handovers: new BrokerHandovers({ submit: (id, command) => submit(id, command), vault: broker.vault, runtime, assertGrant: () => undefined, standIns: new StandIns({ vault: broker.vault, wallMs: () => runtime.wallMs() }) }),
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
  expect(await revoke({ token: `${CANARY}token-2` })).toMatchObject({ connectionIds: ['second'], byValue: { tokens: [{ connectionId: 'second', generation: 1, newest: true, endedBefore: false, issuerTold: false }] } });
  expect(['partner', 'second', 'third'].map(isLive)).toEqual([true, false, true]);
  await broker.log.submit({ type: 'RevealToken', ...broker.common, connection_id: 'third', grant_id: 'grant-1', slot: '', generation: 1 });
  expect(await revoke({ grantId: 'grant-1' })).toEqual({ connectionIds: ['third'], byGrant: { isNew: true } });
  expect(['partner', 'third'].map(isLive)).toEqual([true, false]);
  await mint('second');
  expect(await revoke({ all: true })).toEqual({ connectionIds: ['partner', 'second'] });
  expect(['partner', 'second', 'third'].map(isLive)).toEqual([false, false, false]);
});

test('any token that was minted here and may still be good can be revoked by its value, also one that was replaced; and what became of it is told', async () => {
  for (const generation of [1, 2]) {
    await broker.minter.obtain(OF, { knownGeneration: generation, reason: 'rejected' }, CAUSE);
    await runtime.advance(30_000);
  }
  const find = (n: number): Promise<token.RevokeTokenResponse> => revoke({ token: `${CANARY}token-${n}` });
  expect(await find(4)).toMatchObject({ connectionIds: ['partner'], byValue: { tokens: [{ connectionId: 'partner', generation: 2, newest: false, endedBefore: false }] } });
  expect(broker.log.events.at(-1)).toMatchObject({ type: 'TokenRevoked', connection_id: 'partner', generation: 2 });
  expect(isLive('partner')).toBe(true);
  expect(await find(1)).toMatchObject({ connectionIds: [], byValue: { tokens: [{ generation: 1, newest: false, endedBefore: true }] } });
  expect(await find(5)).toMatchObject({ connectionIds: ['partner'], byValue: { tokens: [{ generation: 3, newest: true, endedBefore: false }] } });
  expect(await find(5)).toMatchObject({ connectionIds: [], byValue: { tokens: [{ generation: 3, endedBefore: true }] } });
  expect(isLive('partner')).toBe(false);
  expect(isLive('second')).toBe(true);
});

test('a token of a removed connection is known, and one that is over is not', async () => {
  await broker.log.submit({ type: 'RemoveConnection', ...broker.common, secret_version: 1 });
  expect(await revoke({ token: `${CANARY}token-1` })).toMatchObject({ byValue: { tokens: [{ connectionId: 'partner', generation: 1, newest: false, endedBefore: true }] } });
  await runtime.advance(3_700_000);
  expect(await revoke({ token: `${CANARY}token-1` })).toEqual({ connectionIds: [], byValue: { tokens: [] } });
});

test('a grant that is cut off is cut off from connections that are registered later, too, until that is lifted; one that nobody knows is not', async () => {
  expect(await revoke({ grantId: 'grant-1' })).toEqual({ connectionIds: [], byGrant: { isNew: true } });
  expect(await revoke({ grantId: 'grant-1' })).toEqual({ connectionIds: [], byGrant: { isNew: false } });
  expect(broker.log.count('GrantBarred')).toBe(1);
  expect(isBarred(broker.log.state, OF.tenant, 'grant-1')).toBe(true);
  await expect(revoke({ grantId: 'nonsense' })).rejects.toMatchObject({ kind: 'not_found' });
  await revoke({ grantId: 'grant-2', connectionId: 'second' });
  const restore = (grantId: string, connectionId = ''): Promise<token.RestoreGrantResponse> => restoreGrant(o, { grantId, connectionId }, caller);
  await expect(restore('grant-1', 'second')).rejects.toMatchObject({ reason: 'GRANT_CUT_OFF' });
  expect(await restore('grant-1')).toEqual({ restored: true });
  expect(isBarred(broker.log.state, OF.tenant, 'grant-1')).toBe(false);
  expect(await restore('grant-2')).toEqual({ restored: true });
  expect(broker.log.describe(OF.tenant, 'second')!.cut_off.size).toBe(0);
  expect(await restore('grant-2')).toEqual({ restored: false });
});

describe('of two partitions of which this node owns one', () => {
  let asked: object[];
  let others: { answers: readonly object[]; failure: unknown };
  const away = new DocketError('unavailable', { reason: 'OWNER_UNREACHABLE', message: 'no answer' });
  const ofOther = { connectionIds: ['third'], byValue: { tokens: [{ connectionId: 'third', generation: 7, endedBefore: false }] }, partitions: [1] };

  beforeEach(() => {
    asked = [];
    others = { answers: [ofOther], failure: undefined };
    const partitionOf = (id: string): number => (id === 'third' ? 1 : 0);
    const askOthers = <A>(_method: string, request: object): Promise<{ answers: readonly A[]; failure: unknown }> => {
      asked.push(request);
      return Promise.resolve(others as { answers: readonly A[]; failure: unknown });
    };
    o = { ...o, node: { ...o.node, partitions: 2, partitionOf, isHere: (id) => partitionOf(id) === 0, askOthers } };
  });

  test('a token that only the other owner knows of yet is found there', async () => {
    expect(await revoke({ token: 'minted-a-moment-ago' })).toEqual({ connectionIds: ['third'], byValue: ofOther.byValue });
    expect(asked).toEqual([{ token: 'minted-a-moment-ago' }]);
  });

  test.each([['did not answer', { answers: [], failure: away }, 'OWNER_UNREACHABLE'], ['is not known', { answers: [], failure: undefined }, 'NO_OWNER'], ['has lost the partition', { answers: [{ ...ofOther, byValue: { tokens: [] }, partitions: [] }], failure: undefined }, 'NO_OWNER']])(
    'nobody says that there is no such token, nor that all have ended, while the other owner %s', async (_, answer, reason) => {
      others = answer;
      await expect(revoke({ token: 'minted-a-moment-ago' })).rejects.toMatchObject({ kind: 'unavailable', reason });
      await expect(revoke({ all: true })).rejects.toMatchObject({ kind: 'unavailable', reason });
      expect(['partner', 'second'].map(isLive)).toEqual([false, false]);
    });

  test('one that was found here has ended, whoever else does not answer; unless it is known to be there, too', async () => {
    others = { answers: [], failure: away };
    expect(await revoke({ token: `${CANARY}token-1` })).toMatchObject({ connectionIds: ['partner'] });
    await expect(revoke({ token: `${CANARY}token-3` })).rejects.toMatchObject({ reason: 'OWNER_UNREACHABLE' });
    expect(isLive('third')).toBe(true);
  });

  test('each owner ends the tokens of its own connections, and says of which partitions they are', async () => {
    expect(await revoke({ all: true })).toEqual({ connectionIds: ['partner', 'second', 'third'] });
    expect(asked).toEqual([{ all: true }]);
    expect(steps.filter((step) => step.startsWith('log'))).toEqual(['log RevokeToken partner', 'log RevokeToken second']);
    expect(steps.at(-1)).toBe('here third');
    const handedOn = { ...caller, onward: { hops: 1 } } as Caller;
    await mint('partner');
    expect(await revokeTokens(o, { connectionId: '', generation: 0, grantId: '', token: '', all: true }, handedOn)).toEqual({ connectionIds: ['partner'], partitions: [0] });
    expect(await revokeTokens(o, { connectionId: '', generation: 0, grantId: '', token: `${CANARY}token-3`, all: false }, handedOn)).toEqual({ connectionIds: [], byValue: { tokens: [] }, partitions: [0] });
    expect(asked).toHaveLength(1);
  });
});

test('a token that is not known revokes nothing', async () => {
  expect(await revoke({ token: 'somebody-elses-token' })).toEqual({ connectionIds: [], byValue: { tokens: [] } });
  expect(['partner', 'second', 'third'].map(isLive)).toEqual([true, true, true]);
});

test('exactly one thing is named', async () => {
  for (const request of [{}, { all: true, connectionId: 'partner' }, { token: 'x', grantId: 'g' }, { token: 'x', all: true }, { connectionId: 'partner', grantId: 'grant-1', generation: 1 }]) await expect(revoke(request)).rejects.toMatchObject({ kind: 'invalid_argument' });
});
