import { PassThrough } from 'node:stream';
import { status } from '@grpc/grpc-js';
import { docket, FakeDocket, temporaryFolder, type Ran } from './cli.fixture.js';

const GRANT = 'a'.repeat(32);
const AT = { seconds: 1_767_225_600, nanos: 0 };
const grant = (erased: boolean): object => ({
  grantId: GRANT, serverId: 'server-a', policyId: 'p', mode: 'ENFORCE', label: 'nightly', issuedAt: AT, issuedBy: 'ada', partition: 3, ...(erased && { revokedAt: AT, erasedAt: AT }),
});

let keyDestroyed = true;
let pending: number[] = [];
let isKnown = true;
let server: FakeDocket;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  folder = temporaryFolder();
  server = await new FakeDocket((method) => {
    if (!isKnown) return { refuse: status.NOT_FOUND, reason: 'GRANT_NOT_FOUND', message: `there is no grant ${GRANT}` };
    const inForce = { registryOffset: 9, pendingPartitions: pending };
    return method === 'EraseGrant' ? { grant: grant(true), inForce, keyDestroyed } : { grant: grant(false), inForce };
  }).start();
});
afterAll(() => {
  server.stop();
  folder.remove();
});
beforeEach(() => {
  server.asked.splice(0);
  [keyDestroyed, pending, isKnown] = [true, [], true];
});

/** A terminal at which somebody types an answer. */
const typing = (answer: string): PassThrough => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.end(`${answer}\n`);
  return input;
};
const erase = (input?: PassThrough, ...more: string[]): Promise<Ran> =>
  docket(['grant', 'erase', GRANT, ...more], { cwd: folder.path, environment: { DOCKET_ADDRESS: server.address, DOCKET_CREDENTIAL: 'dk_admin' }, ...(input && { input }) });
const methods = (): string[] => server.asked.map(({ method }) => method);

it('shows the grant and asks at a terminal; anything but yes changes nothing', async () => {
  const no = await erase(typing(''));
  expect([no.exitCode, methods()]).toEqual([2, ['GetGrant']]);
  expect(no.stderr).toMatch(/nightly[\s\S]*erase the argument values of all calls of this grant, for good\? \[y\/N\][\s\S]*nothing was changed/);
  expect(await erase(typing('yes'))).toMatchObject({ exitCode: 0, stdout: `grant ${GRANT} is erased: in force; its key is destroyed, the values are gone\n` });
  expect(methods().at(-1)).toBe('EraseGrant');
});

it('does not ask with --yes; with --json it asks all the same, on stderr', async () => {
  expect((await erase(typing('no'), '--yes')).exitCode).toBe(0);
  const json = await erase(undefined, '--json', '--yes');
  expect([json.exitCode, JSON.parse(json.stdout)]).toEqual([0, expect.objectContaining({ keyDestroyed: true })]);
  const no = await erase(typing('no'), '--json');
  expect([no.exitCode, no.stderr, JSON.parse(no.stdout)]).toEqual([2, expect.stringContaining('[y/N]'), expect.objectContaining({ error: expect.objectContaining({ message: 'nothing was changed' }) as unknown })]);
});

it.each([[[]], [['--json']]])('without a terminal and without --yes nothing is asked of the service, and the command is refused as wrong', async (more: string[]) => {
  const { exitCode, stdout, stderr } = await erase(undefined, ...more);
  expect([exitCode, `${stdout}${stderr}`, methods()]).toEqual([2, expect.stringContaining('give --yes'), []]);
});

it('says what is not done yet, and ends as not done', async () => {
  [keyDestroyed, pending] = [false, [3]];
  const { exitCode, stdout } = await erase(undefined, '--yes');
  expect(exitCode).toBe(6);
  expect(stdout).toMatch(/3.*its key is not destroyed yet: every node goes on trying/);
});

it('says that there is no such grant before it asks anything', async () => {
  isKnown = false;
  const { exitCode, stderr } = await erase(typing('yes'));
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('GRANT_NOT_FOUND')]);
  expect(stderr).not.toContain('[y/N]');
});

describe('docket log archive', () => {
  const archive = (...more: string[]): Promise<Ran> => docket(['log', 'archive', ...more], { cwd: folder.path, environment: { DATABASE_URL: 'postgres://127.0.0.1:1/none' } });

  it.each<[string, string[], RegExp]>([
    ['neither what nor where', [], /give --before <time> and --out <folder>/],
    ['no folder', ['--before', '2026-01-01'], /give --before <time> and --out <folder>/],
    ['no time', ['--before', 'yesterday', '--out', 'x'], /expected a time such as 2026-01-31/],
    ['an unknown compression', ['--before', '1d', '--out', 'x', '--compress', 'rar'], /Allowed choices are none, gzip, zstd/],
    ['an archive to read without deleting', ['--from-archive', 'x'], /--from-archive belongs to --delete/],
    ['to delete where nobody can be asked', ['--delete', '--from-archive', 'x'], /cannot be undone, and there is no terminal to ask at: give --yes; nothing was changed/],
    ['to archive and delete where nobody can be asked', ['--before', '1d', '--out', 'x', '--delete'], /there is no terminal to ask at: give --yes; nothing was changed/],
    ['two archives to delete', ['--yes', '--delete', '--from-archive', 'x', '--before', '1d', '--out', 'y'], /names an archive that is there/],
  ])('refuses %s', async (_what, args, message) => {
    const { exitCode, stderr } = await archive(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('says that a database does not answer, and that a folder is no archive', async () => {
    const away = await archive('--before', '1d', '--out', 'x');
    expect([away.exitCode, away.stderr]).toEqual([6, expect.stringContaining('UNAVAILABLE')]);
    const none = await archive('--check', '.');
    expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining('is no archive: there is no manifest.json in it')]);
  });
});
