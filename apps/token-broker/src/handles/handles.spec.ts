import { inspect } from 'node:util';
import type { DocketError } from '#errors';
import type { Caller } from '../api/caller.js';
import type { Wanted } from '../api/token-desk.js';
import type { ServedToken } from '../cache/token-cache.js';
import { Broker, CANARY, CAUSE, OF, ScriptedIssuer, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { StandIns } from '../stand-ins/stand-ins.js';
import { BrokerHandovers } from './broker-handovers.js';
import { connectionOfHandle } from './handle.js';

let runtime: FakeRuntime;
let broker: Broker;
let handovers: BrokerHandovers;
let served: ServedToken;
const caller = { cause: { ...CAUSE, grant_id: 'grant-1' } } as Caller;

async function start(delivery: 'inject' | 'wrap' | 'reveal'): Promise<void> {
  runtime = new FakeRuntime();
  broker = await Broker.of(runtime, new ScriptedIssuer(), { settings: { ...SETTINGS, delivery } });
  handovers = new BrokerHandovers({
    submit: (_, command) => broker.log.submit(command), vault: broker.vault, runtime, assertGrant: () => undefined, standIns: new StandIns({ vault: broker.vault, wallMs: () => runtime.wallMs() }),
  });
  served = await broker.minter.obtain(OF, { knownGeneration: null, reason: 'missing' }, CAUSE);
}

const connection = (): Wanted['connection'] => broker.log.describe(OF.tenant, OF.connectionId)!;
const wanted = (): Wanted => ({ connection: connection(), of: OF, slot: '' });
const errorOf = (promise: Promise<unknown>): Promise<DocketError> => promise.then(() => { throw new Error('expected an error'); }, (error: DocketError) => error);

beforeEach(() => start('wrap'));

test('a handle brings the token once; the second time it is denied, with an event', async () => {
  const { handle } = await handovers.handOver('WRAP', wanted(), served, caller);
  expect(connectionOfHandle(handle!)).toBe('partner');
  expect(await handovers.unwrap(connection(), handle!, caller)).toMatchObject({ token: `${CANARY}token-1`, generation: 1, connectionId: 'partner', headerName: 'access-token' });
  expect(await errorOf(handovers.unwrap(connection(), handle!, caller))).toMatchObject({ kind: 'permission_denied', reason: 'HANDLE_USED' });
  expect(broker.log.events.slice(-3).map(({ type }) => type)).toEqual(['TokenWrapped', 'TokenUnwrapped', 'AccessDenied']);
});

test('after a minute a handle brings nothing', async () => {
  const { handle } = await handovers.handOver('WRAP', wanted(), served, caller);
  await runtime.advance(60_000);
  expect(await errorOf(handovers.unwrap(connection(), handle!, caller))).toMatchObject({ reason: 'HANDLE_EXPIRED' });
});

test('1,000 who try one handle at once: one gets the token', async () => {
  const { handle } = await handovers.handOver('WRAP', wanted(), served, caller);
  const tries = await Promise.allSettled(Array.from({ length: 1_000 }, () => handovers.unwrap(connection(), handle!, caller)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('the log knows neither handle nor token, and no two handles are alike', async () => {
  const handles = await Promise.all(Array.from({ length: 100 }, async () => (await handovers.handOver('WRAP', wanted(), served, caller)).handle!));
  expect(new Set(handles).size).toBe(100);
  const seen = inspect([broker.log.events, broker.log.state], { depth: 12, maxArrayLength: null });
  for (const handle of handles) expect(seen).not.toContain(handle);
  expect(seen).not.toContain(`${CANARY}token`);
});

test('what is no handle is denied before anything is asked', () => {
  for (const text of ['', 'th_partner_', 'th__x', `si_partner_${'a'.repeat(66)}`, 'th_partner_' + 'a'.repeat(65), `${CANARY}token-1`]) {
    expect(() => connectionOfHandle(text)).toThrow('this is no handle');
  }
});

test('a connection that reveals hands the token itself over, after the event that says so', async () => {
  await start('reveal');
  broker.log.onCommand = (command) => expect(command.type).toBe('RevealToken');
  expect(await handovers.handOver('REVEAL', wanted(), served, caller)).toEqual({ token: `${CANARY}token-1` });
  expect(broker.log.events.at(-1)).toMatchObject({ type: 'TokenRevealed', actor: 'edge', grant_id: 'grant-1', generation: 1 });
  broker.log.isDown = true;
  expect(await errorOf(handovers.handOver('REVEAL', wanted(), served, caller))).toMatchObject({ kind: 'unavailable' });
});

test('a connection that injects hands nothing over, by handle or in clear', async () => {
  await start('inject');
  for (const delivery of ['WRAP', 'REVEAL'] as const) expect(await errorOf(handovers.handOver(delivery, wanted(), served, caller))).toMatchObject({ reason: 'DELIVERY_NOT_ALLOWED' });
  expect(await handovers.handOver('STAND_IN', wanted(), served, caller)).toEqual({ standIn: expect.stringMatching(/^si_partner_/) });
});
