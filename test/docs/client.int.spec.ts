import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bearer } from '#contracts';
import type { approval } from '#contracts';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';

const ROOT = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 400_000;
const guide = readFileSync(join(ROOT, 'docs', 'client.md'), 'utf8');
const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);

const POLICY = {
  version: '1', default: 'deny', hide: ['drop_table'],
  tools: { create_charge: { approve_if: [{ conditions: [{ path: 'args.amount', op: 'eq', value: 600 }], message: 'Six hundred needs approval.' }], limits: [{ counter: 'charges', window: 'day', max: 100 }] } },
};

/** What the guide leaves to its reader. */
const AROUND = `
const { ADDRESS: address, CREDENTIAL: credential, GRANT: grant } = process.env as Record<'ADDRESS' | 'CREDENTIAL' | 'GRANT', string>;
const say = (line: unknown): void => console.log(JSON.stringify(line));
const forward = async (): Promise<void> => say('forwarded');
const refuse = (message: string): void => say({ refused: message });
const show = (list: readonly string[]): void => say({ list });
`;

let folder: string;
let postgres: ThrowawayPostgres;
let decider: DeciderFixture;

/** A project of somebody else that has installed the package. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docket-client-'));
  const modules = join(folder, 'node_modules');
  execFileSync(process.execPath, [join(ROOT, 'libs', 'client', 'pack.mjs'), join(modules, '@docket', 'client')]);
  for (const scope of ['@grpc', '@bufbuild', '@types']) symlinkSync(join(ROOT, 'node_modules', scope), join(modules, scope));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'src', 'guide.ts'), `${blocks[0]!.replace(/^(import .*\n)/, `$1${AROUND}`)}${blocks.slice(1).join('')}`);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { strict: true, noEmit: true, target: 'ES2022', module: 'NodeNext', moduleResolution: 'NodeNext', types: ['node'], exactOptionalPropertyTypes: true }, include: ['src'],
  }));
  postgres = await startThrowawayPostgres();
  decider = await new DeciderFixture(await postgres.createDatabase()).start();
}, TIMEOUT_MS);

afterAll(async () => {
  await decider?.remove();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

const typeCheck = (): Promise<string> => promisify(execFile)(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder])
  .then(() => '', ({ stdout }: { stdout: string }) => stdout);

test('the package and the guide’s code fit together for a strict compiler, and a wrong use does not', async () => {
  expect(blocks.length).toBeGreaterThan(7);
  // An explanation permits nothing; a denial has no delay; what is not decided is not returned.
  writeFileSync(join(folder, 'src', 'wrong.ts'), `
import { connect } from '@docket/client';
const docket = connect({ addresses: ['127.0.0.1:7400'], credential: 'dk' });
(await docket.explain({ grant: 'g', tool: 't' })).allowed;
const decision = await docket.decide({ grant: 'g', tool: 't' });
if (decision.verdict === 'DENY') decision.retryAfterMs.toFixed();
if (decision.verdict === 'UNDECIDED') throw decision;
`);
  const problems = await typeCheck();
  rmSync(join(folder, 'src', 'wrong.ts'));
  expect([...problems.matchAll(/^\S*?(\w+\.ts)\((\d+),/gm)].map(([, file, line]) => `${file} ${line}`)).toEqual(['wrong.ts 4', 'wrong.ts 6', 'wrong.ts 7']);
}, TIMEOUT_MS);

test('the guide’s code does what the guide says, as a program of its own beside a running decider', async () => {
  const { id } = await decider.grant(POLICY);
  const approver = bearer(decider.token('approver'));
  const running = promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', join(folder, 'src', 'guide.ts')], {
    env: { PATH: process.env['PATH'], ADDRESS: decider.address, CREDENTIAL: decider.token('gateway'), GRANT: id },
  });
  let isOver = false;
  void running.then(() => { isOver = true; }, () => { isOver = true; });
  // Somebody approves what the guide waits for.
  for (let resolved = false; !resolved && !isOver;) {
    const pending = await new Promise<readonly approval.Approval__Output[]>((resolve) => decider.approvals.ListApprovals({ state: 'PENDING', grantId: id }, approver, (_, answer) => resolve(answer?.approvals ?? [])));
    for (const { approvalId } of pending) {
      resolved = await new Promise<boolean>((resolve) => decider.approvals.ResolveApproval({ approvalId, decision: 'APPROVE' }, approver, (error) => resolve(error === null)));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { stdout } = await running;
  expect(stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
    'forwarded', 'forwarded', 'forwarded',
    { list: ['create_charge'] },
    { list: ['APPROVAL_REQUIRED', '(no policy) passes', '(hidden) passes', '/tools/create_charge applies', '/tools/create_charge/approve_if/0 asks'] },
  ]);
}, TIMEOUT_MS);

test('the guide names the reasons and options that there are', () => {
  const read = (name: string): string => readFileSync(join(ROOT, 'libs', 'client', 'src', name), 'utf8');
  const reasons = [...guide.slice(guide.indexOf('of the client: '), guide.indexOf('| `outcome`')).matchAll(/`([A-Z_]+)`/g)].map(([, reason]) => reason!);
  const sources = ['calls.ts', 'docket-client.ts', 'node.ts', 'failure.ts', 'requests.ts'].map(read).join('\n');
  expect(reasons.length).toBeGreaterThan(8);
  expect(reasons.filter((reason) => !sources.includes(`'${reason}'`))).toEqual([]);
  const options = [...read('options.ts').slice(read('options.ts').indexOf('interface ConnectOptions'), read('options.ts').indexOf('export type Settings')).matchAll(/^ {2}readonly (\w+)/gm)].map(([, option]) => option!);
  const table = guide.slice(guide.indexOf('| option of `connect`'), guide.indexOf('## Arguments'));
  expect(options.filter((option) => !table.includes(`\`${option}\``))).toEqual([]);
});
