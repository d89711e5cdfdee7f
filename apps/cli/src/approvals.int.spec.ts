import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { status } from '@grpc/grpc-js';
import { docket, FakeDocket, temporaryFolder, type Answer } from './cli.fixture.js';

const ID = `apr_${'0'.repeat(32)}_${'a'.repeat(24)}`;
const APPROVAL = {
  approvalId: ID, state: 'PENDING', grantId: '0'.repeat(32), serverId: 'demo', tool: 'create_charge', rule: '/tools/create_charge/approve_if/0',
  message: 'Charges over 500 need approval.', argumentKeys: ['amount', 'note'], arguments: Buffer.from('{"amount":9007199254740993,"note":"a\u202eb"}'), argumentsShown: 'SHOWN',
  agent: 'billing', principal: 'kim', requestedBy: 'gateway', requestedAt: { seconds: 1_800_000_000 }, expiresAt: { seconds: 1_800_000_900 },
  needed: 2, approvers: [{ subject: 'ann', at: { seconds: 1_800_000_100 }, comment: 'seen\u001b[2J' }], policyId: 'charges', policyVersion: 'c'.repeat(64), callId: 'call-1',
};

let folder: ReturnType<typeof temporaryFolder>;
let service: FakeDocket;
let answer: (method: string, request: Record<string, unknown>) => Answer;

beforeEach(async () => {
  folder = temporaryFolder();
  answer = (method) => (method === 'GetApproval' ? { approval: APPROVAL } : { approval: { ...APPROVAL, state: 'APPROVED' } });
  service = await new FakeDocket((method, request) => answer(method, request)).start();
  mkdirSync(join(folder.path, '.docket'));
  writeFileSync(join(folder.path, '.docket/credentials.json'), JSON.stringify({ grpc: service.address, credentials: { gateway: 'dk_gateway', admin: 'dk_admin', approver: 'dk_approver' }, demo: { grantId: '0'.repeat(32) } }));
});
afterEach(() => {
  service.stop();
  folder.remove();
});

const run = (...args: string[]) => docket(args, { cwd: folder.path });

describe('docket approvals', () => {
  it('show prints what is to be decided on: exact numbers, who asked, until when, nothing that deceives the eye', async () => {
    const { exitCode, stdout } = await run('approvals', 'show', ID);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^PENDING · 1 of 2 approvals\n/);
    expect(stdout).toMatch(/^ {2}tool +create_charge$/m);
    expect(stdout).toMatch(/^ {2}arguments +\{"amount":9007199254740993,"note":"a\\u202eb"\}$/m);
    expect(stdout).toMatch(/^ {2}asked by +gateway \(agent billing, for kim\)$/m);
    expect(stdout).toMatch(/^ {2}until +2027-01-15T08:15:00Z$/m);
    expect(stdout).toMatch(/^ {2}approved by +ann, 2027-01-15T08:01:40Z: seen/m);
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    expect(service.asked).toEqual([{ method: 'GetApproval', authorization: 'Bearer dk_approver', request: { approvalId: ID } }]);
  });

  it('show spreads long arguments over lines, and says when there are none to show', async () => {
    answer = () => ({ approval: { ...APPROVAL, arguments: Buffer.from(JSON.stringify({ text: 'x'.repeat(120), n: [1] })) } });
    expect((await run('approvals', 'show', ID)).stdout).toMatch(/\n {2}arguments:\n {4}\{\n {6}"text": "x+",\n {6}"n": \[\n/);
    answer = () => ({ approval: { ...APPROVAL, arguments: Buffer.alloc(0), argumentsShown: 'ERASED' } });
    expect((await run('approvals', 'show', ID)).stdout).toMatch(/arguments +\(erased with the grant's key\)/);
  });

  it.each([
    ['approve', 'APPROVE', 'dk_approver', 'APPROVED', 'approved: the next identical call is allowed once, until 2027-01-15T08:15:00Z\n'],
    ['approve', 'APPROVE', 'dk_approver', 'PENDING', 'still pending · 1 of 2 approvals: more people must approve, until 2027-01-15T08:15:00Z\n'],
    ['deny', 'DENY', 'dk_approver', 'DENIED', 'denied: identical calls are denied until 2027-01-15T08:15:00Z\n'],
    ['withdraw', 'WITHDRAW', 'dk_gateway', 'WITHDRAWN', 'withdrawn: the next identical call asks anew\n'],
  ])('%s prints the call first, then decides with the right credential (%s by %s → %s)', async (verb, decision, credential, state, text) => {
    answer = (method) => ({ approval: method === 'GetApproval' ? APPROVAL : { ...APPROVAL, state } });
    const { exitCode, stdout, stderr } = await run('approvals', verb, ID, '--comment', 'checked');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: text });
    expect(stderr).toContain('create_charge');
    expect(service.asked.map(({ method, authorization }) => [method, authorization])).toEqual([['GetApproval', `Bearer ${credential}`], ['ResolveApproval', `Bearer ${credential}`]]);
    expect(service.asked[1]?.request).toEqual({ approvalId: ID, decision, comment: 'checked' });
  });

  it('asks a person at a terminal first, and changes nothing without a yes', async () => {
    const terminal = (text: string) => Object.assign(Readable.from([Buffer.from(text)]), { isTTY: true });
    const asked = async (text: string, ...more: string[]) => docket(['approvals', 'approve', ID, ...more], { cwd: folder.path, input: terminal(text) });
    expect(await asked('n\n')).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/approve this call\? \[y\/N\].*docket: nothing was changed\n$/s) as string });
    expect(service.asked.map(({ method }) => method)).toEqual(['GetApproval']);
    expect(await asked('y\n')).toMatchObject({ exitCode: 0 });
    expect(await asked('', '--yes')).toMatchObject({ exitCode: 0 });
  });

  it('list shows those that wait, page by page', async () => {
    answer = (_method, { pageToken }) => ({ approvals: [{ ...APPROVAL, approvalId: pageToken === '' ? ID : `${ID.slice(0, -1)}b` }], nextPageToken: pageToken === '' ? 'more' : '' });
    const { stdout } = await run('approvals', 'list', '--server', 'demo');
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(stdout).toMatch(/^apr_\S+ +PENDING +create_charge +demo +gateway +1\/2 /m);
    expect(service.asked[0]).toMatchObject({ method: 'ListApprovals', request: { state: 'PENDING', serverId: 'demo' } });
    answer = () => ({ approvals: [] });
    expect((await run('approvals', 'list')).stdout).toBe('there are no pending approvals\n');
    await run('approvals', 'list', '--state', 'all', '--json');
    expect(service.asked.at(-1)?.request['state']).toBe('STATE_UNSPECIFIED');
  });

  it('a decision that comes too late is an error with its state, exit code 1', async () => {
    answer = (method) => (method === 'GetApproval' ? { approval: APPROVAL }
      : { refuse: status.FAILED_PRECONDITION, reason: 'APPROVAL_ENDED', message: 'the approval has expired', metadata: { state: 'expired' } });
    expect(await run('approvals', 'approve', ID)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/docket: FAILED_PRECONDITION \(APPROVAL_ENDED\): the approval has expired\n$/) as string });
    const { exitCode, stdout } = await run('approvals', 'approve', ID, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { metadata: { state: 'expired' } } });
  });

  it.each(['list', 'show', 'approve', 'deny', 'withdraw'])('%s --help has an example', async (verb) => {
    expect((await run('approvals', verb, '--help')).stdout).toMatch(/Examples?:\n {2}docket approvals/);
  });
});

describe('docket decide', () => {
  it('says what to type when a human must approve', async () => {
    answer = () => ({ verdict: 'APPROVAL_REQUIRED', approvalId: ID, approvalExpiresAt: { seconds: 1_800_000_900 } });
    const { exitCode, stdout } = await run('decide', '--tool', 'create_charge', '--address', service.address);
    expect(exitCode).toBe(5);
    expect(stdout).toContain(`approval  ${ID}, until 2027-01-15T08:15:00Z\n`);
    expect(stdout).toContain(`docket approvals approve ${ID} --address ${service.address}\n`);
  });

  it('--explain writes nothing and prints every step, aligned, with what decided it', async () => {
    answer = () => ({
      verdict: 'DENY', dryRun: true, rule: '/tools/t/require/1', steps: [
        { rule: '/tools/t', outcome: 'applies' }, { rule: '/tools/t/require/0', outcome: 'passes' }, { rule: '/tools/t/require/1', outcome: 'denies', because: 'args.amount: wrong type' },
      ],
    });
    const { exitCode, stdout } = await run('decide', '--tool', 't', '--explain');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('DENY (dry run)\n');
    expect(stdout).toContain('steps:\n  1  /tools/t            applies\n  2  /tools/t/require/0  passes\n  3  /tools/t/require/1  denies (args.amount: wrong type)\n');
    expect(service.asked[0]?.request['dryRun']).toBe(true);
    expect((await run('decide', '--tool', 't', '--dry-run')).stdout).not.toContain('steps:');
    expect((JSON.parse((await run('decide', '--tool', 't', '--explain', '--json')).stdout) as { steps: object[] }).steps[2]).toEqual({ rule: '/tools/t/require/1', outcome: 'denies', because: 'args.amount: wrong type' });
  });

  it('shows what an observed policy would have said', async () => {
    answer = () => ({ verdict: 'ALLOW', wouldBe: 'DENY', limits: [{ counter: 'spend', scope: 'grant', window: '60s', sliding: true, limit: '5', used: '1', remaining: '4', resetsAt: { seconds: 1_800_000_000 } }] });
    const { exitCode, stdout } = await run('decide', '--tool', 't');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}would be +DENY \(the policy only observes\)$/m);
    expect(stdout).toContain('spend per grant in any minute: 1 of 5 used, 4 left');
  });
});

it('docket policy attach --mode observe asks for it', async () => {
  answer = () => ({ grant: {}, inForce: {} });
  expect((await run('policy', 'attach', '--grant', 'g', '--policy', 'p', '--mode', 'observe')).stdout).toBe('grant g is observed by policy p: in force\n');
  await run('policy', 'attach', '--grant', 'g', '--policy', 'p');
  expect(service.asked.map(({ request }) => request['mode'])).toEqual(['OBSERVE', 'ENFORCE']);
});
