import { bearer } from '#contracts';
import type { decision } from '#contracts';
import { systemRuntime } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { newCallId, readCallId } from './call-ids.js';
import { callId, DeciderFixture, failureOf } from './decider.fixture.js';

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  decider = await new DeciderFixture(await postgres.createDatabase()).start();
}, 300_000);

afterAll(async () => {
  await decider.remove();
  await postgres.stop();
}, 300_000);

const verdicts = (responses: readonly decision.DecideResponse__Output[]) => {
  const counts: Record<string, number> = {};
  for (const { verdict } of responses) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
};

describe('61 calls in a minute', () => {
  it.each(['one after another', 'all at once'])('%s: 60 are allowed and one is told how long to wait', async (how) => {
    let grant = await decider.grant();
    const ask = (id: string) => decider.decide({ callId: id, grant: grant.token, tool: 'refresh_access_token', arguments: Buffer.from('{"user":"u-1"}') });
    let ids: string[] = [];
    let answers: decision.DecideResponse__Output[] = [];
    const minutes = (): number => new Set(answers.map(({ limits: [limit] }) => limit!.resetsAt!.seconds)).size;
    // A round that a minute's end has cut in two is made anew, with another grant; so many of them in a row are no accident.
    for (let round = 0; round < 10 && minutes() !== 1; round += 1) {
      if (round > 0) grant = await decider.grant();
      [ids, answers] = [Array.from({ length: 61 }, () => callId()), []];
      if (how === 'all at once') answers.push(...await Promise.all(ids.map(ask)));
      else for (const id of ids) answers.push(await ask(id));
    }
    expect(minutes()).toBe(1);
    expect(verdicts(answers)).toEqual({ ALLOW: 60, RATE_LIMITED: 1 });
    const limited = answers.find(({ verdict }) => verdict === 'RATE_LIMITED')!;
    expect(limited.rule).toBe('/tools/refresh_access_token/limits/0');
    expect(limited.retryAfter!.seconds).toBeLessThanOrEqual(60);
    expect(limited.retryAfter!.seconds * 1000 + limited.retryAfter!.nanos / 1e6).toBeGreaterThan(0);
    expect(limited.limits[0]).toMatchObject({ limit: '60', used: '60', remaining: '0', refused: true });

    const again = await Promise.all(ids.map(ask));
    expect(again).toEqual(answers.map((answer) => ({ ...answer, replayed: true })));

    const other = await decider.grant();
    expect((await decider.decide({ callId: callId(), grant: other.token, tool: 'refresh_access_token' })).verdict).toBe('ALLOW');
    const denied = await decider.decide({ callId: callId(), grant: grant.token, tool: 'delete_everything' });
    expect(denied).toMatchObject({ verdict: 'DENY', rule: '(default deny)', retryAfter: null });
    expect(denied.message).not.toBe('');
  }, 300_000);
});

describe('errors', () => {
  let grant: { id: string; token: string };
  beforeAll(async () => { grant = await decider.grant(); });
  const ask = (changes: decision.DecideRequest, token?: string) =>
    failureOf(decider.decide({ callId: callId(), grant: grant.token, tool: 'refresh_access_token', ...changes }, token === undefined ? {} : { metadata: bearer(token) }));

  it('name a credential that is missing, unknown, wrong, or of another role', async () => {
    const { Metadata } = await import('@grpc/grpc-js');
    const none = await failureOf(decider.decide({ grant: grant.token, tool: 't' }, { metadata: new Metadata() }));
    expect(none).toMatchObject({ code: 16, reason: 'CREDENTIAL_MISSING' });
    expect(await ask({}, `dk_${'0'.repeat(16)}_${'x'.repeat(43)}`)).toMatchObject({ code: 16, reason: 'CREDENTIAL_INVALID' });
    expect(await ask({}, `${decider.token('gateway').slice(0, -43)}${'x'.repeat(43)}`)).toMatchObject({ code: 16, reason: 'CREDENTIAL_INVALID' });
    expect(await ask({}, 'hunter2')).toMatchObject({ code: 16, reason: 'CREDENTIAL_INVALID' });
    expect(await ask({}, grant.token)).toMatchObject({ code: 16, reason: 'CREDENTIAL_INVALID' });
    expect(await ask({}, decider.token('auditor'))).toMatchObject({ code: 7, reason: 'ROLE_MISSING' });
  });

  it('name a grant that is unknown, wrong, for another server, or revoked', async () => {
    expect(await ask({ grant: '0'.repeat(32) })).toMatchObject({ code: 16, reason: 'GRANT_INVALID' });
    expect(await ask({ grant: `${grant.token.slice(0, -43)}${'x'.repeat(43)}` })).toMatchObject({ code: 16, reason: 'GRANT_INVALID' });
    expect(await ask({ grant: 'nonsense' })).toMatchObject({ code: 3, violations: [{ field: 'grant' }] });
    expect(await ask({ serverId: 'server-b' })).toMatchObject({ code: 7, reason: 'GRANT_SERVER_MISMATCH' });
    const revoked = await decider.grant();
    await decider.admin((client, metadata, done) => client.RevokeGrant({ grantId: revoked.id }, metadata, done));
    expect(await ask({ grant: revoked.token })).toMatchObject({ code: 7, reason: 'GRANT_REVOKED' });
  });

  it('name a credential that is for other servers', async () => {
    await decider.admin((client, metadata, done) => client.RegisterServer({ serverId: 'server-b' }, metadata, done));
    const issued = await decider.admin<{ token: string }>((client, metadata, done) =>
      client.IssueCredential({ subject: 'gateway-b', roles: ['GATEWAY'], serverIds: ['server-b'] }, metadata, done as never));
    expect(await ask({}, issued.token)).toMatchObject({ code: 7, reason: 'SERVER_NOT_ALLOWED' });
  });

  it.each([
    ['ARGUMENTS_MALFORMED', '{"a":'],
    ['ARGUMENTS_MALFORMED', '{"a":1} x'],
    ['ARGUMENTS_DUPLICATE_KEY', '{"a":1,"\\u0061":2}'],
    ['ARGUMENTS_TOO_DEEP', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['ARGUMENTS_TOO_LARGE', JSON.stringify({ a: 'x'.repeat(2 * 1024 * 1024) })],
    ['ARGUMENTS_NOT_UTF8', Buffer.from([0x22, 0xff, 0x22])],
  ])('say %s and repeat no value', async (reason, text) => {
    const details = await ask({ arguments: Buffer.from(text as string) });
    expect(details).toMatchObject({ code: 3, reason, violations: [{ field: 'arguments' }] });
    expect(JSON.stringify(details)).not.toContain('xxxx');
  });

  it.each(['\u0085', '\u009b', '\u2028', '\u2029'])('name every field with a control character or line break: %j', async (character) => {
    const bad = `a${character}b`;
    const details = await ask({ tool: bad, sessionId: bad, agent: bad, principal: bad });
    expect(details.violations.map(({ field }) => field).sort()).toEqual(['agent', 'principal', 'session_id', 'tool']);
  });

  it('list all bad fields at once', async () => {
    const details = await ask({ callId: 'x', tool: '', sessionId: 's'.repeat(257), agent: 'a\u0000b', toolDefinitionHash: 'h'.repeat(129), logicalCallId: 'y' });
    expect(details.violations.map(({ field }) => field).sort()).toEqual(['agent', 'call_id', 'logical_call_id', 'session_id', 'tool', 'tool_definition_hash']);
  });

  it('refuse an id that is reused with other content, too old, or in the future', async () => {
    const id = callId();
    await decider.decide({ callId: id, grant: grant.token, tool: 'refresh_access_token' });
    expect(await ask({ callId: id, arguments: Buffer.from('{"a":1}') })).toMatchObject({ code: 6 });
    expect(await ask({ callId: id, tool: 'other' })).toMatchObject({ code: 6 });
    for (const timeMs of [Date.now() - 11 * 60_000, Date.now() + 2 * 60_000]) {
      const details = await ask({ callId: callId(timeMs) });
      expect([3, 9]).toContain(details.code);
      expect(details.reason).toMatch(/CALL_ID/);
    }
  });

  it('treat the same arguments in another spelling as the same content', async () => {
    const id = callId();
    const first = await decider.decide({ callId: id, grant: grant.token, tool: 'refresh_access_token', arguments: Buffer.from('{"b":1.0,"a":"x"}') });
    const second = await decider.decide({ callId: id.toUpperCase(), grant: grant.id, tool: 'refresh_access_token', arguments: Buffer.from('{ "a": "x", "b": 10e-1 }') });
    expect(second).toEqual({ ...first, replayed: true });
  });

  it('answer arguments that are no object with a verdict', async () => {
    const answer = await decider.decide({ callId: callId(), grant: grant.token, tool: 'refresh_access_token', arguments: Buffer.from('[1]') });
    expect(answer).toMatchObject({ verdict: 'DENY', rule: '(invalid arguments)' });
  });
});

describe('one call', () => {
  it('gets an id from the server when it has none, a receipt, and a line in the log without its arguments', async () => {
    const grant = await decider.grant();
    const answer = await decider.decide({ grant: grant.token, tool: 'refresh_access_token', arguments: Buffer.from('{"user":"hunter2"}'), sessionId: 's' });
    expect(answer.callId).toMatch(/^[0-9a-f-]{14}7/);
    expect(answer.receipt).toMatchObject({ topic: 'docket.decisions', partition: decider.app.registry.partitionOf(grant.id) });
    expect(answer.receipt!.hash).toHaveLength(32);
    const line = decider.lines.find((text) => text.includes(answer.callId))!;
    expect(JSON.parse(line)).toMatchObject({ verdict: 'ALLOW', tool: 'refresh_access_token', grant: grant.id, offset: answer.receipt!.offset });
    expect(decider.lines.join('')).not.toContain('hunter2');
    expect(decider.lines.join('')).not.toContain(grant.token.slice(-43));
  });

  it('can be tried without consuming anything', async () => {
    const grant = await decider.grant();
    const tried = await decider.decide({ grant: grant.token, tool: 'refresh_access_token', dryRun: true });
    expect(tried).toMatchObject({ verdict: 'ALLOW', dryRun: true, receipt: null });
    expect(tried.steps.length).toBeGreaterThan(0);
    const real = await decider.decide({ callId: callId(), grant: grant.token, tool: 'refresh_access_token' });
    expect(real.limits[0]).toMatchObject({ used: '1' });
  });

  it('is looked up, settled, and settled again with the same answer', async () => {
    const grant = await decider.grant();
    const id = callId();
    const decided = await decider.decide({ callId: id, grant: grant.token, tool: 'refresh_access_token' });
    const gateway = bearer(decider.token('gateway'));
    const found = await new Promise<decision.DecideResponse__Output>((resolve, reject) =>
      decider.client.GetDecision({ grant: grant.id, callId: id }, bearer(decider.token('auditor')), (error, value) => (error ? reject(error) : resolve(value!))));
    expect({ ...found, replayed: false }).toEqual(decided);
    const settle = (outcome: 'NOT_SENT' | 'SUCCEEDED') => new Promise<decision.SettleResponse__Output>((resolve, reject) =>
      decider.client.Settle({ grant: grant.id, callId: id, outcome }, gateway, (error, value) => (error ? reject(error) : resolve(value!))));
    const settled = await settle('NOT_SENT');
    expect(settled).toMatchObject({ outcome: 'NOT_SENT', replayed: false });
    expect(settled.refunded[0]).toMatchObject({ used: '0' });
    expect(await settle('NOT_SENT')).toEqual({ ...settled, replayed: true });
    expect((await failureOf(settle('SUCCEEDED'))).code).toBe(9);
  });

  it('finds the tools that its grant may see', async () => {
    const grant = await decider.grant({ version: '1', default: 'deny', hide: ['secret_tool'], tools: { open_tool: {} } });
    const list = (names: string[]) => new Promise<decision.ListVisibleToolsResponse__Output>((resolve, reject) =>
      decider.client.ListVisibleTools({ grant: grant.token, names }, bearer(decider.token('gateway')), (error, value) => (error ? reject(error) : resolve(value!))));
    const { tools } = await list(['open_tool', 'secret_tool']);
    expect(tools.map(({ name, visible }) => [name, visible])).toEqual([['open_tool', true], ['secret_tool', false]]);
    expect((await failureOf(list(Array.from({ length: 2_001 }, () => 't')))).violations[0]!.field).toBe('names');
  });
});

describe('metrics', () => {
  it('count verdicts, errors, appends and owned partitions, and carry no secrets', async () => {
    const response = await fetch(`http://127.0.0.1:${decider.app.httpAddress.port}/metrics`);
    const text = await response.text();
    expect(text).toMatch(/docket_decisions_total\{verdict="ALLOW",replayed="false"\} \d+/);
    expect(text).toMatch(/docket_partition_owned\{topic="docket.decisions",partition="15"\} 1/);
    expect(text).toMatch(/docket_append_seconds_count \d+/);
    expect(text).toMatch(/docket_errors_total\{method="Decide",kind="unauthenticated"\} \d+/);
    expect(text).not.toMatch(/dk_|dg_/);
    expect((await fetch(`http://127.0.0.1:${decider.app.httpAddress.port}/readyz`)).status).toBe(200);
  });
});

it('with its wall clock set an hour back, a node still makes call ids that are accepted, and refuses a caller’s old ones', async () => {
  let aheadMs = 0;
  const system = systemRuntime();
  const wrong = await new DeciderFixture(await postgres.createDatabase(), { runtime: { ...system, wallMs: () => system.wallMs() + aheadMs } }).start();
  try {
    const grant = await wrong.grant();
    await wrong.decide({ grant: grant.token, tool: 'refresh_access_token' });
    aheadMs = -3_600_000;
    const old = `${newCallId(system, Date.now() + aheadMs).callId}`;
    // The partition may claim again first, since its clocks have come apart.
    await until(async () => (await failureOf(wrong.decide({ callId: old, grant: grant.token, tool: 'refresh_access_token' }))).reason === 'CALL_ID_TOO_OLD');
    const { verdict, callId: made } = await wrong.decide({ grant: grant.token, tool: 'refresh_access_token' });
    expect(verdict).toBe('ALLOW');
    expect(Math.abs(readCallId(made)!.timeMs - Date.now())).toBeLessThan(60_000);
  } finally {
    await wrong.remove();
  }
}, 300_000);

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 150_000; !(await condition());) if (Date.now() > endMs) throw new Error('it did not come to be');
}
