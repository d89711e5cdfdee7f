import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Installation } from './standalone.fixture.js';

const POLICY = {
  version: '1', default: 'deny',
  tools: { create_charge: { approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 500 }], timeout: '30m' }] } },
};

let installation: Installation;
beforeAll(() => { installation = new Installation(); });
afterAll(() => installation.remove(), 300_000);

it('a call that waits for a human survives kill -9: approved after the restart, it is allowed once', async () => {
  const program = await installation.startedUp();
  writeFileSync(join(installation.folder, 'charges.json'), JSON.stringify(POLICY));
  expect((await installation.docket('policy', 'publish', 'charges.json', '--name', 'charges')).exitCode).toBe(0);
  const issued = await installation.docket('grant', 'issue', '--policy', 'charges', '--json');
  const { grantId } = issued.lines[0]!['grant'] as { grantId: string };
  const charge = (amount: number) => installation.docket('decide', '--tool', 'create_charge', '--grant', grantId, '--args', JSON.stringify({ amount }), '--json');

  const [asked, other] = [await charge(600), await charge(601)];
  expect([asked.exitCode, other.exitCode]).toEqual([5, 5]);
  const approvalId = String(asked.lines[0]!['approvalId']);
  const denied = await installation.docket('approvals', 'deny', String(other.lines[0]!['approvalId']), '--comment', 'not this one');
  expect(denied).toMatchObject({ exitCode: 0, output: expect.stringContaining('denied: identical calls are denied until') as string });
  program.process.kill('SIGKILL');
  await program.ended;

  await installation.startedUp();
  const waiting = await installation.docket('approvals', 'list', '--json');
  expect(waiting.lines.map((line) => line['approvalId'])).toEqual([approvalId]);
  const approved = await installation.docket('approvals', 'approve', approvalId);
  expect(approved).toMatchObject({ exitCode: 0, output: expect.stringMatching(/arguments +\{"amount":600\}/) as string });
  const sentTwice = await Promise.all([charge(600), charge(600)]);
  expect(sentTwice.map(({ exitCode }) => exitCode).sort()).toEqual([0, 5]);
  expect((await charge(601)).lines[0]).toMatchObject({ verdict: 'DENY', rule: '(approval denied)' });
}, 300_000);
