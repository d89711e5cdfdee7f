import { DocketError } from '#errors';
import type { Caller } from '../api/caller.js';
import { TokenCache, type ServedToken } from '../cache/token-cache.js';
import { Broker, CANARY, CAUSE, OF, ScriptedIssuer, SETTINGS } from '../fixtures/broker.fixture.js';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import { StandIns } from '../stand-ins/stand-ins.js';
import { BrokerHandovers } from './broker-handovers.js';
import { handOverNewest } from './hand-over-newest.js';

const HOUR_MS = 3_600_000;
const caller = { cause: { ...CAUSE, grant_id: 'grant-1' } } as Caller;

let runtime: FakeRuntime;
let broker: Broker;
let cache: TokenCache;
let handovers: BrokerHandovers;

/** What the API does for whoever wants a token handed over. */
const handOver = (delivery: 'REVEAL' | 'WRAP'): Promise<{ token?: string; handle?: string }> => handOverNewest({
  get: () => cache.get('k'), end: (generation) => cache.end('k', generation),
  give: (served) => handovers.handOver(delivery, { connection: broker.log.describe(OF.tenant, OF.connectionId)!, of: OF, slot: '' }, served, caller),
});

beforeEach(async () => {
  runtime = new FakeRuntime();
  broker = await Broker.of(runtime, new ScriptedIssuer(), { settings: { ...SETTINGS, delivery: 'reveal' } });
  cache = new TokenCache({ source: (_, ask) => broker.minter.obtain(OF, ask, CAUSE), runtime, random: () => 0.5, lastHeardMs: () => runtime.monotonicMs() });
  handovers = new BrokerHandovers({
    submit: (_, command) => broker.log.submit(command), vault: broker.vault, runtime, assertGrant: () => undefined, standIns: new StandIns({ vault: broker.vault, wallMs: () => runtime.wallMs() }),
  });
  await cache.get('k');
  await runtime.advance(HOUR_MS - 200_000);
});

test.each(['REVEAL', 'WRAP'] as const)('a refresh that publishes a newer token just before the event of %s hands the newer one over', async (delivery) => {
  let isFirst = true;
  // The call finds the token in the soft window; the refresh that it starts itself is through before its own event is decided.
  const before = handovers.handOver.bind(handovers);
  handovers.handOver = async (...args) => {
    if (isFirst) {
      isFirst = false;
      expect(args[2].generation).toBe(1);
      while (broker.log.count('TokenMinted') < 2) await settled();
    }
    return before(...args);
  };
  const { token, handle } = await handOver(delivery);
  if (delivery === 'REVEAL') expect(token).toBe(`${CANARY}token-2`);
  else expect(await handovers.unwrap(broker.log.describe(OF.tenant, OF.connectionId)!, handle!, caller)).toMatchObject({ token: `${CANARY}token-2`, generation: 2 });
  expect(broker.log.events.filter(({ type }) => type === 'TokenRevealed' || type === 'TokenWrapped')).toMatchObject([{ generation: 2 }]);
});

test('a handle that is made in the soft window brings a token although the refresh ends the one that it was made for', async () => {
  const { handle } = await handOver('WRAP');
  while (broker.log.count('TokenMinted') < 2) await settled();
  expect(await handovers.unwrap(broker.log.describe(OF.tenant, OF.connectionId)!, handle!, caller)).toMatchObject({ token: `${CANARY}token-2`, generation: 2 });
});

test('another error, or a token that ends again and again, is the caller’s', async () => {
  const served = { generation: 1 } as ServedToken;
  let tries = 0;
  const failing = (reason: string) => handOverNewest({ get: () => served, end: () => {}, give: () => {
    tries += 1;
    return Promise.reject(new DocketError('unavailable', { reason, message: 'x' }));
  } });
  await expect(failing('TOKEN_ENDED')).rejects.toMatchObject({ reason: 'TOKEN_ENDED' });
  expect(tries).toBe(3);
  await expect(failing('PARTITION_NOT_CLAIMED')).rejects.toMatchObject({ reason: 'PARTITION_NOT_CLAIMED' });
  expect(tries).toBe(4);
});
