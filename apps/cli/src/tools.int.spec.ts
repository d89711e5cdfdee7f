import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { docket, FakeDocket, temporaryFolder, type Ran } from './cli.fixture.js';

const AT = { seconds: 1_767_225_600, nanos: 0 };
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const risk = (riskClass: string, quote: string): object => ({
  riskClass, severity: 'critical', confidence: 'high', evidence: [{ source: 'name', pointer: '/name', quote, says: `a verb of the class ${riskClass.toLowerCase()}` }],
  findings: [{ code: 'annotation_contradicts', pointer: '/annotations/readOnlyHint', message: 'claims to be read-only' }], outsideCommunication: true, rulesVersion: 1,
});
const tool = (name: string, state: string, more: object = {}): object => ({ name, state, firstSeenAt: AT, observedAt: AT, approvedBy: state === 'FIRST_SEEN' ? '' : '(first use)', ...more });
const DIFFS = [
  { name: '', state: 'CHANGED', observedHash: hash('i'), changes: [{ pointer: '', before: 'Be kind.', after: 'Be evil.' }] },
  { name: 'create_charge', state: 'CHANGED', observedHash: hash('c'), changes: [{ pointer: '/description', before: 'Charges.', after: 'Charges.⟨U+200B⟩\nAnd more.' }] },
  { name: 'gone', state: 'WITHDRAWN', observedHash: '', changes: [] },
];

let reported = true;
let server: FakeDocket;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  folder = temporaryFolder();
  server = await new FakeDocket((method, request) => {
    if (method === 'ListTools') {
      const pages = [
        { tools: [tool('', 'CHANGED'), tool('create_charge', 'CHANGED', { risk: risk('FINANCIAL', 'charge') })], nextPageToken: 'next' },
        { tools: [tool('list_orders', 'APPROVED', { risk: risk('READ', 'list') }), tool('refresh_access_token', 'APPROVED', { risk: risk('EXECUTE', 'refresh') }), tool('gone', 'WITHDRAWN', { risk: risk('READ', 'x') })], nextPageToken: '' },
      ];
      return { ...(request['pageToken'] === 'next' ? pages[1] : pages[0]), registryOffset: 7, reported };
    }
    return method === 'DiffTools' ? { diffs: DIFFS, nextPageToken: '' } : { registryOffset: 8 };
  }).start();
});
afterAll(() => {
  server.stop();
  folder.remove();
});
beforeEach(() => {
  server.asked.splice(0);
  reported = true;
});
const run = (...args: string[]): Promise<Ran> => docket(args, { cwd: folder.path, environment: { DOCKET_ADDRESS: server.address, DOCKET_CREDENTIAL: 'dk_admin' } });
const askedOf = (method: string): unknown[] => server.asked.filter((asked) => asked.method === method).map(({ request }) => request);

it('lists the tools of all pages with their classes, and says what waits', async () => {
  const { exitCode, stdout, stderr } = await run('tools', 'list', 'shop');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/\(instructions\) +changed[\s\S]*create_charge +changed +financial +critical +high +\(first use\) +name “charge”[\s\S]*list_orders +approved +read/);
  expect(stderr).toContain('2 wait for review: docket tools diff shop');
  expect((await run('tools', 'list', 'shop', '--evidence')).stdout).toContain('! /annotations/readOnlyHint: claims to be read-only');
  expect((await run('tools', 'list', 'shop', '--json')).stdout.trim().split('\n').map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(['', 'create_charge', 'list_orders', 'refresh_access_token', 'gone']);
});

it('says that a server has not been seen', async () => {
  reported = false;
  expect((await run('tools', 'list', 'shop')).stderr).toContain('has not been seen yet');
  expect(await run('policy', 'recommend', 'shop')).toMatchObject({ exitCode: 1, stdout: '' });
});

it('shows differences field by field', async () => {
  const { stdout } = await run('tools', 'diff', 'shop');
  expect(stdout).toContain('create_charge: changed\n  /description\n    - Charges.\n    + Charges.⟨U+200B⟩\n    + And more.');
  expect((await run('tools', 'diff', 'shop', '(instructions)')).stdout).toBe('(instructions): changed\n  (all of it)\n    - Be kind.\n    + Be evil.\n');
});

it('approves what it has shown, by its hash, and never what is withdrawn', async () => {
  const one = await run('tools', 'approve', 'shop', 'create_charge');
  expect(one).toMatchObject({ exitCode: 0, stdout: 'approved: create_charge\n', stderr: expect.stringContaining('+ And more.') as unknown });
  expect(askedOf('ApproveTools')).toEqual([{ serverId: 'shop', tools: [{ name: 'create_charge', hash: hash('c') }] }]);
  await run('tools', 'approve', 'shop', '--all');
  expect(askedOf('ApproveTools')[1]).toEqual({ serverId: 'shop', tools: [{ name: '', hash: hash('i') }, { name: 'create_charge', hash: hash('c') }] });
  for (const wrong of [['gone'], ['unheard_of'], [], ['create_charge', '--all']]) expect((await run('tools', 'approve', 'shop', ...wrong)).exitCode).toBe(2);
  expect(askedOf('ApproveTools')).toHaveLength(2);
});

it('asks at a terminal before it approves', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.end('n\n');
  const no = await docket(['tools', 'approve', 'shop', '--all'], { cwd: folder.path, environment: { DOCKET_ADDRESS: server.address, DOCKET_CREDENTIAL: 'dk_admin' }, input });
  expect([no.exitCode, askedOf('ApproveTools')]).toEqual([2, []]);
});

it('tells a tool’s class and why, sets it, and takes that back', async () => {
  expect((await run('tools', 'classify', 'shop', 'create_charge')).stdout).toContain('/name: “charge” a verb of the class financial');
  await run('tools', 'classify', 'shop', 'create_charge', '--as', 'write');
  await run('tools', 'classify', 'shop', 'create_charge', '--by-the-rules');
  expect(askedOf('OverrideRisk')).toEqual([{ serverId: 'shop', tool: 'create_charge', riskClass: 'WRITE' }, { serverId: 'shop', tool: 'create_charge', riskClass: 'RISK_CLASS_UNSPECIFIED' }]);
  expect((await run('tools', 'classify', 'shop', 'create_charge', '--as', 'fun')).exitCode).toBe(2);
});

it('lets texts vary', async () => {
  await run('tools', 'allow-churn', 'shop', '--pattern', '[0-9]+');
  expect(askedOf('AllowChurn')).toEqual([{ serverId: 'shop', rules: [{ tool: '*', pattern: '[0-9]+' }] }]);
});

it('recommends a policy that lints, with the seed’s rule for refresh_access_token', async () => {
  const { exitCode, stdout } = await run('policy', 'recommend', 'shop');
  expect(exitCode).toBe(0);
  const { tools } = JSON.parse(stdout) as { tools: Record<string, unknown> };
  expect(Object.keys(tools)).toEqual(['create_charge', 'list_orders', 'refresh_access_token']);
  expect(tools['refresh_access_token']).toEqual({ limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] });
  writeFileSync(join(folder.path, 'recommended.json'), stdout);
  expect((await run('policy', 'lint', 'recommended.json')).exitCode).toBe(0);
});
