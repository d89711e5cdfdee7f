import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { docket, FakeDocket, temporaryFolder, type Answer } from './cli.fixture.js';

const GRANT = '0'.repeat(32);
const SECRETS = { gateway: 'dk_gateway_secret', admin: 'dk_admin_secret', approver: 'dk_approver_secret', auditor: 'dk_auditor_secret' };

let folder: ReturnType<typeof temporaryFolder>;
let service: FakeDocket;
let answer: (method: string, request: Record<string, unknown>) => Answer;

beforeEach(async () => {
  folder = temporaryFolder();
  answer = (_method, request) => ({ callId: request['callId'], verdict: 'ALLOW' });
  service = await new FakeDocket((method, request) => answer(method, request)).start();
  writeCredentials('.docket');
});
afterEach(() => {
  service.stop();
  folder.remove();
});

function writeCredentials(where: string, content: object = {
  grpc: service.address, credentials: SECRETS, demo: { serverId: 'demo', policyId: 'demo', grantId: GRANT, grantToken: `dg_${GRANT}_x` },
}): void {
  mkdirSync(join(folder.path, where), { recursive: true });
  writeFileSync(join(folder.path, where, 'credentials.json'), JSON.stringify(content));
}
const run = (args: string[], more: { environment?: Record<string, string>; stdin?: string } = {}) => docket(args, { cwd: folder.path, ...more });
const lines = (text: string) => text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

describe('several deciders', () => {
  /** Where nobody listens. */
  const gone = async (): Promise<string> => {
    const other = await new FakeDocket(() => ({})).start();
    other.stop();
    return other.address;
  };
  const decide = (address?: string, ...more: string[]) => run(['decide', '--tool', 't', '--grant', GRANT, ...(address === undefined ? [] : ['--address', address]), ...more]);

  it('when the first one is gone the next one is asked, of the credentials file, the option and the environment', async () => {
    const [one, two] = [await gone(), await gone()];
    writeCredentials('.docket', { grpc: one, deciders: [one, two, service.address], credentials: SECRETS });
    expect(await decide(undefined, '--repeat', '20', '--concurrency', '10')).toMatchObject({ exitCode: 0 });
    expect(await decide(`${one},${service.address}`)).toMatchObject({ exitCode: 0 });
    expect(await run(['decide', '--tool', 't', '--grant', GRANT], { environment: { DOCKET_ADDRESS: `${one}, ${service.address}` } })).toMatchObject({ exitCode: 0 });
    expect(service.asked).toHaveLength(22);
  });

  it('when all of them are gone the exit code is 6, and all are named; a wrong one is a wrong command', async () => {
    const [one, two] = [await gone(), await gone()];
    writeCredentials('.docket', { grpc: one, deciders: [one, two], credentials: SECRETS });
    expect(await decide()).toMatchObject({ exitCode: 6, stderr: expect.stringMatching(new RegExp(`cannot reach ${one}, ${two} \\(.*ECONNREFUSED`)) as string });
    expect(await decide(`${one},nonsense`)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('the address is "nonsense"') as string });
  });

  it('a call that has reached one is not made again elsewhere: it may have had its effect', async () => {
    answer = () => ({ refuse: status.UNAVAILABLE, reason: 'NOT_OWNER', message: 'not now' });
    const other = await new FakeDocket(() => ({ verdict: 'ALLOW' })).start();
    expect(await decide(`${service.address},${other.address}`)).toMatchObject({ exitCode: 6 });
    expect([service.asked.length, other.asked.length]).toEqual([1, 0]);
    other.stop();
  });
});

describe('docket decide', () => {
  it.each([['ALLOW', 0], ['DENY', 3], ['RATE_LIMITED', 4], ['APPROVAL_REQUIRED', 5]])('%s is exit code %d', async (verdict, exitCode) => {
    answer = () => ({ verdict });
    const ran = await run(['decide', '--tool', 't']);
    expect(ran).toMatchObject({ exitCode, stderr: '' });
    expect(ran.stdout.split('\n')[0]).toBe(verdict);
  });

  it('asks for the demonstration grant with the gateway’s credential, and sends the arguments byte for byte', async () => {
    await run(['decide', '--tool', 't', '--args', '{"n": 1.0, "n": 9007199254740993}', '--session', 's', '--agent', 'a', '--server', 'v', '--dry-run']);
    expect(service.asked).toEqual([{
      method: 'Decide', authorization: 'Bearer dk_gateway_secret',
      request: expect.objectContaining({
        grant: GRANT, tool: 't', sessionId: 's', agent: 'a', serverId: 'v', dryRun: true, arguments: Buffer.from('{"n": 1.0, "n": 9007199254740993}'),
        callId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string,
      }) as object,
    }]);
  });

  it('prints with --json one object a line, also for errors of some of the calls', async () => {
    answer = (_method, { callId }) => (service.asked.length % 2 === 0 ? { refuse: status.UNAVAILABLE, reason: 'NOT_OWNER', message: 'not now' } : { callId, verdict: 'ALLOW' });
    const { exitCode, stdout } = await run(['decide', '--tool', 't', '--repeat', '4', '--concurrency', '2', '--json']);
    const printed = lines(stdout);
    expect(exitCode).toBe(6);
    expect(printed).toHaveLength(4);
    expect(new Set(printed.map((line) => line['callId'])).size).toBe(4);
    expect(printed.filter((line) => line['verdict'] === 'ALLOW')).toHaveLength(2);
    expect(printed.find((line) => line['error'])).toMatchObject({ error: { code: 'UNAVAILABLE', reason: 'NOT_OWNER', message: 'not now', retryDelay: '0.5s' } });
  });

  it('counts the verdicts of many calls and ends with 0 if each got one', async () => {
    answer = () => ({ verdict: service.asked.length <= 2 ? 'ALLOW' : 'RATE_LIMITED', rule: service.asked.length <= 2 ? '' : '/tools/t/limits/0' });
    const { exitCode, stdout } = await run(['decide', '--tool', 't', '--repeat', '3']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^2 +ALLOW$/m);
    expect(stdout).toMatch(/^1 +RATE_LIMITED \/tools\/t\/limits\/0$/m);
  });

  it('repeats the id it is given, or each one on the standard input', async () => {
    const id = '01a205ea-78bb-75e7-b6d4-9c3006abcdd3';
    await run(['decide', '--tool', 't', '--call-id', id, '--repeat', '2']);
    await run(['decide', '--tool', 't', '--call-id', '-'], { stdin: `${id}\n01a205ea-78bc-7d48-8822-3d94d809b865\n` });
    expect(service.asked.map(({ request }) => request['callId'])).toEqual([id, id, id, '01a205ea-78bc-7d48-8822-3d94d809b865']);
  });

  it('reads the arguments from a file or the standard input', async () => {
    writeFileSync(join(folder.path, 'args.json'), '{"from":"file"}');
    await run(['decide', '--tool', 't', '--args-file', 'args.json']);
    await run(['decide', '--tool', 't', '--args-file', '-'], { stdin: '{"from":"stdin"}' });
    expect(service.asked.map(({ request }) => String(request['arguments']))).toEqual(['{"from":"file"}', '{"from":"stdin"}']);
  });
});

describe('what goes wrong is one clear line', () => {
  it('an error of the service: its code, reason and violations, exit code 1', async () => {
    answer = () => ({ refuse: status.INVALID_ARGUMENT, reason: 'INVALID_REQUEST', message: 'the request is invalid', violations: [{ field: 'tool', description: 'found nothing, expected a name' }] });
    expect(await run(['decide', '--tool', ''])).toEqual({
      exitCode: 1, stdout: '', stderr: 'docket: INVALID_ARGUMENT (INVALID_REQUEST): the request is invalid\n  tool: found nothing, expected a name\n',
    });
    expect(lines((await run(['decide', '--tool', '', '--json'])).stdout)).toEqual([{
      error: { code: 'INVALID_ARGUMENT', reason: 'INVALID_REQUEST', domain: 'docket', message: 'the request is invalid', metadata: {}, fieldViolations: [{ field: 'tool', description: 'found nothing, expected a name' }] },
    }]);
  });

  it('a service that is not there: exit code 6, and the call id to repeat', async () => {
    service.stop();
    const { exitCode, stderr } = await run(['decide', '--tool', 't']);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/repeat it with --call-id [0-9a-f-]{36}\n/);
    expect(stderr).toContain(`cannot reach ${service.address}`);
  });

  it.each([
    [['decide'], "required option '--tool <name>'"],
    [['decide', '--tool', 't', '--args', '{"password": hunter2'], '--args is not JSON'],
    [['decide', '--tool', 't', '--args-file', 'missing.json'], 'no file missing.json'],
    [['decide', '--tool', 't', '--repeat', '0'], 'expected a whole number from 1'],
    [['decide', '--tool', 't', '--args', '{}', '--args-file', 'x'], 'not both'],
    [['decide', '--tool', 't', '--data-dir', 'elsewhere'], 'no '],
    [['decide', '--tool', 't', '--address', 'example.com:7400'], 'another machine'],
    [['decide', '--tool', 't', '--address', 'localhost'], 'expected host:port'],
    [['decide', '--tool', 't', '--address', 'localhost:70000'], 'expected host:port'],
    [['decide', '--tool', 't', '--ca', 'missing.pem'], '--ca missing.pem: ENOENT'],
    [['settle', 'id', '--outcome', 'MAYBE'], 'Allowed choices are SUCCEEDED'],
    [['grant', 'issue', '--expires-in', 'soon'], 'expected a number and a unit'],
    [['log', 'tail', '--grant', 'dg_hunter2'], '--grant: expected a grant token'],
    [['polcy'], "unknown command 'polcy'"],
  ])('%j: exit code 2', async (args, text) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^docket: /);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('hunter2');
    expect(service.asked).toEqual([]);
  });

  it('a credentials file that cannot be used is named, and nothing of its text is shown', async () => {
    writeCredentials('.docket', { grpc: 7400, credentials: { admin: 'dk_secret' } });
    const wrong = await run(['decide', '--tool', 't']);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/credentials\.json cannot be used: grpc: expected a string\n$/);
    writeFileSync(join(folder.path, '.docket', 'credentials.json'), '{"dk_secret');
    const broken = await run(['decide', '--tool', 't']);
    expect(broken.stderr).toMatch(/cannot be used: expected JSON\n$/);
    expect(wrong.stderr + broken.stderr).not.toContain('dk_secret');
  });
});

describe('where the service is', () => {
  it('the cluster’s credentials are used when there are no others', async () => {
    folder.remove();
    writeCredentials('.docket/cluster');
    expect((await run(['decide', '--tool', 't'])).exitCode).toBe(0);
  });

  it('the environment needs no file', async () => {
    folder.remove();
    mkdirSync(folder.path);
    const environment = { DOCKET_ADDRESS: service.address, DOCKET_CREDENTIAL: 'dk_given' };
    expect((await run(['decide', '--tool', 't', '--grant', GRANT], { environment })).exitCode).toBe(0);
    expect(service.asked[0]?.authorization).toBe('Bearer dk_given');
  });
});

describe('docket policy, grant, server and credential', () => {
  it('lint prints every problem with its pointer, or the normalised document and its version, offline', async () => {
    service.stop();
    writeFileSync(join(folder.path, 'bad.json'), '{"version": "1", "default": "deny", "tools": {"a": {"limits": [{}]}}, "wrong": 1}');
    const bad = await run(['policy', 'lint', 'bad.json', '--json']);
    expect(bad.exitCode).toBe(1);
    expect((lines(bad.stdout)[0]?.['problems'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(['/wrong', '/tools/a/limits/0/counter']));
    const good = await run(['policy', 'lint', '-', '--json'], { stdin: '{"version":"1","default":"deny","tools":{"a":{"rate_limit":"10/minute"}}}' });
    expect(good.exitCode).toBe(0);
    expect(lines(good.stdout)[0]).toMatchObject({ ok: true, version: expect.stringMatching(/^[0-9a-f]{64}$/) as string, document: { tools: { a: { limits: [{ max: 10 }] } } } });
  });

  it('publish sends the document as it is and says where it is in force, with the administrator’s credential', async () => {
    answer = () => ({ version: { policyId: 'p', version: 'abc' }, inForce: { pendingPartitions: [3, 4] }, warnings: [{ pointer: '/tools/a', message: 'careful' }] });
    writeFileSync(join(folder.path, 'p.json'), '{ "version": "1", "default": "deny", "tools": {} }');
    const ran = await run(['policy', 'publish', 'p.json', '--name', 'p']);
    expect(ran).toEqual({ exitCode: 0, stdout: 'p @ abc: accepted, not yet in force on partitions 3, 4\n', stderr: 'warning: /tools/a: careful\n' });
    expect(service.asked).toEqual([{ method: 'PublishPolicy', authorization: 'Bearer dk_admin_secret', request: { policyId: 'p', document: Buffer.from('{ "version": "1", "default": "deny", "tools": {} }') } }]);
  });

  it('publish prints every problem of a document and asks nobody', async () => {
    const tools = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`tool-${index}`, { wrong: 1 }]));
    writeFileSync(join(folder.path, 'bad.json'), JSON.stringify({ version: '1', default: 'deny', tools }));
    const ran = await run(['policy', 'publish', 'bad.json', '--name', 'p']);
    expect(ran).toMatchObject({ exitCode: 1, stderr: 'docket: bad.json: 300 problems; nothing was published\n' });
    expect(ran.stdout.trim().split('\n')).toHaveLength(300);
    expect(service.asked).toEqual([]);
  });

  it('says how many problems the service had to leave out', async () => {
    answer = () => ({ refuse: status.INVALID_ARGUMENT, reason: 'INVALID_POLICY', message: 'no', violations: [{ field: '/a', description: 'wrong' }], metadata: { violations_left_out: '7' } });
    writeFileSync(join(folder.path, 'p.json'), '{"version":"1","default":"deny","tools":{}}');
    expect((await run(['policy', 'publish', 'p.json', '--name', 'p'])).stderr).toMatch(/ {2}\/a: wrong\n {2}… and 7 more\n$/);
  });

  it('lists every page', async () => {
    answer = (_method, { pageToken }) => ({ servers: [{ serverId: pageToken === '' ? 'one' : 'two' }], nextPageToken: pageToken === '' ? 'more' : '' });
    expect(lines((await run(['server', 'list', '--json'])).stdout).map((row) => row['serverId'])).toEqual(['one', 'two']);
  });

  it('issue shows the token, with the expiry asked for', async () => {
    answer = () => ({ grant: { grantId: GRANT, serverId: 'demo' }, token: 'dg_once' });
    const before = Date.now();
    const { stdout } = await run(['grant', 'issue', '--policy', 'p', '--expires-in', '1h']);
    expect(stdout).toMatch(/^token +dg_once$/m);
    const { seconds } = service.asked[0]?.request['expiresAt'] as { seconds: number };
    expect(seconds * 1000).toBeGreaterThanOrEqual(before + 3_599_000);
    expect(seconds * 1000).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  it('what the service says cannot steer the terminal', async () => {
    answer = () => ({ servers: [{ serverId: 'a', name: '\u001b[2Jgone\u202e' }] });
    expect((await run(['server', 'list'])).stdout).not.toMatch(/[\u001b\u202e]/);
  });
});

it('docket --version prints the package’s', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string };
  expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

describe('docket --help', () => {
  it.each([[[]], [['decide']], [['policy', 'publish']], [['log', 'tail']]])('explains %j', async (words) => {
    const { exitCode, stdout } = await run([...words, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Usage: docket/);
    expect(stdout).toMatch(/Examples?:/);
  });
});
