import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord, TopicPartition } from '#ledger';
import { openArchive } from './archive.js';
import { ChainLog, testSigner } from './chain.fixture.js';
import { ComparedLog } from './compared-log.js';
import { writeArchive } from './write-archive.js';

const TP: TopicPartition = { topic: 'docket.decisions', partition: 0 };
/** Offsets 0 to 10 are archived, the log goes on to 20. */
const ARCHIVED = 11;
const END = 21;
let folder: string;
let log: ChainLog;
let compared: ComparedLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
  log = await ChainLog.of({ [TP.topic]: 1 });
  await log.claim(TP);
  for (let timeMs = 0; timeMs < 20; timeMs += 1) await log.event(TP, timeMs);
  await writeArchive({ log, partitions: [TP], beforeMs: 10, out: join(folder, 'one'), signer: testSigner(), compression: 'none', nowMs: 5_000 });
  compared = new ComparedLog(log, () => openArchive(folder));
});
afterEach(async () => {
  await compared.close();
  await rm(folder, { recursive: true, force: true });
});

async function readAll(reader = compared, end = END): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  while (found.length < end) found.push(...await reader.read(TP, found.length, { maxRecords: 4 }));
  return found;
}
const texts = (records: readonly LogRecord[]): string[] => records.map(({ value }) => Buffer.from(value).toString());

test('what both hold is read from the archive, compared, and the same', async () => {
  expect(await compared.endOffset(TP)).toBe(END);
  expect(texts(await readAll())).toEqual(texts(await log.read(TP, 0)));
  // Reading again counts nothing twice.
  await compared.read(TP, 2);
  expect([await compared.differences(TP), compared.readFrom(TP)]).toEqual([[], { archive: ARCHIVED, live: END - ARCHIVED, compared: ARCHIVED }]);
});

test('what the live log has deleted since is not compared, and no difference', async () => {
  const whole = texts(await log.read(TP, 0));
  log.deleteBelow(TP, 7);
  expect(texts(await readAll())).toEqual(whole);
  expect([await compared.differences(TP), compared.readFrom(TP)]).toEqual([[], { archive: ARCHIVED, live: END - ARCHIVED, compared: ARCHIVED - 7 }]);
});

test.each([0, 5, 10])('a record of the live log that is another one than the archive’s is found: %i', async (offset) => {
  log.change(TP, offset, Buffer.from('another'));
  expect(texts(await readAll())[offset]).not.toBe('another');
  expect(await compared.differences(TP)).toEqual([{ kind: 'changed', offset, what: expect.stringMatching(/^the live log holds another record there than the archive does \(.*docket\.decisions-0\.jsonl\)/) as string }]);
});

test('records that the live log has lost are found, and what lies before them is compared', async () => {
  for (const offset of [5, 6]) log.change(TP, offset, undefined);
  await readAll();
  expect(await compared.differences(TP)).toEqual([{ kind: 'missing', offset: 5, throughOffset: 6, what: expect.stringContaining('the live log has lost the records from offset 5 to 6; the archive holds it') as string }]);
  expect(compared.readFrom(TP)).toMatchObject({ compared: 5 });
});

test('a live log that ends before the archive does was cut', async () => {
  const shorter = await ChainLog.of({ [TP.topic]: 1 });
  for (const { value } of await log.read(TP, 0, { maxRecords: 8 })) await shorter.append(TP, value);
  const reader = new ComparedLog(shorter, () => openArchive(folder));
  expect(await reader.endOffset(TP)).toBe(ARCHIVED);
  await readAll(reader, ARCHIVED);
  expect(await reader.differences(TP)).toEqual([{ kind: 'cut', offset: 8, what: expect.stringContaining('its end was cut off') as string }]);
  await reader.close();
});

test('what is archived and deleted while it is read is read from the archive', async () => {
  await readAll();
  const later = new ComparedLog(log, async () => (isThere ? openArchive(folder) : undefined));
  let isThere = false;
  expect(await later.read(TP, 0, { maxRecords: 4 })).toHaveLength(4);
  isThere = true;
  log.deleteBelow(TP, 9);
  expect((await later.read(TP, 4))[0]).toMatchObject({ offset: 4 });
  await later.close();
});

describe('a file that is not whole', () => {
  const file = (): string => join(folder, 'one', 'docket.decisions-0.jsonl');
  const edit = async (change: (lines: string[]) => string[]): Promise<void> => writeFile(file(), change((await readFile(file(), 'utf8')).split('\n')).join('\n'));
  const inOnePiece = (): ComparedLog => new ComparedLog(undefined, () => openArchive(file(), { isTolerant: true }));

  test('is read as it is, and named', async () => {
    await edit((lines) => lines.map((line, index) => (index === 6 ? line.replace('"data":4', '"data":9') : line)));
    for (const reader of [compared, inOnePiece()]) {
      expect(texts(await readAll(reader, ARCHIVED))[5]).toContain('"data":9');
      expect(await reader.differences(TP)).toContainEqual({ kind: 'file', offset: 0, throughOffset: ARCHIVED - 1, what: expect.stringContaining('a line before it was changed') as string });
      if (reader !== compared) await reader.close();
    }
    expect(await compared.differences(TP)).toContainEqual(expect.objectContaining({ kind: 'changed', offset: 5 }));
  });

  test('is read up to where it can be read, and rejects there with its line', async () => {
    await edit((lines) => [...lines.slice(0, 6), ...lines.slice(7)]);
    for (const reader of [compared, inOnePiece()]) {
      expect(await reader.read(TP, 0)).toHaveLength(5);
      if (reader === compared) await expect(reader.read(TP, 5)).rejects.toMatchObject({ reason: 'LOG_FILE_DAMAGED', message: expect.stringContaining('line 7: found the record at offset 6, expected offset 5') as string });
      else expect(await reader.endOffset(TP)).toBe(5);
      expect((await reader.differences(TP)).map(({ kind }) => kind)).toContain('file');
      if (reader !== compared) await reader.close();
    }
  });
});
