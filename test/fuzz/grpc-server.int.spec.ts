import { connect } from 'node:net';
import type { ServiceError } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { bearer, packageDefinition, type decision } from '#contracts';
import { Judge, PostgresEventLog, type LogRecord } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { callId, DeciderFixture, failureOf } from '../../apps/decider/src/decider.fixture.js';
import { H2Connection } from '../bench/generator/h2.connection.js';
import { fuzzAsync } from './harness.js';
import { anyJson, mutateBytes, mutateText } from './mutate.js';
import type { Random } from './random.js';

const DECISION = 'docket.decision.v1.DecisionService';
const APPROVAL = 'docket.approval.v1.ApprovalService';
const REGISTRY = 'docket.registry.v1.RegistryService';
const LIMITED_MAX = 5;
const POLICY = { version: '1', default: 'deny', tools: { open: {}, limited: { limits: [{ counter: 'few', window: 'month', max: LIMITED_MAX, scope: 'grant' }] } } };
/** OK; a client's fault; "try again": everything that a hostile caller may cause. Never UNKNOWN, INTERNAL or DATA_LOSS. */
const CLEAR_STATUSES = new Set([0, 1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 16]);

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;
let databaseUrl = '';
let grant = { id: '', token: '' };
const accidents: unknown[] = [];
const note = (error: unknown): void => void accidents.push(error);
const allowed = new Set<string>();

beforeAll(async () => {
  process.on('unhandledRejection', note);
  process.on('uncaughtExceptionMonitor', note);
  postgres = await startThrowawayPostgres();
  databaseUrl = await postgres.createDatabase();
  decider = await new DeciderFixture(databaseUrl).start();
  grant = await decider.grant(POLICY);
}, 300_000);

afterAll(async () => {
  await decider?.remove();
  await postgres?.stop();
  process.off('unhandledRejection', note);
  process.off('uncaughtExceptionMonitor', note);
}, 300_000);

interface Outcome { readonly status: number; readonly detail: string; readonly messages: Buffer[] }

/** One call with these very bytes after the HTTP/2 headers; the gRPC prefix is theirs to get wrong. */
async function send(connection: H2Connection, framed: Buffer): Promise<Outcome> {
  const messages: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer within 100 s')), 100_000);
    timer.unref();
    connection.unary(framed, {
      message: (bytes) => messages.push(Buffer.from(bytes)),
      end: (status, detail) => {
        clearTimeout(timer);
        resolve({ status, detail, messages });
      },
    });
  });
}

function prefixed(message: Buffer, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** Mostly the right prefix; sometimes compressed that is not, a length that lies, or nothing at all. */
function anyFrame(random: Random, message: Buffer): Buffer {
  switch (random.below(12)) {
    case 0: return prefixed(message, random.pick([1, 2, 0xff]));
    case 1: return prefixed(message, 0, random.pick([0, 1, Math.max(0, message.length - 1), message.length + 1, 0xffffffff, 9_000_000]));
    case 2: return random.bytes(random.below(30));
    default: return prefixed(message);
  }
}

function request(random: Random): decision.DecideRequest {
  return {
    callId: random.chance(0.7) ? callId() : mutateText(random, callId()),
    grant: random.chance(0.7) ? random.pick([grant.id, grant.token]) : mutateText(random, grant.token),
    tool: random.pick(['open', 'limited', 'limited', 'closed', '*']),
    arguments: Buffer.from(random.chance(0.8) ? JSON.stringify({ a: anyJson(random, 3) }) : mutateText(random, '{"a":{"b":[1,2]}}')),
  };
}

function noteAllowed(answer: decision.DecideResponse__Output): void {
  if (answer.verdict === 'ALLOW' && !answer.dryRun) allowed.add(`${answer.grantId}/${answer.callId}`);
}

describe('the gRPC server under fuzzing', () => {
  const methods = (service: string) => packageDefinition[service] as ServiceDefinition;

  it('answers damaged Decide calls with a verdict or a clear status', async () => {
    const connection = await H2Connection.connect('127.0.0.1', decider.app.grpcAddress.port, `/${DECISION}/Decide`, { authorization: `Bearer ${decider.token('gateway')}` });
    const { requestSerialize, responseDeserialize } = methods(DECISION)['Decide']!;
    const statuses = new Map<number, number>();
    await fuzzAsync('grpc-decide', 4_000, 32, async (random) => {
      const bytes = requestSerialize(request(random));
      const { status, detail, messages } = await send(connection, anyFrame(random, random.chance(0.6) ? mutateBytes(random, bytes) : bytes));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status !== 0) {
        if (!CLEAR_STATUSES.has(status)) throw new Error(`status ${status}: ${detail}`);
        return;
      }
      if (messages.length !== 1) throw new Error(`OK with ${messages.length} answers`);
      noteAllowed(responseDeserialize(messages[0]!) as decision.DecideResponse__Output);
    });
    connection.close();
    process.stdout.write(`  statuses ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect(statuses.get(0)).toBeGreaterThan(100);
  }, 300_000);

  it('answers damaged calls of every other method with a clear status', async () => {
    const targets = [
      ...Object.keys(methods(DECISION)).filter((name) => name !== 'Decide').map((name) => ({ service: DECISION, name, role: 'gateway' as const })),
      ...Object.keys(methods(APPROVAL)).map((name) => ({ service: APPROVAL, name, role: 'approver' as const })),
      ...Object.keys(methods(REGISTRY)).map((name) => ({ service: REGISTRY, name, role: 'admin' as const })),
    ];
    // Some of these calls are well-formed all the same, and do what they say.
    const victim = await decider.grant(POLICY);
    for (const { service, name, role } of targets) {
      const connection = await H2Connection.connect('127.0.0.1', decider.app.grpcAddress.port, `/${service}/${name}`, { authorization: `Bearer ${decider.token(role)}`, 'grpc-timeout': '5S' });
      const seed = name === 'PublishPolicy' ? Buffer.concat([field(1, 'fuzzed'), field(2, JSON.stringify(POLICY).slice(0, 127))])
        : service === APPROVAL ? Buffer.concat([field(1, `apr_${grant.id}_${'0'.repeat(24)}`), Buffer.from([0x10, 1]), field(3, 'x')])
        : Buffer.concat([field(1, service === REGISTRY ? victim.id : grant.id), field(2, callId()), field(3, 'x')]);
      await fuzzAsync(`grpc-${name}`, 100, 16, async (random) => {
        const bytes = random.chance(0.3) ? random.bytes(random.below(60)) : mutateBytes(random, seed);
        const outcome = name === 'WatchGrants' ? await firstOf(send(connection, anyFrame(random, bytes))) : await send(connection, anyFrame(random, bytes));
        if (!CLEAR_STATUSES.has(outcome.status)) throw new Error(`status ${outcome.status}: ${outcome.detail}`);
      });
      connection.close();
    }
  }, 300_000);

  it('answers every call of a damaged stream message, or ends the stream with a clear status', async () => {
    const { requestSerialize, responseDeserialize } = methods(DECISION)['DecideStream']!;
    const connection = await H2Connection.connect('127.0.0.1', decider.app.grpcAddress.port, `/${DECISION}/DecideStream`, { authorization: `Bearer ${decider.token('gateway')}` });
    await fuzzAsync('grpc-stream', 200, 8, async (random) => {
      const size = random.pick([0, 1, 2, 20, 512, 513]);
      const calls = Array.from({ length: size }, () => request(random));
      const whole = requestSerialize({ calls });
      const isDamaged = random.chance(0.5);
      const outcome = await send(connection, anyFrame(random, isDamaged ? mutateBytes(random, whole) : whole));
      if (!CLEAR_STATUSES.has(outcome.status)) throw new Error(`status ${outcome.status}: ${outcome.detail}`);
      const answers = outcome.messages.flatMap((bytes) => (responseDeserialize(bytes) as decision.DecideStreamResponse__Output).answers);
      for (const { decision: answer } of answers) if (answer) noteAllowed(answer);
      if (outcome.status === 0 && !isDamaged && answers.length !== 0 && answers.length !== size) throw new Error(`${answers.length} answers to ${size} calls`);
    });
    connection.close();
  }, 300_000);

  it('refuses what is too large: 2 MiB of arguments, 513 calls in a message, a message beyond its bound', async () => {
    await expect(decider.decide({ callId: callId(), grant: grant.id, tool: 'open', arguments: Buffer.from(`{"a":"${'x'.repeat(2 ** 21)}"}`) })).rejects.toMatchObject({ code: 3 });
    await expect(decider.decide({ callId: callId(), grant: grant.id, tool: 'open', arguments: Buffer.alloc(9 * 2 ** 20, 0x20) })).rejects.toMatchObject({ code: 3 });
    const failure = await new Promise<ServiceError>((resolve) => {
      const stream = decider.client.DecideStream(bearer(decider.token('gateway')));
      stream.on('error', (error) => resolve(error as ServiceError));
      stream.on('data', () => {});
      stream.write({ calls: Array.from({ length: 513 }, () => ({ callId: callId(), grant: grant.id, tool: 'open' })) });
    });
    expect(failure).toMatchObject({ code: 3 });
  });

  it('refuses a policy with 300 errors: as many as fit into the trailers with their places, and the number of the others', async () => {
    const tools = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`tool_${i}`, { limits: [{ counter: 'c', window: 'minute', max: -1 - i }] }]));
    const document = Buffer.from(JSON.stringify({ version: '1', default: 'deny', tools }));
    const details = await failureOf(decider.admin((client, metadata, done) => client.PublishPolicy({ policyId: 'wrong', document }, metadata, done)));
    expect(details.code).toBe(3);
    expect(new Set(details.violations.map(({ field: where }) => where)).size).toBe(details.violations.length);
    expect(details.violations.length).toBeGreaterThan(20);
    expect(details.violations.length + Number(details.metadata['violations_left_out'] ?? 0)).toBe(300);
  });

  it('lets nobody in by a damaged credential', async () => {
    const { requestSerialize } = methods(DECISION)['Decide']!;
    await fuzzAsync('grpc-authorization', 300, 8, async (random) => {
      const good = `Bearer ${decider.token('gateway')}`;
      const header = random.pick([mutateText(random, good), '', 'Bearer', good.slice(0, -1), `${good}, ${good}`, `Bearer ${decider.token('auditor')}`]).replaceAll(/[^\x20-\x7e]/g, '');
      if (header.replace(/^bearer +/i, 'Bearer ') === good) return;
      const connection = await H2Connection.connect('127.0.0.1', decider.app.grpcAddress.port, `/${DECISION}/Decide`, header === '' ? {} : { authorization: header });
      const outcome = await send(connection, prefixed(requestSerialize({ callId: callId(), grant: grant.id, tool: 'open' })));
      connection.close();
      if (![7, 16].includes(outcome.status)) throw new Error(`status ${outcome.status} with the header ${JSON.stringify(header.replace(good.slice(-43), '…'))}`);
    });
  }, 300_000);

  it('survives sockets that speak no HTTP/2', async () => {
    await fuzzAsync('grpc-socket', 300, 8, async (random) => {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: decider.app.grpcAddress.port });
        const end = (): void => { socket.destroy(); resolve(); };
        socket.on('error', end).on('close', end);
        const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        socket.write(random.pick([random.bytes(200), Buffer.concat([preface, random.bytes(300)]), mutateBytes(random, Buffer.concat([preface, Buffer.alloc(9)])), Buffer.from('GET / HTTP/1.1\r\n\r\n')]), () => socket.end());
        socket.once('data', () => (random.chance(0.5) ? end() : undefined));
        socket.setTimeout(1_000, end);
      });
    });
  }, 300_000);

  it('still answers a normal call; nothing was lost, nothing exceeded, and nothing went wrong unseen', async () => {
    const last = await decider.decide({ callId: callId(), grant: grant.token, tool: 'open', arguments: Buffer.from('{"a":1}') });
    expect(last).toMatchObject({ verdict: 'ALLOW', replayed: false });
    noteAllowed(last);
    const logged = await loggedAllows();
    for (const id of allowed) if (!logged.has(id)) throw new Error(`the ALLOW of ${id} is not in the log`);
    // One ALLOW of the socket tests may have lost its caller: the log may hold more than was heard.
    expect([...logged.values()].filter((tool) => tool === 'limited').length).toBeLessThanOrEqual(LIMITED_MAX);
    expect([...logged.values()].every((tool) => tool === 'open' || tool === 'limited')).toBe(true);
    expect(accidents).toEqual([]);
    expect(decider.lines.join('').includes('"level":"fatal"')).toBe(false);
  });
});

/** A stream that goes on: what matters is that it does not fail in another way within a moment. */
function firstOf(outcome: Promise<Outcome>): Promise<Outcome> {
  return Promise.race([outcome, new Promise<Outcome>((resolve) => setTimeout(() => resolve({ status: 0, detail: '', messages: [] }), 200))]);
}

function field(number: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, text.length]), Buffer.from(text)]);
}

async function loggedAllows(): Promise<Map<string, string>> {
  const log = new PostgresEventLog({ connectionString: databaseUrl });
  const found = new Map<string, string>();
  for (let partition = 0; partition < decider.app.decisionsPartitions; partition++) {
    const tp = { topic: 'docket.decisions', partition };
    await log.prepare([{ topic: tp.topic, partitions: decider.app.decisionsPartitions }]);
    const judge = new Judge(tp.topic, partition);
    const end = await log.endOffset(tp);
    while (judge.resume.offset < end) {
      const records: LogRecord[] = await log.read(tp, judge.resume.offset);
      for (const record of records) {
        const judged = judge.judge(record);
        if (judged.kind !== 'event' || !judged.encoded.type.includes('CallDecided')) continue;
        const data = judged.encoded.data as { grant_id: string; call_id: string; verdict: string; tool: string };
        if (data.verdict === 'ALLOW') found.set(`${data.grant_id}/${data.call_id}`, data.tool);
      }
    }
  }
  await log.close();
  return found;
}

