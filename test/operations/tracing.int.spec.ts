import { randomBytes } from 'node:crypto';
import { bearer } from '#contracts';
import { connect } from '#client';
import { partitionOf, PostgresEventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { CollectorFixture, type CollectedSpan } from './collector.fixture.js';
import { TracedGateway } from './traced-gateway.fixture.js';
import { callId, type DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { Nodes, startNode } from '../../apps/decider/src/routing/nodes.fixture.js';

const PARTITIONS = 4;
const POLICY = { version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'month', max: 1000, scope: 'grant' }] } } };
const DECIDE = 'docket.decision.v1.DecisionService/Decide';
const APPEND = 'send docket.decisions';
const GET_TOKEN = 'docket.token.v1.TokenService/GetToken';
const TEST_MS = 300_000;

let collector: CollectorFixture;
let postgres: ThrowawayPostgres;
let url: string;
let all: DeciderFixture[] = [];
let gateway: TracedGateway;

beforeAll(async () => {
  collector = await CollectorFixture.start();
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  const nodes = new Nodes();
  // Only what callers trace, so that a test knows what there must be.
  const traced = { DECISIONS_PARTITIONS: String(PARTITIONS), OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b', OTEL_TRACES_SAMPLER_ARG: '0' };
  const first = await startNode(nodes, url, 'a', undefined, traced);
  all = [first, await startNode(nodes, url, 'b', first, traced)];
  gateway = await new TracedGateway().start(url, first, traced);
}, TEST_MS);

afterAll(async () => {
  await gateway?.stop();
  await Promise.all(all.map((node) => node.stop()));
  await Promise.all(all.map((node) => node.remove()));
  await postgres?.stop();
  await collector?.close();
}, TEST_MS);

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** A grant whose partition the second node owns. */
async function grantOfB(): Promise<{ id: string; token: string }> {
  for (;;) {
    const grant = await all[0]!.grant(POLICY);
    if (partitionOf(grant.id, PARTITIONS) % 2 === 1) return grant;
  }
}

/** From the gateway's span down to one that `isLast`, each the parent of the next: once all of them have been sent. What was tried before and had to be repeated is beside them. */
async function lineage(traceId: string, gatewaySpan: string, isLast: (span: CollectedSpan) => boolean): Promise<CollectedSpan[]> {
  for (let count = 1; ;) {
    const spans = await collector.until(traceId, count);
    const found: CollectedSpan[] = [];
    for (let next = spans.find(isLast); next !== undefined;) {
      const { parentSpanId } = next;
      found.unshift(next);
      if (parentSpanId === gatewaySpan) return found;
      next = spans.find(({ spanId }) => spanId === parentSpanId);
    }
    // Another one is to come, or `until` says which there are.
    count = spans.length + 1;
  }
}
const isAppend = ({ name }: CollectedSpan): boolean => name === APPEND;

it('a call is one trace from its gateway through the node that was asked and the owner to the log, whose bytes name it', async () => {
  const [a] = all as [DeciderFixture];
  const grant = await grantOfB();
  const [traceId, gatewaySpan] = [hex(16), hex(8)];
  const metadata = bearer(a.token('gateway'));
  metadata.set('traceparent', `00-${traceId}-${gatewaySpan}-01`);
  metadata.set('tracestate', 'vendor=one');
  metadata.set('baggage', 'canary-baggage=1');
  const answer = await a.decide({ callId: callId(), grant: grant.token, tool: 't', arguments: Buffer.from('{"note":"canary-argument"}') }, { metadata });
  const spans = await lineage(traceId, gatewaySpan, isAppend);
  const partition = partitionOf(grant.id, PARTITIONS);
  expect(spans.map(({ instance, name, kind, service }) => ({ instance, name, kind, service }))).toEqual([
    { instance: 'a', name: DECIDE, kind: 2, service: 'docket-decider' },
    { instance: 'a', name: DECIDE, kind: 3, service: 'docket-decider' },
    { instance: 'b', name: DECIDE, kind: 2, service: 'docket-decider' },
    { instance: 'b', name: APPEND, kind: 4, service: 'docket-decider' },
  ]);
  expect(spans[0]!.attributes).toMatchObject({ 'rpc.grpc.status_code': 0, 'docket.verdict': 'ALLOW', 'docket.partition': partition, 'docket.offset': answer.receipt!.offset });
  expect(spans[1]!.attributes).toMatchObject({ 'server.address': all[1]!.address, 'docket.hops': 1 });
  expect(spans[3]!.attributes).toMatchObject({ 'messaging.system': 'postgres', 'messaging.destination.name': 'docket.decisions', 'messaging.destination.partition.id': String(partition), 'messaging.batch.message_count': 1, 'docket.offset': answer.receipt!.offset });
  const log = new PostgresEventLog({ connectionString: url });
  const [record] = await log.read({ topic: 'docket.decisions', partition }, answer.receipt!.offset, { maxRecords: 1 });
  await log.close();
  const { data } = JSON.parse(Buffer.from(record!.value).toString('utf8')) as { data: { trace: string } };
  expect(data.trace).toBe(`00-${traceId}-${spans[2]!.spanId}-01`);
  expect(collector.headers[0]).toMatchObject({ 'x-key': 'a b', 'content-type': 'application/json' });
  expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']));
}, TEST_MS);

it('calls that share the client’s stream each belong to their own trace', async () => {
  const [a] = all as [DeciderFixture];
  const [mine, other] = [await grantOfB(), await grantOfB()];
  const client = connect({ addresses: [a.address], credential: a.token('gateway'), deadlineMs: 120_000 });
  try {
    const traces = [mine, other].map((grant) => ({ grant, traceId: hex(16), spanId: hex(8) }));
    const wrong = { grant: mine.token, tool: 't', traceparent: 'not-a-trace' };
    const answers = await Promise.all([...traces.map(({ grant, traceId, spanId }) => ({ grant: grant.token, tool: 't', traceparent: `00-${traceId}-${spanId}-01` })), wrong].map((call) => client.decide(call)));
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    for (const { traceId, spanId } of traces) {
      const spans = await lineage(traceId, spanId, isAppend);
      expect(spans[0]).toMatchObject({ name: DECIDE, kind: 2, attributes: { 'rpc.method': 'DecideStream', 'docket.verdict': 'ALLOW' } });
      expect(spans.at(-1)).toMatchObject({ name: APPEND, kind: 4, instance: 'b' });
    }
  } finally {
    await client.close();
  }
}, TEST_MS);

it('an agent’s call is one trace through the MCP gateway: to the log by the decider, to the token broker, and to the MCP server', async () => {
  const grant = await grantOfB();
  const [traceId, agentSpan] = [hex(16), hex(8)];
  // Beside the call, as MCP has it, and in the headers, as HTTP has it: what is beside the call counts.
  const headers = { traceparent: `00-${hex(16)}-${hex(8)}-01`, baggage: 'canary-baggage=1' };
  expect(await gateway.call(grant.token, headers, { traceparent: `00-${traceId}-${agentSpan}-01`, tracestate: 'vendor=one' })).toBe('done');
  const toLog = await lineage(traceId, agentSpan, isAppend);
  expect(toLog.map(({ service, name, kind }) => ({ service, name, kind })).slice(0, 3)).toEqual([
    { service: 'docket-mcp-gateway', name: 'tools/call', kind: 2 },
    { service: 'docket-mcp-gateway', name: DECIDE, kind: 3 },
    { service: 'docket-decider', name: DECIDE, kind: 2 },
  ]);
  expect(toLog.at(-1)).toMatchObject({ service: 'docket-decider', instance: 'b', name: APPEND });
  expect(toLog[0]!.attributes).toMatchObject({ 'docket.server': 'server-a', 'docket.verdict': 'ALLOW', 'docket.outcome': 'SUCCEEDED', 'gen_ai.tool.name': 't' });
  const toBroker = await lineage(traceId, agentSpan, ({ service, name }) => service === 'docket-token-broker' && name === GET_TOKEN);
  expect(toBroker.map(({ service, name, kind }) => ({ service, name, kind }))).toEqual([
    { service: 'docket-mcp-gateway', name: 'tools/call', kind: 2 },
    { service: 'docket-mcp-gateway', name: 'tools/call', kind: 3 },
    { service: 'docket-mcp-gateway', name: GET_TOKEN, kind: 3 },
    { service: 'docket-token-broker', name: GET_TOKEN, kind: 2 },
  ]);
  const { headers: sent, meta } = gateway.calls.at(-1)!;
  expect(sent['traceparent']).toBe(`00-${traceId}-${toBroker[1]!.spanId}-01`);
  expect(sent).toMatchObject({ tracestate: 'vendor=one', baggage: 'canary-baggage=1' });
  expect(meta).toMatchObject({ traceparent: sent['traceparent'], tracestate: 'vendor=one' });
}, TEST_MS);

it('what a caller does not trace is not traced here; a refusal is a span; nothing secret is in any of them', async () => {
  const [a] = all as [DeciderFixture];
  const grant = await grantOfB();
  const [untraced, refused, refusedSpan] = [hex(16), hex(16), hex(8)];
  const decide = (traceparent: string, tool: string, id = callId()) => {
    const metadata = bearer(a.token('gateway'));
    metadata.set('traceparent', traceparent);
    return a.decide({ callId: id, grant: grant.token, tool, arguments: Buffer.from('{"note":"canary-argument"}') }, { metadata });
  };
  await decide(`00-${untraced}-${hex(8)}-00`, 't');
  // Of an id that is too old: the owner refuses, and the node that was asked hands the refusal on.
  await expect(decide(`00-${refused}-${refusedSpan}-01`, 't', '00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 9 });
  const spans = await lineage(refused, refusedSpan, ({ instance, kind }) => instance === 'b' && kind === 2);
  expect(spans.map(({ attributes }) => attributes['rpc.grpc.status_code'])).toEqual([9, 9, 9]);
  expect(spans.map(({ status }) => status)).toEqual([0, 2, 0]);
  // Nor by the gateway, which hands the agent's word on.
  const [silent, silentSpan] = [hex(16), hex(8)];
  expect(await gateway.call(grant.token, { traceparent: `00-${silent}-${silentSpan}-00` })).toBe('done');
  expect(gateway.calls.at(-1)!.headers['traceparent']).toMatch(new RegExp(`^00-${silent}-[0-9a-f]{16}-00$`));
  expect([...collector.ofTrace(untraced), ...collector.ofTrace(silent)]).toEqual([]);
  const secrets = ['canary-argument', 'canary-baggage', ...gateway.tokens, grant.token, grant.token.slice(-43), ...(['gateway', 'admin', 'auditor'] as const).map((role) => a.token(role))];
  expect(secrets.filter((secret) => collector.text.includes(secret))).toEqual([]);
}, TEST_MS);
