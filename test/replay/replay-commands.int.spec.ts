import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GrantKeys, openKeyring, openPool, PostgresEventLog, type GrantKey, type LogRecord, type NewRecord } from '#ledger';
import { writeLogFile } from '#archive';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { DECISION_SERVICE } from '#contracts';
import { docket, temporaryFolder, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { method } from '../../apps/cli/src/proto-json.js';
import { GRANTS, type History } from '../../libs/replay/test/random-history.js';
import { toldHistory } from '../../libs/replay/test/told-history.js';

let folder: ReturnType<typeof temporaryFolder>;
const logFiles = ['--file', 'registry.jsonl', 'decisions.jsonl'];

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const run = (args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> => docket(args, { cwd: folder.path, environment });
const json = (ran: Ran): Record<string, unknown> => JSON.parse(ran.stdout) as Record<string, unknown>;

async function writeFiles(history: History): Promise<void> {
  const write = (name: string, topic: string, records: readonly LogRecord[]) => writeLogFile(join(folder.path, name), { topic, partition: 0, firstOffset: 0 }, (async function* () { yield [...records]; })());
  await write('registry.jsonl', 'docket.registry', history.registry.records);
  await write('decisions.jsonl', 'docket.decisions', history.records);
}

describe('on log files, without a running Docket and without keys', () => {
  let history: History;

  beforeEach(async () => {
    history = toldHistory();
    await writeFiles(history);
  });

  test('replay derives what rests on no values, agrees, and says why it cannot derive the rest', async () => {
    const ran = await run(['log', 'replay', ...logFiles]);
    expect(ran.stdout).toMatch(/verdicts +5 +5 +0 +4\n/);
    expect(ran.stdout).toContain('4 not derivable: their argument values are sealed, and there are no keys here');
    expect(ran.exitCode).toBe(0);
    expect(json(await run(['log', 'replay', ...logFiles, '--json']))).toMatchObject({
      partitions: 1, voids: 1, claims: 2, verdicts: { compared: 5, agreed: 5, differing: 0, notDerivable: 4 }, settlements: { compared: 2, agreed: 2 }, approvalDecisions: { compared: 1, agreed: 1 },
      notDerivable: { values_sealed: 4, values_erased: 0 }, differences: [],
    });
  });

  test('a difference is named with its place and its cause, and ends the command with 1', async () => {
    const { event } = history.partition.call({ grant: GRANTS[0], tool: 'hidden' });
    history.partition.append({ ...event, call_id: history.partition.callId(), verdict: 'ALLOW', rule: '' });
    await writeFiles(history);
    const ran = await run(['log', 'replay', ...logFiles]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toMatch(/differences by their cause:\n {2}verdict {2}1\n/);
    expect(ran.stdout).toContain(`docket.decisions/0@${history.records.length - 1}`);
    expect(ran.stdout).toContain('recorded: verdict="ALLOW" rule=""');
    expect(ran.stdout).toContain('the log gives: verdict="DENY" rule="(hidden)"');
    expect(json(await run(['log', 'replay', ...logFiles, '--json', '--differences', '0']))).toMatchObject({ causes: { verdict: 1 }, differences: [] });
  });

  test('what-if shows what a draft changes, by tool and grant, with examples and what it cannot know', async () => {
    await writeFile(join(folder.path, 'draft.json'), JSON.stringify({ version: '1', default: 'deny', tools: { plain: {}, few: { limits: [{ counter: 'few', window: 'minute', max: 1 }] } } }));
    const ran = await run(['replay', 'what-if', '--policy', 'draft.json', ...logFiles]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(/^9 calls, 9 judged: \d would have had another verdict/);
    expect(ran.stdout).toMatch(/ALLOW +RATE_LIMITED +1/);
    expect(ran.stdout).toMatch(new RegExp(`few +${GRANTS[0]} +3 +1 +ALLOW > RATE_LIMITED 1`));
    expect(ran.stdout).toContain('draft: /tools/few/limits/0');
    expect(ran.stderr).toContain('What this cannot know: agents would have behaved differently.');
    expect(await run(['replay', 'what-if', '--policy', 'draft.json', '--grant', GRANTS[0], 'f'.repeat(32), ...logFiles])).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/NOT_FOUND: nothing was found of f{32}, and/) as string });
    const result = json(await run(['replay', 'what-if', '--policy', 'draft.json', '--grant', GRANTS[0], '--json', ...logFiles]));
    expect(result).toMatchObject({ calls: 5, judged: 5, changed: 1, transitions: { 'ALLOW > RATE_LIMITED': 1 }, rules: { 'RATE_LIMITED /tools/few/limits/0': 1 } });
    expect(result['examples']).toEqual([expect.objectContaining({ tool: 'few', transition: 'ALLOW > RATE_LIMITED', grantId: GRANTS[0] })]);
  });

  test('a draft with problems names all of them, and one that governed nothing says so', async () => {
    await writeFile(join(folder.path, 'bad.json'), '{"version":"1","tools":{"a":{"limits":[{"counter":"c","window":"year","max":-1}]}}}');
    const bad = await run(['replay', 'what-if', '--policy', 'bad.json', ...logFiles]);
    expect([bad.exitCode, bad.stdout]).toEqual([1, expect.stringContaining('/tools/a/limits/0/window: ')]);
    await writeFile(join(folder.path, 'good.json'), JSON.stringify({ version: '1', default: 'allow' }));
    const none = await run(['replay', 'what-if', '--policy', 'good.json', '--name', 'nobody', ...logFiles]);
    expect([none.exitCode, none.stderr]).toEqual([1, 'docket: NOT_FOUND: no call of that time was governed by a policy "nobody"\n']);
  });

  test('export writes a decision with the names that the API has for it', async () => {
    const { exitCode, stdout } = await run(['log', 'export', '--topic', 'decisions', ...logFiles]);
    expect(exitCode).toBe(0);
    const call = stdout.split('\n').filter((line) => line.startsWith('{"event":"CallDecided"')).map((line) => JSON.parse(line) as Record<string, unknown>)[0]!;
    const names = Object.keys(method(DECISION_SERVICE, 'Decide').decode(Buffer.alloc(0))).filter((name) => !['replayed', 'steps', 'dryRun'].includes(name));
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => call[name] === undefined)).toEqual([]);
  });

  test('export to a file says how much there is, and leaves nothing else', async () => {
    const ran = await run(['log', 'export', '--format', 'csv', '--out', 'all.csv', ...logFiles]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^all\.csv: 2\d events in [\d.]+ s\n$/) as string });
    expect((await readdir(folder.path)).sort()).toEqual(['all.csv', 'decisions.jsonl', 'registry.jsonl']);
  });

  test.each<[string, string[], number, RegExp]>([
    ['a time that is none', ['log', 'replay', '--from', 'yesterday', ...logFiles], 2, /expected a time such as/],
    ['times the wrong way round', ['log', 'export', '--from', '2026-02-01', '--to', '2026-01-01', ...logFiles], 2, /--from 2026-02-01T00:00:00.000Z is not before --to 2026-01-01/],
    ['an unknown format', ['log', 'export', '--format', 'xml', ...logFiles], 2, /Allowed choices are jsonl, csv, parquet/],
    ['Parquet without a file', ['log', 'export', '--format', 'parquet', ...logFiles], 2, /give the file with --out/],
    ['a grant that is none', ['log', 'export', '--grant', 'g', ...logFiles], 2, /expected a grant token/],
    ['a grant that the registry does not know', ['log', 'export', '--grant', 'f'.repeat(32), '--out', 'none.jsonl', ...logFiles], 1, /NOT_FOUND: nothing was found of f{32}, and this log's registry knows no such grant/],
    ['one grant of several that the registry does not know', ['log', 'export', '--grant', GRANTS[0], 'f'.repeat(32), '--out', 'some.jsonl', ...logFiles], 1, /NOT_FOUND: nothing was found of f{32}, and/],
    ['a folder that is not there', ['log', 'export', '--out', 'no/where.jsonl', ...logFiles], 1, /where.jsonl cannot be written: there is no such folder/],
    ['a file that is not there', ['log', 'replay', '--file', 'nowhere.jsonl'], 2, /nowhere.jsonl cannot be read: there is no such file/],
    ['no file of the registry', ['log', 'replay', '--file', 'decisions.jsonl'], 2, /none of these files is of docket.registry, which holds the policies/],
    ['an archive that is none', ['log', 'replay', '--from-archive', '.'], 2, /is no archive/],
    ['a partition that is not there', ['log', 'replay', '--partition', '7', ...logFiles], 2, /--partition 7: there are only 0/],
    ['files and archives at once', ['log', 'replay', '--from-archive', '.', ...logFiles], 2, /exclude each other/],
    ['values without keys', ['log', 'export', '--reveal', ...logFiles], 2, /--reveal: there are no keys here/],
    ['no log at all', ['log', 'replay'], 2, /set DATABASE_URL, or KAFKA_BROKERS/],
    ['a draft that is not there', ['replay', 'what-if', '--policy', 'none.json', ...logFiles], 2, /no file none.json/],
  ])('%s is refused with a clear line', async (_, args, exitCode, message) => {
    const ran = await run(args);
    expect([ran.exitCode, ran.stderr]).toEqual([exitCode, expect.stringMatching(message)]);
    expect(await readdir(folder.path)).toHaveLength(2);
  });

  test('a file that was cut, or has another byte in it, is refused with its line, and no export is left', async () => {
    const path = join(folder.path, 'decisions.jsonl');
    const whole = await readFile(path);
    await truncate(path, whole.length - 500);
    expect(await run(['log', 'replay', ...logFiles])).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^docket: DATA_LOSS: .*decisions.jsonl, line \d+: the file ends in the middle of this line/) as string });
    await writeFile(path, whole.toString().replace('"agent":"assistant"', '"agent":"assistent"'));
    for (const args of [['log', 'replay'], ['log', 'export', '--out', 'out.jsonl']]) {
      expect(await run([...args, ...logFiles])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('a line before it was changed') as string });
    }
    await writeFile(path, whole.toString().replace('{"o":4,', '{"o":x,'));
    expect(await run(['log', 'replay', ...logFiles])).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/line 6: expected a whole number/) as string });
    expect(await readdir(folder.path)).toHaveLength(2);
  });

  test('what is stopped leaves no half file', async () => {
    const stopped = await docket(['log', 'export', '--out', 'out.jsonl', ...logFiles], { cwd: folder.path, signal: AbortSignal.abort() });
    expect([stopped.exitCode, stopped.stderr]).toEqual([1, 'docket: ABORTED: stopped before the end; nothing was written\n']);
    expect(await readdir(folder.path)).toHaveLength(2);
  });
});

describe('on a live log in PostgreSQL, with the grants’ keys', () => {
  let postgres: ThrowawayPostgres;
  let environment: Record<string, string>;
  let keys: GrantKeys;
  let pool: ReturnType<typeof openPool>;
  let keyFolder: ReturnType<typeof temporaryFolder>;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    const url = await postgres.createDatabase();
    keyFolder = temporaryFolder();
    mkdirSync(keyFolder.path, { recursive: true });
    environment = { DATABASE_URL: url, KEYRING_FILE: join(keyFolder.path, `keyring-${randomBytes(4).toString('hex')}.json`) };
    pool = openPool({ connectionString: url });
    keys = new GrantKeys({ pool, keyring: await openKeyring({ file: environment['KEYRING_FILE']!, create: true }) });
    await keys.prepare();
    const known = new Map<string, GrantKey>();
    for (const grant of GRANTS) {
      await keys.create(grant);
      known.set(grant, (await keys.get(grant))!);
    }
    const history = toldHistory((grant) => known.get(grant)!);
    const log = new PostgresEventLog({ connectionString: url });
    await log.prepare([{ topic: 'docket.registry', partitions: 1 }, { topic: 'docket.decisions', partitions: 1 }]);
    const appender = log.openAppender();
    const plain = (records: readonly LogRecord[]): NewRecord[] => records.map(({ key, value }) => ({ key, value }));
    const outcomes = await appender.append([
      { topic: 'docket.registry', partition: 0, records: plain(history.registry.records) }, { topic: 'docket.decisions', partition: 0, records: plain(history.records) },
    ], 30_000);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['acknowledged', 'acknowledged']);
    await appender.close();
    await log.close();
  });
  afterAll(async () => {
    keyFolder.remove();
    await pool.end();
    await postgres.stop();
  });

  test('every command of docs/replay.md does what it says', async () => {
    const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'replay.md'), 'utf8');
    const commands = [...page.matchAll(/^docket (.+)$/gm)].map(([, words]) => words!.split(' | ')[0]!.split(' '));
    expect(commands.length).toBeGreaterThan(9);
    await writeFile(join(folder.path, 'draft.json'), JSON.stringify({ version: '1', default: 'allow' }));
    for (const args of commands) {
      const { exitCode, stderr } = await run(args.map((word) => (word === '0192f3a0b1c27def8000000000000001' ? GRANTS[0] : word)), environment);
      expect([args.join(' '), exitCode, stderr.replace(/^What this cannot know[\s\S]*$/, '')]).toEqual([args.join(' '), 0, '']);
    }
    expect((await readdir(folder.path)).sort()).toEqual(['all.parquet', 'draft.json', 'grant.csv', 'with-values.jsonl']);
  });

  test('every verdict is derived, values are shown where they are asked for, and an erased grant’s are gone', async () => {
    expect(json(await run(['log', 'replay', '--json'], environment))).toMatchObject({ verdicts: { compared: 9, agreed: 9, differing: 0, notDerivable: 0 } });
    expect(json(await run(['log', 'replay', '--json', '--no-keys'], environment))).toMatchObject({ verdicts: { agreed: 5, notDerivable: 4 } });
    const shown = await run(['log', 'export', '--topic', 'decisions', '--reveal'], environment);
    expect(shown.stdout).toContain('"argumentsShown":"SHOWN"');
    expect(shown.stdout).toContain('"arguments":{"amount":60.5}');
    await keys.erase(GRANTS[1]);
    const erased = await run(['log', 'replay'], environment);
    expect([erased.exitCode, erased.stdout]).toEqual([0, expect.stringContaining('2 not derivable: their argument values were erased')]);
    expect((await run(['log', 'export', '--topic', 'decisions', '--reveal'], environment)).stdout).toMatch(/"argumentsShown":"ERASED"/);
  });

  test('a database that is not there is said to be unavailable', async () => {
    const ran = await run(['log', 'replay'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    expect([ran.exitCode, ran.stderr]).toEqual([6, expect.stringContaining('UNAVAILABLE')]);
  });
});
