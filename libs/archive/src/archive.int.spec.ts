import { createPublicKey, verify } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Judge, type EventLog, type LogRecord, type TopicPartition } from '#ledger';
import { openArchive, type Archive } from './archive.js';
import { archiveAsLog, withArchive, withArchiveIn, type LogReader } from './archived-log.js';
import { ChainLog, testSigner } from './chain.fixture.js';
import { readManifest, type Manifest } from './manifest.js';
import { writeArchive, type WriteArchiveOptions } from './write-archive.js';

const A: TopicPartition = { topic: 'docket.decisions', partition: 0 };
const B: TopicPartition = { topic: 'docket.decisions', partition: 1 };
const SIGNER = testSigner();
let folder: string;
let log: ChainLog;
let opened: Archive[];

beforeEach(async () => {
  opened = [];
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
  log = await ChainLog.of({ 'docket.decisions': 2 });
  for (const tp of [A, B]) await log.claim(tp);
});
afterEach(async () => {
  await Promise.all(opened.map((archive) => archive.close()));
  await rm(folder, { recursive: true, force: true });
});

const write = (name: string, beforeMs: number, more: Partial<WriteArchiveOptions> = {}): Promise<Manifest> =>
  writeArchive({ log, partitions: [A, B], beforeMs, out: join(folder, name), signer: SIGNER, compression: 'none', nowMs: 5_000, ...more });

async function open(...names: string[]): Promise<Archive> {
  const archive = await openArchive(names.map((name) => join(folder, name)));
  opened.push(archive);
  return archive;
}

async function all(reader: LogReader, tp: TopicPartition, from = 0): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (let at = from, end = await reader.endOffset(tp); at < end; at = found.at(-1)!.offset + 1) found.push(...await reader.read(tp, at, { maxRecords: 3 }));
  return found;
}

const text = (records: readonly LogRecord[]): string[] => records.map(({ offset, timestampMs, key, value }) => `${offset} ${timestampMs} ${Buffer.from(key ?? []).toString()} ${Buffer.from(value).toString()}`);

test('holds what happened before the time and nothing after it, and ends with a valid event', async () => {
  for (const timeMs of [100, 200, 300]) await log.event(A, timeMs);
  await log.claim(A, 'b');
  await log.append(A, Buffer.from('a stranger’s'));
  for (const timeMs of [400, 1_000]) await log.event(A, timeMs);
  await log.event(B, 2_000);

  const { files } = await write('one', 300);
  expect(files.map(({ records, endOffset, end }) => [records, endOffset, end.timeMs])).toEqual([[3, 3, 200], [0, 0, 0]]);
  const later = await write('two', 1_000);
  expect(later.files.map(({ records }) => records)).toEqual([7, 0]);
  const archive = await open('two');
  expect(text(await all(archiveAsLog(archive), A))).toEqual(text((await log.read(A, 0)).slice(0, 7)));
  const unending = await write('three', 400);
  expect(unending.files[0]!.endOffset).toBe(4);
});

test('the next archive begins where the last one ended, and both together are the log', async () => {
  for (let timeMs = 0; timeMs < 50; timeMs += 1) await log.event(timeMs % 3 === 0 ? B : A, timeMs);
  const whole = { [A.partition]: text(await log.read(A, 0)), [B.partition]: text(await log.read(B, 0)) };
  const one = await write('one', 20);
  const previous = await readManifest(join(folder, 'one'));
  const two = await write('two', 40, { log: withArchive(log, await open('one')), previous });
  expect(two.previous).toBe(previous.sha256);
  expect(two.files.map(({ firstOffset, start }) => [firstOffset, start])).toEqual(one.files.map(({ endOffset, end }) => [endOffset, end]));
  for (const tp of [A, B]) {
    log.deleteBelow(tp, two.files[tp.partition]!.endOffset);
    const joined = withArchive(log, await open('one', 'two'));
    expect(text(await all(joined, tp))).toEqual(whole[tp.partition]);
    expect(text(await all(joined, tp, 5))).toEqual(whole[tp.partition]!.slice(5));
  }
});

test('a folder of archives is opened as one', async () => {
  for (let timeMs = 0; timeMs < 10; timeMs += 1) await log.event(A, timeMs);
  await write('z', 5);
  await write('a', 9, { log: withArchive(log, await open('z')), previous: await readManifest(join(folder, 'z')) });
  await mkdir(join(folder, 'something else'));
  await writeFile(join(folder, 'notes.txt'), 'hello');
  expect((await open('.')).range(A)).toMatchObject({ firstOffset: 0, endOffset: 10 });
});

test('archives that leave something out between them, or overlap, or are of two logs, are refused', async () => {
  for (let timeMs = 0; timeMs < 30; timeMs += 1) await log.event(A, timeMs);
  await write('one', 10);
  const afterOne = { log: withArchive(log, await open('one')), previous: await readManifest(join(folder, 'one')) };
  await write('two', 20, afterOne);
  await write('three', 29, { log: withArchive(log, await open('one', 'two')), previous: await readManifest(join(folder, 'two')) });
  await write('overlap', 25, afterOne);
  const other = await ChainLog.of({ 'docket.decisions': 2 });
  await other.claim(A, 'c');
  for (let timeMs = 0; timeMs < 30; timeMs += 1) await other.event(A, timeMs);
  await write('other', 10, { log: other });

  await expect(open('one', 'three')).rejects.toThrow(/records 11 to 20 are missing: the archive that holds them is not here/);
  await expect(open('one', 'two', 'overlap')).rejects.toMatchObject({ reason: 'ARCHIVE_GAP', message: expect.stringContaining('as well') as string });
  await expect(open('other', 'two')).rejects.toThrow(/does not go on from .*other/);
  expect((await open('one', 'two', 'one')).range(A)).toMatchObject({ firstOffset: 0, endOffset: 21 });
});

describe('in place of the beginning', () => {
  let archive: Archive;
  let joined: EventLog;
  beforeEach(async () => {
    for (let timeMs = 0; timeMs < 20; timeMs += 1) await log.event(A, timeMs);
    await write('one', 10);
    archive = await open('one');
    joined = withArchive(log, archive);
  });

  test.each([['all of it', 0], ['all but the last archived record', 10], ['exactly the rest', 11]])('a log that still holds %s goes on', async (_what, begin) => {
    const whole = text(await log.read(A, 0));
    log.deleteBelow(A, begin);
    expect(text(await all(joined, A))).toEqual(whole);
    await log.event(A, 77);
    expect(await joined.endOffset(A)).toBe(22);
    expect(await joined.read(A, 21)).toHaveLength(1);
    const judge = new Judge(A.topic, A.partition);
    for (const record of await all(joined, A)) expect(judge.judge(record).kind).not.toBe('void');
  });

  test('what somebody archives and deletes meanwhile is found', async () => {
    const whole = text(await log.read(A, 0));
    const following = withArchiveIn(log, folder);
    expect(text(await all(following, A))).toEqual(whole);
    await write('two', 15, { log: joined, previous: await readManifest(join(folder, 'one')) });
    log.deleteBelow(A, 15);
    expect(text(await all(following, A))).toEqual(whole);
    await following.close();
  });

  test('a log that begins later is refused, since nobody has what lies between', async () => {
    log.deleteBelow(A, 12);
    for (const from of [0, 5, 11, 15]) await expect(joined.read(A, from)).rejects.toMatchObject({ kind: 'data_loss', reason: 'ARCHIVE_MISMATCH', message: expect.stringContaining('begins later') as string });
  });

  test('another log is refused: by the record that both hold, by the next one, or because it is shorter', async () => {
    const other = await ChainLog.of({ 'docket.decisions': 2 });
    await other.claim(A, 'c');
    await other.event(A, 0);
    await expect(withArchive(other, archive).read(A, 1)).rejects.toThrow(/the live log ends at offset 2 already/);
    for (let timeMs = 1; timeMs < 20; timeMs += 1) await other.event(A, timeMs);
    await expect(withArchive(other, archive).read(A, 1)).rejects.toThrow(/holds another record at offset 10/);
    other.deleteBelow(A, 11);
    await expect(withArchive(other, archive).read(A, 15)).rejects.toThrow(/record at offset 11 does not go on from it/);
  });

  test('a partition that is not archived is the live one', async () => {
    await rm(folder, { recursive: true });
    expect(text(await withArchive(log, await emptyArchive()).read(B, 0))).toEqual(text(await log.read(B, 0)));
  });
});

async function emptyArchive(): Promise<Archive> {
  const path = join(folder, 'none');
  await mkdir(path, { recursive: true });
  await writeArchive({ log, partitions: [], beforeMs: 0, out: path, signer: SIGNER, compression: 'none', nowMs: 0 });
  return openArchive(path);
}

describe('what was changed since', () => {
  beforeEach(async () => {
    for (let timeMs = 0; timeMs < 20; timeMs += 1) await log.event(A, timeMs);
    await write('one', 15);
  });
  const file = (name = 'docket.decisions-0.jsonl'): string => join(folder, 'one', name);
  const edit = async (name: string, change: (content: Buffer) => Buffer | string): Promise<void> => writeFile(file(name), change(await readFile(file(name))));

  test('a record is found before anything of its file is handed out', async () => {
    await edit('docket.decisions-0.jsonl', (content) => content.toString().replace('"data":7', '"data":8'));
    const reader = archiveAsLog(await open('one'));
    await expect(reader.read(A, 0)).rejects.toMatchObject({ kind: 'data_loss', reason: 'LOG_FILE_DAMAGED', message: expect.stringContaining('docket.decisions-0.jsonl') as string });
    await expect(reader.read(A, 0)).rejects.toMatchObject({ reason: 'LOG_FILE_DAMAGED' });
    expect(await reader.read(B, 0)).toEqual([]);
  });

  test('a file with a trailer made anew is not the one that was signed', async () => {
    const other = await ChainLog.of({ 'docket.decisions': 2 });
    await other.claim(A);
    for (let timeMs = 0; timeMs < 20; timeMs += 1) await other.event(A, timeMs, 'forged');
    await write('forged', 15, { log: other });
    await rename(join(folder, 'forged', 'docket.decisions-0.jsonl'), file());
    await expect(archiveAsLog(await open('one')).read(A, 0)).rejects.toThrow(/not the file that the manifest was signed for/);
  });

  test('any byte of the manifest or its signature', async () => {
    for (const name of ['manifest.json', 'manifest.json.sig']) {
      const whole = await readFile(file(name));
      for (let at = 0; at < whole.length; at += name.endsWith('sig') ? 5 : 29) {
        const changed = Buffer.from(whole);
        changed[at]! ^= 0x01;
        await writeFile(file(name), changed);
        await expect(open('one')).rejects.toMatchObject({ reason: 'LOG_FILE_DAMAGED' });
      }
      await writeFile(file(name), whole);
    }
    expect((await open('one')).range(A)?.endOffset).toBe(16);
  });

  test('files exchanged for each other, and files that are gone', async () => {
    await rename(file('docket.decisions-1.jsonl'), file('x'));
    await expect(open('one')).rejects.toThrow(/docket\.decisions-1\.jsonl cannot be read: there is no such file/);
    await rename(file(), file('docket.decisions-1.jsonl'));
    await rename(file('x'), file());
    await expect(open('one')).rejects.toThrow(/line 1: it is not the file that the manifest describes/);
  });

  test('a key that is not trusted', async () => {
    const path = join(folder, 'one');
    await expect(openArchive(path, { trusted: [testSigner().publicKey] })).rejects.toMatchObject({ reason: 'ARCHIVE_NOT_TRUSTED' });
    expect((await openArchive(path, { trusted: [testSigner().publicKey, SIGNER.publicKey] })).ranges()).toHaveLength(2);
  });
});

test('the signature is one over the manifest as it lies there, which any Ed25519 verifies', async () => {
  await write('one', 10);
  const [bytes, signature] = await Promise.all(['manifest.json', 'manifest.json.sig'].map((name) => readFile(join(folder, 'one', name))));
  expect(verify(null, bytes!, createPublicKey(SIGNER.publicKey), signature!)).toBe(true);
});

test.each(['gzip', 'zstd'] as const)('a compressed archive is the same archive: %s', async (compression) => {
  for (let timeMs = 0; timeMs < 2_000; timeMs += 1) await log.event(A, timeMs, 'x'.repeat(200));
  const plain = await write('plain', 1_990);
  const packed = await write('packed', 1_990, { compression });
  expect(packed.files[0]!.bytes).toBeLessThan(plain.files[0]!.bytes / 2);
  expect(packed.files[0]!.linesSha256).toBe(plain.files[0]!.linesSha256);
  const joined = withArchive(log, await open('packed'));
  expect(text(await all(joined, A, 1_500))).toEqual(text(await all(log, A, 1_500)));
});

test('reading back says how far it has come, record by record and not file by file', async () => {
  for (let timeMs = 0; timeMs < 3_000; timeMs += 1) await log.event(A, timeMs, 'x'.repeat(1_000));
  const readBack: number[] = [];
  const { files } = await write('one', 2_990, { onReadBack: (records, of) => readBack.push(records, of) });
  const all = files.reduce((sum, { records }) => sum + records, 0);
  const [counts, totals] = [0, 1].map((rest) => readBack.filter((_, index) => index % 2 === rest));
  expect([counts!.reduce((sum, one) => sum + one, 0), new Set(totals)]).toEqual([all, new Set([all])]);
  expect(counts!.length).toBeGreaterThan(3);
});

test('a log whose chain is broken is not archived, and nothing is left', async () => {
  for (const timeMs of [1, 2]) await log.event(A, timeMs);
  await log.append(A, Buffer.from((await log.read(A, 2))[0]!.value).fill('"', 0, 0));
  await log.append(A, Buffer.from(Buffer.from((await log.read(A, 2))[0]!.value).toString().replaceAll('"seq":"2"', '"seq":"9"').replaceAll('"id":"1-2"', '"id":"1-9"')));
  await log.claim(A, 'b');
  await expect(write('one', 10)).rejects.toMatchObject({ kind: 'data_loss', reason: 'CHAIN_BROKEN' });
  expect(await readdir(folder)).toEqual([]);
});

test('a folder that holds something is left alone', async () => {
  await write('one', 10);
  const before = await readFile(join(folder, 'one', 'manifest.json'));
  await expect(write('one', 20)).rejects.toMatchObject({ reason: 'ARCHIVE_FOLDER_IN_USE', message: expect.stringContaining('it holds an archive') as string });
  expect(await readFile(join(folder, 'one', 'manifest.json'))).toEqual(before);
});

test('folders above it are made, and where there can be none it says so', async () => {
  const made = await write('a/b/c', 10);
  expect(made.files.length).toBeGreaterThan(0);
  await writeFile(join(folder, 'a', 'file'), '');
  await expect(write('a/file/x', 10)).rejects.toMatchObject({ reason: 'LOG_FILE_UNWRITABLE', message: expect.stringContaining('what is to be its folder is a file') as string });
});

test('a beginning that is gone is not archived as if there were none', async () => {
  for (const timeMs of [1, 2]) await log.event(A, timeMs);
  log.deleteBelow(A, 2);
  await expect(write('one', 10)).rejects.toMatchObject({ reason: 'OFFSET_OUT_OF_RANGE' });
  expect(await readdir(folder)).toEqual([]);
});
