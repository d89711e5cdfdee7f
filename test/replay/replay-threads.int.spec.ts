import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLogFile } from '#archive';
import type { LogRecord } from '#ledger';
import { docket } from '../../apps/cli/src/cli.fixture.js';
import { DOCUMENTS, GRANTS, START_MS } from '../../libs/replay/test/random-history.js';
import { WrittenPartition, WrittenRegistry } from '../../libs/replay/test/written-log.js';

const CLI = join(import.meta.dirname, '../../dist/apps/cli/src/main.js');
const CALLS = 3_000;
let folder: string;
let files: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
  const registry = new WrittenRegistry(2, START_MS);
  const version = registry.publish('main', JSON.stringify(DOCUMENTS[0]));
  files = [await write('docket.registry', 0, registry.records)];
  for (const partition of [0, 1]) {
    const records: LogRecord[] = [];
    const written = new WrittenPartition(partition, START_MS, registry, (record) => records.push(record));
    written.inForce('main', version);
    written.grant(GRANTS[partition]!);
    for (let i = 0; i < CALLS; i += 1) {
      written.nowMs += 700;
      written.call({ grant: GRANTS[partition]!, tool: i % 3 === 0 ? 'plain' : 'few', session: `s${i % 5}` });
    }
    // One forged verdict a partition: both threads have something to say.
    const { event } = written.call({ grant: GRANTS[partition]!, tool: 'hidden' });
    written.append({ ...event, call_id: written.callId(), verdict: 'ALLOW', rule: '' });
    files.push(await write('docket.decisions', partition, records));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(topic: string, partition: number, records: readonly LogRecord[]): Promise<string> {
  const file = join(folder, `${topic}-${partition}.jsonl`);
  await writeLogFile(file, { topic, partition, firstOffset: 0 }, (async function* () { yield [...records]; })());
  return file;
}

function built(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { PATH: process.env['PATH'] ?? '' } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

test('threads find together what one alone does', async () => {
  const [two, one] = await Promise.all(['2', '1'].map((threads) => built(['log', 'replay', '--threads', threads, '--json', '--file', ...files])));
  const report = (text: string): unknown => ({ ...(JSON.parse(text) as object), seconds: 0 });
  expect(report(two!.stdout)).toEqual(report(one!.stdout));
  expect([two!.code, one!.code]).toEqual([1, 1]);
  expect(JSON.parse(two!.stdout)).toMatchObject({ partitions: 2, verdicts: { compared: 2 * CALLS + 4, differing: 2 }, causes: { verdict: 2 }, differences: [{ partition: 0 }, { partition: 1 }] });
}, 300_000);

test('what fails in a thread ends the command with that line', async () => {
  const ran = await built(['log', 'replay', '--threads', '2', '--file', ...files, files[1]!]);
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/^docket: DATA_LOSS: docket.decisions\/0 at offset 0: expected the record at offset \d+$/m)]);
}, 300_000);

test('an export that is stopped in the middle leaves no half file', async () => {
  const stop = new AbortController();
  let isSeen = false;
  const look = (): void => {
    isSeen ||= readdirSync(folder).some((name) => name.includes('.part-'));
    if (isSeen) stop.abort();
    else if (!stop.signal.aborted) setImmediate(look);
  };
  look();
  const ran = await docket(['log', 'export', '--out', 'out.jsonl', '--file', ...files], { cwd: folder, signal: stop.signal });
  stop.abort();
  expect(isSeen).toBe(true);
  expect([ran.exitCode, ran.stderr]).toEqual([1, 'docket: ABORTED: stopped before the end; nothing was written\n']);
  expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([]);
});
