import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROTO_DIRECTORY } from '#contracts';
import { PostgresEventLog } from '#ledger';
import { describeWithPython, startThrowawayPostgres, type PythonPackages, type ThrowawayPostgres } from '#local-services';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { VirtualTime, VirtualTimeLog } from '../e2e/scenarios.virtual-time.fixture.js';
import { CORPUS_FILES, corpusCases } from '../scenarios/corpus.js';

/** The official gRPC for Python, with what generates code from protos, and a reader of YAML. */
const PACKAGES: PythonPackages = { name: 'python-client-1.85.1', packages: ['grpcio==1.85.1', 'grpcio-tools==1.85.1', 'PyYAML==6.0.3'] };
const TEST_MS = 600_000;

interface Played { readonly played: string; readonly compared: number; readonly failure: string | null }
type Said = Played | { readonly clock: number; readonly restart?: true };

describeWithPython('a client in Python, made from the protos', PACKAGES, (packages) => {
  let postgres: ThrowawayPostgres;
  let generated: string;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    generated = await mkdtemp(join(tmpdir(), 'docket-python-'));
  }, TEST_MS);

  afterAll(async () => {
    await postgres?.stop();
    await rm(generated, { recursive: true, force: true });
  }, TEST_MS);

  /** Plays these files with the Python program against a decider whose clock it moves. */
  async function play(files: readonly string[]): Promise<readonly Played[]> {
    const databaseUrl = await postgres.createDatabase();
    const log = new PostgresEventLog({ connectionString: databaseUrl });
    // Before the first case; the clock stands until the program moves it.
    const time = new VirtualTime(Date.parse('2020-01-01T00:00:00Z'));
    const decider = await new DeciderFixture(databaseUrl, { runtime: time.runtime(), log: new VirtualTimeLog(log, time) }).start({ DECISIONS_PARTITIONS: '2', LOG_DECISIONS: 'false' });
    const results: Played[] = [];
    try {
      const program = spawn('python3', [join(import.meta.dirname, 'main.py'), decider.address, PROTO_DIRECTORY, generated, ...files], {
        stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], PYTHONPATH: packages(), PYTHONDONTWRITEBYTECODE: '1', DOCKET_CREDENTIAL: decider.token('admin') },
      });
      let errors = '';
      program.stderr.on('data', (data: Buffer) => { errors = (errors + data).slice(-4_000); });
      const ended = new Promise<number | null>((resolve) => program.once('close', resolve));
      try {
        for await (const line of createInterface({ input: program.stdout })) {
          const said = JSON.parse(line) as Said;
          if ('played' in said) {
            results.push(said);
            continue;
          }
          time.moveTo(said.clock);
          if (said.restart === true) {
            await decider.stop();
            await decider.start({ DECISIONS_PARTITIONS: '2', LOG_DECISIONS: 'false' });
          }
          program.stdin.write(`${JSON.stringify({ address: decider.address })}\n`);
        }
      } finally {
        program.kill('SIGKILL');
      }
      expect({ code: await ended, errors }).toEqual({ code: 0, errors: '' });
      return results;
    } finally {
      await decider.remove();
      await log.close();
    }
  }

  test('finds every answer of the scenario corpus as the case says it', async () => {
    const cases = CORPUS_FILES.flatMap((file) => corpusCases(file)).filter(({ core_only }) => core_only === undefined);
    const played = await play(CORPUS_FILES.map((file) => join(import.meta.dirname, '../scenarios', file)));
    expect(played.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(played.map((one) => one.played).sort()).toEqual(cases.map(({ name }) => name).sort());
    // One expectation each, at the least.
    expect(played.filter(({ compared }) => compared === 0)).toEqual([]);
  }, TEST_MS);

  test('notices every answer that is not as its case says', async () => {
    const played = await play([join(import.meta.dirname, 'wrong-cases.yaml')]);
    expect(played.length).toBeGreaterThan(12);
    expect(played.filter(({ played: name, failure }) => failure === null || !failure.includes(name.slice(name.indexOf(':') + 2)))).toEqual([]);
  }, TEST_MS);
});
