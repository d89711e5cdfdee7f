import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { GRANTS, START_MS, type History } from '../../test/random-history.js';
import { testGrantKey } from '../../test/seal.js';
import { toldHistory } from '../../test/told-history.js';
import { SETTINGS } from '../../test/written-log.js';
import type { ValueKeys } from '../grant-values.js';
import { DECISIONS_TOPIC, REGISTRY } from '../registry-facts.js';
import { logAsReplayLog } from '../replay-log.js';
import { eventWriter, type ExportFormat } from './event-writers.js';
import { exportEvents, type ExportJob } from './export-events.js';
import { FileOutput, streamOutput } from './output.js';

const GOLDEN = join(import.meta.dirname, '..', '..', 'test', 'golden');
const signal = new AbortController().signal;
const keys: ValueKeys = { keyOf: (grantId) => (grantId === GRANTS[1] ? 'erased' : testGrantKey(grantId)) };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function job(history: History, more: Partial<ExportJob> = {}): ExportJob {
  return {
    log: logAsReplayLog(history.log()), partitions: [REGISTRY, { topic: DECISIONS_TOPIC, partition: 0 }], settings: SETTINGS, range: { fromMs: 0, toMs: Infinity }, signal, ...more,
  };
}

async function exported(history: History, format: ExportFormat, more: Partial<ExportJob> = {}): Promise<string> {
  const path = join(folder, `export.${format}`);
  const output = await FileOutput.create(path);
  const writer = eventWriter(format, output, { reveal: more.reveal !== undefined });
  for await (const batch of exportEvents(job(history, more))) await writer.write(batch);
  await writer.finish();
  await output.commit();
  return path;
}

async function objects(history: History, more: Partial<ExportJob> = {}): Promise<Record<string, unknown>[]> {
  return (await readFile(await exported(history, 'jsonl', more), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

test.each(['jsonl', 'csv'] as const)('a history is the same text for ever: %s', async (format) => {
  const text = await readFile(await exported(toldHistory(), format, { reveal: keys }), 'utf8');
  const golden = join(GOLDEN, `export.${format}`);
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(golden, text);
  expect(text).toBe(await readFile(golden, 'utf8'));
});

test('Parquet holds what CSV does, type by type', async () => {
  const history = toldHistory();
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(await exported(history, 'parquet', { reveal: keys })) });
  const [header = '', ...lines] = csvRecords(await readFile(await exported(history, 'csv', { reveal: keys }), 'utf8'));
  expect(Object.keys(rows[0]!).join(',')).toBe(header);
  const asCsv = rows.map((row) => Object.values(row).map((cell) => {
    const text = cell === null || cell === undefined ? '' : cell instanceof Date ? cell.toISOString().replace('.000Z', 'Z') : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(','));
  expect(asCsv).toEqual(lines);
  expect(rows[0]).toMatchObject({ partition: 0, offset: 1n, time: new Date(START_MS) });
});

/** Lines, but for line feeds inside quotes. */
function csvRecords(text: string): string[] {
  return text.trimEnd().split(/\n(?=(?:[^"]*"[^"]*")*[^"]*$)/);
}

test('rows come in the order of their times, of both topics, and void records are none of them', async () => {
  const history = toldHistory();
  const rows = await objects(history);
  const times = rows.map(({ time }) => Date.parse(String(time)));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(new Set(rows.map(({ event }) => event))).toEqual(new Set(['RegistryCreated', 'PolicyPublished', 'PolicyVersionSet', 'GrantSet', 'CallDecided', 'CallSettled', 'ApprovalResolved']));
  expect(rows.filter(({ event }) => event === 'CallDecided')).toHaveLength(history.journal.filter(({ type }) => type === 'call').length);
  expect(JSON.stringify(rows)).not.toContain('secret');
});

test('only the times and the grants that were asked for', async () => {
  const history = toldHistory();
  expect((await objects(history, { grants: [GRANTS[1]] })).map(({ grantId }) => grantId)).toEqual([GRANTS[1], GRANTS[1], GRANTS[1]]);
  const later = await objects(history, { range: { fromMs: START_MS + 1, toMs: START_MS + 1_250 } });
  expect(later.map(({ event }) => event)).toEqual(['CallSettled', 'CallDecided', 'CallDecided', 'CallDecided', 'CallSettled']);
});

test('values are sealed unless they are asked for, and then exact; erased ones are marked', async () => {
  const history = toldHistory();
  expect((await readFile(await exported(history, 'jsonl'), 'utf8'))).not.toContain('9007199254740993');
  const lines = (await readFile(await exported(history, 'jsonl', { reveal: keys }), 'utf8')).split('\n');
  expect(lines.find((line) => line.includes('"tool":"plain"'))).toContain('"arguments":{"amount":9007199254740993,"note":"a \\"quoted\\", long\\nnote"}}');
  const calls = lines.filter((line) => line.includes('"CallDecided"')).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(calls.filter(({ grantId }) => grantId === GRANTS[1]).map((row) => [row['argumentsShown'], row['arguments']])).toEqual([['ERASED', undefined], ['ERASED', undefined]]);
});

test('more than one row group is read back whole', async () => {
  const history = toldHistory();
  for (let i = 0; i < 20_100; i += 1) history.partition.call({ grant: GRANTS[0], tool: 'hidden' });
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(await exported(history, 'parquet')), columns: ['offset'] });
  const decisions = history.records.length - 3;
  expect(rows.length).toBe(decisions + history.registry.records.length - 1);
});

test('a log without events is a file without rows', async () => {
  const none = { range: { fromMs: START_MS + 1e9, toMs: Infinity } };
  expect(await readFile(await exported(toldHistory(), 'jsonl', none), 'utf8')).toBe('');
  expect((await readFile(await exported(toldHistory(), 'csv', none), 'utf8')).split('\n')).toHaveLength(2);
  expect(await parquetReadObjects({ file: await asyncBufferFromFile(await exported(toldHistory(), 'parquet', none)) })).toEqual([]);
});

test('a file has its name only once it is whole, and what was there before is there until then', async () => {
  const path = join(folder, 'out.jsonl');
  await writeFile(path, 'before');
  const given = await FileOutput.create(path);
  await given.write(Buffer.from('half'));
  expect(await readFile(path, 'utf8')).toBe('before');
  await given.discard();
  expect(await readdir(folder)).toEqual(['out.jsonl']);
  const kept = await FileOutput.create(path);
  await kept.write(Buffer.from('whole'));
  await kept.commit();
  expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['whole', ['out.jsonl']]);
});

test('a place that cannot be written to is said to be so', async () => {
  await expect(FileOutput.create(join(folder, 'no', 'out.csv'))).rejects.toMatchObject({ reason: 'EXPORT_UNWRITABLE', message: expect.stringContaining('there is no such folder') as string });
});

test('a reader that is slower is waited for', async () => {
  let waiting: (() => void) | undefined;
  const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => { waiting = done; } });
  let isWritten = false;
  const writing = streamOutput(slow).write(Buffer.from('a line')).then(() => { isWritten = true; });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isWritten).toBe(false);
  waiting!();
  await writing;
  expect(isWritten).toBe(true);
});

test('an export that is stopped ends there', async () => {
  const stop = new AbortController();
  const history = toldHistory();
  for (let i = 0; i < 2_000; i += 1) history.partition.call({ grant: GRANTS[0], tool: 'hidden' });
  const reading = async (): Promise<void> => {
    for await (const batch of exportEvents(job(history, { signal: stop.signal }))) if (batch.length > 0) stop.abort();
  };
  await expect(reading()).rejects.toThrow(/abort/i);
});
