import { Metadata } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { packageDefinition, type decision } from '#contracts';
import { DocketError, ERROR_KINDS } from '#errors';
import { CREDENTIAL, DecisionPath, GRANTS, LIMITED_MAX, SERVER_ID, tokenOf } from './decision-path.fixture.js';
import { fuzzAsync } from './harness.js';
import { anyJson, mutateBytes, mutateText } from './mutate.js';
import type { Random } from './random.js';

type Request = decision.DecideRequest__Output;
const decide = (packageDefinition['docket.decision.v1.DecisionService'] as ServiceDefinition)['Decide'];
const serialize = (request: Request): Buffer => decide!.requestSerialize(request);
const deserialize = (bytes: Buffer): Request => decide!.requestDeserialize(bytes) as Request;
const TOOLS = ['open', 'open', 'open', 'limited', 'never', 'hidden', 'OPEN', 'open ', 'opеn', '', '*', '__proto__', 'constructor', 'x'.repeat(257), 'open\u0000'];
const NONSENSE = ['', ' ', 'null', '../../etc', '\u0000', '\ufffd', "'; drop table ledger.record; --", 'x'.repeat(300), '${jndi:ldap://example.com}', '\u202e', '1'.repeat(32)];

function callId(random: Random, timeMs: number): string {
  const time = Math.max(0, timeMs).toString(16).padStart(12, '0').slice(-12);
  const tail = random.bytes(9).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail.slice(6, 18)}`;
}

const usedIds: string[] = [];

function anyCallId(random: Random): string {
  switch (random.below(8)) {
    case 0: return '';
    case 1: return callId(random, Date.now() - 601_000 - random.below(1e12));
    case 2: return callId(random, Date.now() + 61_000 + random.below(1e12));
    case 3: return random.pick(NONSENSE);
    case 4: return mutateText(random, callId(random, Date.now()));
    case 5: return usedIds.length > 0 ? random.pick(usedIds) : '';
    default: return callId(random, Date.now()).toUpperCase();
  }
}

function anyGrant(random: Random): string {
  const id = random.pick(GRANTS);
  switch (random.below(5)) {
    case 0: return mutateText(random, tokenOf(id));
    case 1: return random.pick([...NONSENSE, '9'.repeat(32), tokenOf('9'.repeat(32)), `dg_${id}_${'C'.repeat(43)}`, id.toUpperCase(), `dg_${id}_`]);
    default: return random.chance(0.5) ? id : tokenOf(id);
  }
}

function anyArguments(random: Random): Buffer {
  switch (random.below(8)) {
    case 0: return Buffer.alloc(0);
    case 1: return random.bytes(random.below(64));
    case 2: return Buffer.from(`${'['.repeat(70)}1${']'.repeat(70)}`);
    case 3: return Buffer.from('{"a":1,"\\u0061":2}');
    case 4: return mutateBytes(random, Buffer.from('{"account":"acct_1","amount":12.50,"list":[1,2,{"x":null}]}'));
    case 5: return random.chance(0.02) ? Buffer.from(`{"big":"${'x'.repeat(2 ** 20 + random.below(2 ** 20))}"}`) : Buffer.from('{"n":1e999}');
    default: return Buffer.from(JSON.stringify(anyJson(random, 4)));
  }
}

function valid(random: Random): Request {
  return {
    callId: callId(random, Date.now()), grant: random.pick(GRANTS), tool: random.pick(['open', 'limited']), arguments: Buffer.from('{"a":1}'), serverId: random.pick(['', SERVER_ID]),
    sessionId: '', agent: '', principal: '', toolDefinitionHash: '', logicalCallId: '', dryRun: false, traceparent: '',
  };
}

function anyRequest(random: Random): Request {
  const request: { -readonly [Field in keyof Request]: Request[Field] } = valid(random);
  if (random.chance(0.5)) request.callId = anyCallId(random);
  if (random.chance(0.4)) request.grant = anyGrant(random);
  if (random.chance(0.5)) request.tool = random.chance(0.8) ? random.pick(TOOLS) : random.pick(NONSENSE);
  if (random.chance(0.5)) request.arguments = anyArguments(random);
  for (const field of ['serverId', 'sessionId', 'agent', 'principal', 'toolDefinitionHash'] as const) if (random.chance(0.1)) request[field] = random.pick(NONSENSE);
  if (random.chance(0.1)) request.logicalCallId = anyCallId(random);
  request.dryRun = random.chance(0.1);
  return request;
}

/** Through the wire's encoding, often damaged: the server decodes whatever protobuf can make of it. */
function received(random: Random, request: Request): Request | undefined {
  const bytes = serialize(request);
  try {
    return deserialize(random.chance(0.5) ? mutateBytes(random, bytes) : bytes);
  } catch {
    return undefined;
  }
}

function isJsonObject(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return true;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** What the policy gives, said once more and as plainly as possible. */
function mayBeAllowed(request: Request): boolean {
  return (request.tool === 'open' || request.tool === 'limited') && (request.serverId === '' || request.serverId === SERVER_ID)
    && GRANTS.some((id) => request.grant === id || request.grant === tokenOf(id)) && isJsonObject(request.arguments);
}

function metadata(random: Random): Metadata {
  const headers = new Metadata();
  if (!random.chance(0.15)) {
    headers.set('authorization', `Bearer ${CREDENTIAL}`);
    return headers;
  }
  const text = random.pick([CREDENTIAL, `Bearer ${CREDENTIAL}x`, `Basic ${CREDENTIAL}`, 'Bearer ', '', `Bearer dk_${'0'.repeat(16)}_${'B'.repeat(43)}`, 'Bearer '.repeat(500), mutateText(random, `Bearer ${CREDENTIAL}`)]);
  try {
    for (let times = 1 + random.below(2); times > 0; times--) headers.add('authorization', text);
  } catch {
    // grpc-js would not send such a header either.
  }
  return headers;
}

describe('decide requests under fuzzing', () => {
  let path: DecisionPath;
  const allowed = new Map<string, decision.DecideResponse>();
  const errors = new Map<string, number>();
  let verdicts = 0;

  beforeAll(async () => {
    path = await new DecisionPath().start();
  });
  afterAll(() => path.stop());

  it('get a verdict or a typed error, and never an ALLOW that the policy does not give', async () => {
    await fuzzAsync('decide', 20_000, 64, async (random) => {
      const request = received(random, random.chance(0.1) ? valid(random) : anyRequest(random));
      if (request === undefined) return;
      const headers = metadata(random);
      try {
        const answer = await path.decide(request, headers);
        verdicts += 1;
        if (answer.verdict !== 'ALLOW') return;
        if (!mayBeAllowed(request)) throw new Error(`ALLOW for ${JSON.stringify({ ...request, arguments: Buffer.from(request.arguments).toString('latin1') })}`);
        const sent = headers.get('authorization');
        if (sent.length !== 1 || !/^Bearer +(\S+)$/i.exec(String(sent[0]))?.[1]?.startsWith(CREDENTIAL)) throw new Error(`ALLOW with the header ${JSON.stringify(sent)}`);
        if (answer.dryRun) return;
        if (usedIds.length < 1_000) usedIds.push(answer.callId as string);
        allowed.set(`${answer.grantId}/${answer.callId}`, answer);
      } catch (error) {
        if (!(error instanceof DocketError)) throw error;
        if (error.kind === 'internal' || !ERROR_KINDS.includes(error.kind)) throw new Error(`${error.kind}: ${error.message}`, { cause: error });
        errors.set(error.reason, (errors.get(error.reason) ?? 0) + 1);
      }
    });
    process.stdout.write(`  ${verdicts} verdicts, ${allowed.size} allowed calls, errors ${JSON.stringify(Object.fromEntries([...errors].sort()))}\n`);
  }, 300_000);

  it('leave every ALLOW in the log, at its offset and with its hash, and no limit exceeded', async () => {
    const events = await path.events();
    const perGrant = new Map<string, number>();
    let inLog = 0;
    for (const { data, type } of events.values()) {
      if (!type.includes('CallDecided') || data['verdict'] !== 'ALLOW') continue;
      inLog += 1;
      expect(allowed.has(`${String(data['grant_id'])}/${String(data['call_id'])}`)).toBe(true);
      if (data['tool'] !== 'limited') continue;
      // Another round of a logical call that was charged takes nothing.
      const isCharged = (data['charges'] as unknown[]).length > 0;
      if (!isCharged) expect(data['logical_call_id']).not.toBe('');
      if (!isCharged) continue;
      perGrant.set(String(data['grant_id']), (perGrant.get(String(data['grant_id'])) ?? 0) + 1);
    }
    for (const { receipt, grantId, callId: id } of allowed.values()) {
      const event = events.get(`${receipt?.partition}/${String(receipt?.offset)}/${Buffer.from(receipt?.hash as Uint8Array).toString('hex')}`);
      if (event?.data['verdict'] !== 'ALLOW' || event.data['grant_id'] !== grantId || event.data['call_id'] !== id) throw new Error(`the ALLOW of ${id} is not where its receipt says`);
    }
    expect(inLog).toBe(allowed.size);
    for (const count of perGrant.values()) expect(count).toBeLessThanOrEqual(LIMITED_MAX);
  });

  it('reach every kind of refusal that a request can cause', () => {
    if (process.env['FUZZ_ONLY'] !== undefined) return;
    for (const reason of ['INVALID_REQUEST', 'GRANT_INVALID', 'CALL_ID_TOO_OLD', 'CALL_ID_IN_FUTURE', 'CALL_ID_REUSED', 'ARGUMENTS_MALFORMED', 'ARGUMENTS_DUPLICATE_KEY', 'ARGUMENTS_TOO_DEEP', 'ARGUMENTS_TOO_LARGE', 'CREDENTIAL_MISSING', 'CREDENTIAL_INVALID', 'GRANT_SERVER_MISMATCH']) {
      expect([...errors.keys()]).toContain(reason);
    }
  });

  it('write no argument, token or secret into the service\'s own log', () => {
    const text = path.lines.join('');
    expect(text).toContain('"decided"');
    for (const secret of ['acct_1', 'A'.repeat(43), 'B'.repeat(43)]) expect(text.includes(secret)).toBe(false);
  });

  it('are followed by a normal answer', async () => {
    const { Random: Generator } = await import('./random.js');
    const request = { ...valid(new Generator('last')), tool: 'open' };
    expect(await path.decide(request)).toMatchObject({ verdict: 'ALLOW', replayed: false });
  });
});
