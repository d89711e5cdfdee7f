import { CANARY, FakePartner, MINT_PATH } from '#fake-partner';
import { DemoServer, partnerAccepts } from '#demo-server';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import { spellingsOf, type TokenAsk, type UpstreamToken, type UpstreamTokens } from '#upstream';
import { legacyServer } from './fixtures/official-servers.fixture.js';
import { httpServer, poolOf, textOf, type PoolFixture } from './fixtures/pool.fixture.js';

/** What the broker does: one mint for all who say that the newest token was refused. */
class Tokens implements UpstreamTokens {
  readonly grants = new Set<string>();
  #held: Promise<UpstreamToken> | undefined;
  #generation = 0;
  isDead = false;

  constructor(private readonly partner: FakePartner) {}

  async get({ rejectedGeneration }: TokenAsk): Promise<UpstreamToken> {
    if (this.isDead) throw new DocketError('unavailable', { reason: 'BROKER_UNREACHABLE', message: 'the token broker cannot be asked just now' });
    if (this.#held === undefined || rejectedGeneration === this.#generation) {
      this.#generation += 1;
      this.#held = this.#mint(this.#generation);
    }
    return this.#held;
  }

  async #mint(generation: number): Promise<UpstreamToken> {
    const { baseUrl, apiKey, apiSecret } = this.partner;
    const response = await fetch(baseUrl + MINT_PATH, { method: 'POST', headers: { 'api-secret': apiSecret, 'content-type': 'application/json' }, body: JSON.stringify({ apiKey }) });
    const { data } = await response.json() as { data: { accessToken: string } };
    return { token: new Secret(data.accessToken), generation, headerName: 'access-token', headerPrefix: '' };
  }
}

let partner: FakePartner;
let demo: DemoServer;
let tokens: Tokens;
let fixture: PoolFixture;

beforeEach(async () => {
  partner = await FakePartner.start();
  demo = await DemoServer.start({ accepts: partnerAccepts(partner.baseUrl) });
  tokens = new Tokens(partner);
  fixture = poolOf({ demo: httpServer(demo.url, 'partner') }, { tokens: (_connection, grantId) => {
    tokens.grants.add(grantId);
    return tokens;
  } });
});

afterEach(async () => {
  await fixture.close();
  await demo.stop();
  await partner.stop();
});

test('every request carries the token, asked for with the grant of the call; a partner\'s own server takes it', async () => {
  expect(JSON.parse(textOf(await fixture.tool('demo', 'get_account')))).toMatchObject({ name: 'Demonstration partner' });
  expect(tokens.grants).toEqual(new Set(['a'.repeat(32)]));
  expect(new Set(demo.requests.map(({ credential }) => credential))).toEqual(new Set(['right']));
});

test('20 parallel calls that meet a revocation all succeed, with one more mint', async () => {
  await fixture.tool('demo', 'get_account');
  partner.revokeAll();
  const answers = await Promise.all(Array.from({ length: 20 }, () => fixture.tool('demo', 'get_account')));
  expect(answers.filter(({ outcome }) => outcome !== 'answered')).toEqual([]);
  expect(answers.map((answer) => 'result' in answer && answer.result['isError'])).toEqual(Array.from({ length: 20 }, () => undefined));
  expect(partner.requests.count('mint')).toBe(2);
});

test('without a token no request leaves, and the era is not concluded from a refusal', async () => {
  tokens.isDead = true;
  expect(await fixture.tool('demo', 'get_account')).toMatchObject({ outcome: 'not_sent', reason: 'UPSTREAM_NO_TOKEN', message: expect.stringContaining('token broker') as string });
  expect(demo.requests).toEqual([]);
  tokens.isDead = false;
  partner.turn({ rejectAllCalls: true });
  expect(await fixture.tool('demo', 'get_account')).toMatchObject({ outcome: 'not_sent', reason: 'UPSTREAM_REFUSES_US' });
  expect(await fixture.metric('docket_mcp_upstream_probes_total', { era: 'none' })).toBe(2);
  partner.turn({ rejectAllCalls: false });
  expect(await fixture.tool('demo', 'get_account')).toMatchObject({ outcome: 'answered' });
  expect(await fixture.metric('docket_mcp_upstream_probes_total', { era: 'modern' })).toBe(1);
});

test('a server that repeats the token, however it is spelled, wherever it stands, tells nobody; nothing of it is logged', async () => {
  const { token } = await tokens.get({});
  const spellings = spellingsOf(token.reveal());
  const echo = await legacyServer();
  const pool = poolOf({ echo: httpServer(echo.url, 'partner') }, { tokens: () => tokens });
  try {
    const answer = await pool.tool('echo', 'echo', JSON.stringify({ text: [...spellings, { [token.reveal()]: `before ${token.reveal()} after` }] }));
    expect(JSON.stringify(answer)).toContain('before *** after');
    expect(echo.seen.at(-1)!.headers['access-token']).toBe(token.reveal());
    echo.intercept = (request, response, body) => {
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      if (method !== 'tools/call') return false;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: 7, message: `bad token ${String(request.headers['access-token'])}`, data: { seen: request.headers['access-token'] } } }));
      return true;
    };
    const error = await pool.tool('echo', 'echo', '{"text":1}');
    expect(error).toMatchObject({ outcome: 'answered', error: { code: 7, message: 'bad token ***', data: { seen: '***' } } });
    for (const text of [JSON.stringify(answer), JSON.stringify(error), pool.log.join(''), await pool.registry.metrics()]) for (const spelling of [...spellings, CANARY]) expect(text.includes(spelling)).toBe(false);
  } finally {
    await pool.close();
    await echo.stop();
  }
});
