import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { LogRecord } from '#ledger';
import type { Compression } from './log-file.format.js';
import { LogFile, readLogFile } from './log-file.reader.js';
import { writeLogFile } from './log-file.writer.js';

const HEADER = { topic: 'docket.decisions', partition: 3, firstOffset: 100 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const event = (n: number): LogRecord => ({
  offset: HEADER.firstOffset + n, timestampMs: 1_700_000_000_000 + n, key: Buffer.from(`grant ${n}`), value: Buffer.from(`{"n":${n},"text":"ä \\" } \\n"}`),
});
const events = (count: number): LogRecord[] => Array.from({ length: count }, (_, n) => event(n));

async function* inBatches(records: readonly LogRecord[], size = 7): AsyncGenerator<LogRecord[]> {
  for (let at = 0; at < records.length; at += size) yield records.slice(at, at + size);
}

async function write(records: readonly LogRecord[], compression: Compression = 'none'): Promise<string> {
  const path = join(folder, 'log.jsonl');
  await writeLogFile(path, HEADER, inBatches(records), { compression });
  return path;
}

async function read(path: string, fromOffset?: number): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const batch of readLogFile(path, { fromOffset })) found.push(...batch);
  return found;
}

const plain = (records: readonly LogRecord[]) => records.map(({ key, value, ...rest }) => ({ ...rest, key: key && Buffer.from(key).toString('hex'), value: Buffer.from(value).toString('hex') }));

test.each<Compression>(['none', 'gzip', 'zstd'])('what was written is read, byte for byte, from any offset on: compression %s', async (compression) => {
  const written = events(50);
  const path = await write(written, compression);
  expect(plain(await read(path))).toEqual(plain(written));
  expect(plain(await read(path, 120))).toEqual(plain(written.slice(20)));
  expect(await read(path, 150)).toEqual([]);
  expect(await readdir(folder)).toEqual(['log.jsonl']);
});

test('any bytes can be a key or a value, also what is no JSON, no text or no line', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string().map((text) => Buffer.from(text)), fc.json().map((text) => Buffer.from(text)), fc.constantFrom('{"a":\n1}', ' 1', '"}', '{"records":1}').map((text) => Buffer.from(text)));
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.option(bytes), bytes)), async (pairs) => {
    const written = pairs.map(([key, value], n) => ({ ...event(n), key, value }));
    expect(plain(await read(await write(written)))).toEqual(plain(written));
  }), { numRuns: 60 });
});

test('a plain file is JSON lines that any tool can read, with the event itself as `v`', async () => {
  const lines = (await readFile(await write(events(2)), 'utf8')).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { format: 'docket.log', version: 1, ...HEADER },
    { o: 100, t: 1_700_000_000_000, k: Buffer.from('grant 0').toString('base64'), v: { n: 0, text: 'ä " } \n' } },
    { o: 101, t: 1_700_000_000_001, k: Buffer.from('grant 1').toString('base64'), v: { n: 1, text: 'ä " } \n' } },
    { records: 2, lastOffset: 101, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
  ]);
});

test('a file without records is a log file too', async () => {
  expect(await read(await write([]))).toEqual([]);
});

test('a file that was read once is entered near the wanted record, and gives the same', async () => {
  const big = events(3_000).map((record) => ({ ...record, value: Buffer.from(`{"n":${record.offset},"pad":"${'x'.repeat(1_000)}"}`) }));
  const file = await LogFile.open(await write(big));
  await file.verify();
  for (const from of [100, 101, 2_000, 3_099]) {
    const found: LogRecord[] = [];
    for await (const batch of file.read({ fromOffset: from })) found.push(...batch);
    expect(found.map(({ offset }) => offset)).toEqual(big.slice(from - 100).map(({ offset }) => offset));
    expect(found[0]!.value).toEqual(big[from - 100]!.value);
  }
});

test('lines of any length come whole, in memory of their own or in memory that the batch after the next takes', async () => {
  const lengths = [10, 700_000, 400_000, 3_000_000, 1_048_576, 5, 2_200_000, 90];
  const written = Array.from({ length: 40 }, (_, n) => ({ ...event(n), value: Buffer.from(`{"n":${n},"pad":"${String.fromCharCode(97 + (n % 26)).repeat(lengths[n % lengths.length]!)}"}`) }));
  const path = await write(written);
  const [all, oneByOne]: [LogRecord[], ReturnType<typeof plain>] = [[], []];
  for await (const batch of readLogFile(path)) all.push(...batch);
  for await (const batch of readLogFile(path, { isReused: true })) oneByOne.push(...plain(batch));
  expect(plain(all)).toEqual(plain(written));
  expect(oneByOne).toEqual(plain(written));
});

test('a file that was cut anywhere is refused, with its name', async () => {
  const path = await write(events(2));
  const whole = await readFile(path);
  for (let length = 0; length < whole.length; length += 1) {
    await writeFile(path, whole.subarray(0, length));
    await expect(read(path)).rejects.toMatchObject({ kind: 'data_loss', reason: 'LOG_FILE_DAMAGED', message: expect.stringContaining(path) as string });
  }
});

test.each<Compression>(['gzip', 'zstd'])('a compressed file that was cut is refused: %s', async (compression) => {
  const path = await write(events(500), compression);
  const { length } = await readFile(path);
  // The last bytes of a zstd file are no content: without them it is still all there.
  for (const left of [length - 60, length >> 1, 20, 4]) {
    await truncate(path, left);
    await expect(read(path)).rejects.toMatchObject({ kind: 'data_loss', reason: 'LOG_FILE_DAMAGED' });
  }
});

test('a file with any byte changed is refused', async () => {
  const path = await write(events(2));
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole);
    changed[at]! ^= 0x01;
    await writeFile(path, changed);
    await expect(read(path)).rejects.toMatchObject({ kind: 'data_loss', reason: 'LOG_FILE_DAMAGED' });
  }
});

test('says the line, and what is wrong with it', async () => {
  const path = await write(events(5));
  const lines = (await readFile(path, 'utf8')).split('\n');
  const cases: [(lines: string[]) => string[], RegExp][] = [
    [(all) => all.toSpliced(3, 1), /log\.jsonl, line 4: found the record at offset 103, expected offset 102/],
    [(all) => all.toSpliced(2, 0, all[2]!), /line 4: found the record at offset 101, expected offset 102/],
    [(all) => all.toSpliced(2, 1, all[2]!.replace('"t":', '"T":')), /line 3: expected ,"t": at character 9/],
    [(all) => all.toSpliced(2, 1, all[2]!.replace('"k":"', '"k":"*')), /line 3: the key is not base64/],
    [(all) => all.toSpliced(2, 1, all[2]!.replace('"n":1', '"n":7')), /line 7: a line before it was changed/],
    [(all) => all.toSpliced(2, 1, all[2]!.slice(0, -2)), /line 3: expected } at the end/],
    [(all) => all.toSpliced(6, 1), /ends behind offset 104 without a trailer/],
    [(all) => all.toSpliced(7, 0, all[1]!), /line 8: expected the end of the file behind its trailer/],
    [(all) => ['hello', ...all.slice(1)], /line 1: expected the header of a log file, found something that is not JSON/],
    [(all) => [all[0]!.replace('"version":1', '"version":2'), ...all.slice(1)], /line 1: expected the header of a log file; see \/version/],
  ];
  for (const [change, message] of cases) {
    await writeFile(path, change(lines).join('\n'));
    await expect(read(path)).rejects.toThrow(message);
  }
});

test('a line that never ends is refused before it fills the memory', async () => {
  const path = await write([]);
  await writeFile(path, Buffer.alloc(20 * 1024 * 1024, 'x'));
  await expect(read(path)).rejects.toThrow(/longer than 8388608 bytes/);
});

test('a file that is not there is said to be so', async () => {
  await expect(read(join(folder, 'other.jsonl'))).rejects.toMatchObject({ reason: 'LOG_FILE_UNREADABLE', message: expect.stringContaining('there is no such file') as string });
});

test('a writing that fails leaves nothing behind, and an older file as it was', async () => {
  const path = await write(events(3));
  const before = await readFile(path);
  async function* gap(): AsyncGenerator<LogRecord[]> {
    yield [event(0)];
    yield [event(2)];
  }
  await expect(writeLogFile(path, HEADER, gap())).rejects.toMatchObject({ reason: 'LOG_GAP' });
  await expect(writeLogFile(join(folder, 'no', 'log.jsonl'), HEADER, gap())).rejects.toMatchObject({ reason: 'LOG_FILE_UNWRITABLE' });
  expect(await readdir(folder)).toEqual(['log.jsonl']);
  expect(await readFile(path)).toEqual(before);
});
