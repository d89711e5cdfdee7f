import { status } from '@grpc/grpc-js';
import { docket, FakeDocket, temporaryFolder } from './cli.fixture.js';

const GRANT = 'a'.repeat(32);
const CALL = '01900000-0000-7000-8000-000000000001';
const AS_OF = { projection: 'decisions', topic: 'docket.decisions', state: 'CURRENT' };
const decision = (tool: string): object => ({
  callId: CALL, grantId: GRANT, serverId: 'server-a', tool, verdict: 'DENY', rule: '(default deny)', agent: 'ann', decidedAt: { seconds: 1_767_225_600, nanos: 0 }, receipt: { topic: 'docket.decisions', partition: 3, offset: 1207 },
});

let answer: (method: string, request: Record<string, unknown>) => object;
let server: FakeDocket;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  folder = temporaryFolder();
  server = await new FakeDocket((method, request) => answer(method, request)).start();
});
afterAll(() => {
  server.stop();
  folder.remove();
});
beforeEach(() => void server.asked.splice(0));

const ask = (...args: string[]) => docket(['query', ...args], { cwd: folder.path, environment: { DOCKET_ADDRESS: server.address, DOCKET_CREDENTIAL: 'dk_auditor' } });

it('lists decisions page by page, as many as are wanted, as a table or as lines of JSON', async () => {
  answer = (_, { pageToken, pageSize }) => ({ decisions: Array.from({ length: Math.min(2, Number(pageSize)) }, (_one, index) => decision(`tool-${String(pageToken) || 'a'}${index}`)), nextPageToken: pageToken === 'c' ? '' : pageToken === 'b' ? 'c' : 'b', asOf: AS_OF });
  const listed = await ask('decisions', '--limit', '3', '--grant', GRANT, '--verdict', 'DENY', 'RATE_LIMITED', '--from', '2026-01-01', '--at-least', 'docket.decisions/3/1207');
  expect(listed.exitCode).toBe(0);
  expect(listed.stdout.split('\n')[1]).toMatch(new RegExp(`^2026-01-01T00:00:00Z +DENY +tool-a0 +\\(default deny\\) +ann +${GRANT} +${CALL}$`));
  expect(listed.stdout).toMatch(/tool-b0/);
  expect(listed.stdout).not.toMatch(/tool-b1/);
  expect(listed.stderr).toBe('There are more: --all shows all of them, --limit more than 3.\n');
  expect(server.asked.map(({ request }) => [request['pageSize'], request['pageToken']])).toEqual([[3, ''], [1, 'b']]);
  expect(server.asked[0]).toMatchObject({
    method: 'ListDecisions', authorization: 'Bearer dk_auditor',
    request: { grantId: GRANT, verdicts: ['DENY', 'RATE_LIMITED'], from: { seconds: 1_767_225_600 }, atLeast: { topic: 'docket.decisions', partition: 3, offset: 1207 } },
  });
  const all = await ask('decisions', '--all', '--json');
  expect(all.stdout.trim().split('\n').map((line) => (JSON.parse(line) as { tool: string }).tool)).toEqual(['tool-a0', 'tool-a1', 'tool-b0', 'tool-b1', 'tool-c0', 'tool-c1']);
  expect(all.stderr).toBe('');
});

it('asks each question with its options', async () => {
  answer = (method) => ({ [{ GetLimitWindows: 'windows', GetUsage: 'usage', ListGrants: 'grants', ListServers: 'servers', ListPolicies: 'policies', ListApprovals: 'approvals' }[method]!]: [], nextPageToken: '', asOf: AS_OF });
  const asked = async (...args: string[]): Promise<Record<string, unknown>> => {
    expect(await ask(...args)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^no \w+(?: \(--past shows those that have ended, too\))?\n$/) as string, stderr: '' });
    return server.asked.at(-1)!.request;
  };
  expect(await asked('windows', '--counter', 'spend', '--scope', 'agent', '--key', 'ann')).toMatchObject({ counter: 'spend', scope: 'agent', scopeKey: 'ann', currentOnly: true });
  expect(await asked('windows', '--past')).toMatchObject({ currentOnly: false });
  expect(await asked('usage', '--per', 'day', '--by', 'tool', 'verdict', '--to', '2026-01-02')).toMatchObject({ granularity: 'DAY', groupBy: ['TOOL', 'VERDICT'], to: { seconds: 1_767_312_000 } });
  expect(await asked('grants', '--state', 'revoked', '--policy', 'p')).toMatchObject({ state: 'REVOKED', policyId: 'p' });
  expect(await asked('servers')).toMatchObject({ pageSize: 50 });
  expect(await asked('policies', '--in-force')).toMatchObject({ inForceOnly: true });
  expect(await asked('approvals', '--state', 'pending', '--tool', 'pay')).toMatchObject({ state: 'PENDING', tool: 'pay' });
});

it('says who shares a window: a grant, or which agent, server or organisation', async () => {
  const window = { grantId: '', serverId: '', scopeKey: 'acme', counter: 'c', window: '60s', used: '1', limit: '2', remaining: '1' };
  answer = () => ({ windows: [{ ...window, grantId: GRANT, serverId: 'pay', scope: 'grant', scopeKey: '' }, { ...window, grantId: GRANT, serverId: 'pay', scope: 'agent', scopeKey: 'ann' }, { ...window, serverId: 'pay', scope: 'server' }, { ...window, scope: 'organisation' }], nextPageToken: '', asOf: AS_OF });
  const { stdout } = await ask('windows');
  expect(stdout.trim().split('\n').slice(1).map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([[GRANT, 'c', 'grant'], [GRANT, 'c', 'agent ann'], ['-', 'c', 'server pay'], ['-', 'c', 'organisation acme']]);
});

it('shows one decision with its charges, and says when rows are old or not there', async () => {
  answer = () => ({
    decision: { ...decision('pay'), outcome: 'FAILED', settledAt: { seconds: 1_767_225_601, nanos: 0 } }, message: 'No.', inLog: true, charges: [{ scope: 'agent', counter: 'spend', window: '60s', amount: '12.5', refundedAt: { seconds: 1_767_225_601, nanos: 0 } }],
    asOf: { ...AS_OF, state: 'STOPPED', stopped: { partition: 1, offset: 7, reason: 'a reason' } },
  });
  const shown = await ask('decision', GRANT, CALL);
  expect(shown.stdout).toMatch(/^charged +12\.5 of spend \(agent, 60s\), given back 2026-01-01T00:00:01Z$/m);
  expect(shown.stdout).toMatch(/^log +docket\.decisions\/3\/1207$/m);
  expect(shown.stderr).toBe('docket.decisions has stopped at docket.decisions/1, offset 7: a reason. What came later is not shown.\n');
  answer = () => ({ decisions: [], nextPageToken: '', asOf: { ...AS_OF, state: 'BEHIND', lagRecords: 12, lag: { seconds: 61, nanos: 0 } } });
  expect((await ask('decisions')).stderr).toBe('docket.decisions is behind the log by 12 records (61s).\n');
  answer = () => ({ refuse: status.UNAVAILABLE, reason: 'PROJECTION_BEHIND', message: 'not yet' });
  expect(await ask('decisions')).toMatchObject({ exitCode: 6, stderr: expect.stringMatching(/UNAVAILABLE \(PROJECTION_BEHIND\): not yet/) as string });
  expect(await ask('decisions', '--at-least', 'x')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/expected a receipt such as docket\.decisions\/3\/1207/) as string });
});
