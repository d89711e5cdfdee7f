import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PostgresEventLog, findHead, sha256 } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { docket, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { DeciderFixture, SIXTY_A_MINUTE, callId } from '../../apps/decider/src/decider.fixture.js';

// What somebody who can write to the database, or to files of a log, may do to them; and what `docket` says of it then.
const REGISTRY = { topic: 'docket.registry', partition: 0 };
const DECISIONS = 'docket.decisions';
interface Place { readonly topic: string; readonly partition: number }
interface Found { readonly kind: string; readonly topic: string; readonly partition: number; readonly offset: number; readonly throughOffset?: number; readonly what: string }

let postgres: ThrowawayPostgres;
let url: string;
let pool: pg.Pool;
let decider: DeciderFixture;
let folder: string;
let heads: string;
/** The partition of the first grant's calls, and its records as they were written. */
let tp: Place;
let values: readonly Buffer[];
let registry: readonly Buffer[];
const calls: { readonly grant: string; readonly id: string }[] = [];
const receipts: { topic: string; partition: number; offset: string; hash: string }[] = [];

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  pool = new pg.Pool({ connectionString: url, max: 1 });
  folder = mkdtempSync(join(tmpdir(), 'docket-tampered-'));
  heads = join(folder, 'outside');
  decider = await new DeciderFixture(url).start({ DECISIONS_PARTITIONS: '2', HEADS_SINK: heads });
  const grant = await decider.grant();
  // Two runs: a claim and a signed head in the middle.
  for (let run = 0; run < 2; run += 1) {
    if (run > 0) await decider.start({ HEADS_SINK: heads });
    for (let n = 0; n < 4; n += 1) {
      calls.push({ grant: grant.id, id: callId() });
      const { receipt } = await decider.decide({ grant: grant.token, callId: calls.at(-1)!.id, tool: n === 3 ? 'delete_everything' : 'refresh_access_token', arguments: Buffer.from('{"secret":"value"}') });
      receipts.push({ topic: receipt!.topic, partition: receipt!.partition, offset: String(receipt!.offset), hash: receipt!.hash.toString('base64') });
    }
    await decider.stop();
  }
  tp = { topic: DECISIONS, partition: receipts[0]!.partition };
  [values, registry] = [await stored(tp), await stored(REGISTRY)];
}, 300_000);

afterAll(async () => {
  await pool.end();
  await decider.remove();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

const run = (...args: string[]): Promise<Ran> => docket([...args, '--data-dir', decider.folder], { cwd: folder, environment: { DATABASE_URL: url, KEYRING_FILE: join(decider.folder, 'keyring.json') } });

async function stored({ topic, partition }: Place): Promise<Buffer[]> {
  const { rows } = await pool.query<{ value: Buffer }>('SELECT value FROM ledger.record r JOIN ledger.head h ON h.id = r.head_id WHERE topic = $1 AND partition = $2 ORDER BY "offset"', [topic, partition]);
  return rows.map(({ value }) => value);
}

async function put({ topic, partition }: Place, records: readonly Uint8Array[]): Promise<void> {
  const { rows: [head] } = await pool.query<{ id: number }>('UPDATE ledger.head SET next_offset = $3, first_offset = 0 WHERE topic = $1 AND partition = $2 RETURNING id', [topic, partition, records.length]);
  await pool.query('DELETE FROM ledger.record WHERE head_id = $1', [head!.id]);
  await pool.query('INSERT INTO ledger.record (head_id, "offset", stored_at, value) SELECT $1, o - 1, now(), v FROM unnest($2::bytea[]) WITH ORDINALITY AS r (v, o)', [head!.id, records]);
}
const asWritten = async (): Promise<void> => {
  await put(tp, values);
  await put(REGISTRY, registry);
};
/** Rows that are gone, while everything else stays as it is. */
const drop = ({ topic, partition }: Place, offsets: readonly number[]): Promise<unknown> =>
  pool.query('DELETE FROM ledger.record r USING ledger.head h WHERE h.id = r.head_id AND topic = $1 AND partition = $2 AND "offset" = ANY ($3)', [topic, partition, offsets]);

async function faults(...args: string[]): Promise<readonly Found[]> {
  const { exitCode, stdout } = await run('log', 'verify', '--json', ...args);
  const report = JSON.parse(stdout) as { sound: boolean; faults: Found[] };
  expect([exitCode, report.sound]).toEqual(report.faults.length === 0 ? [0, true] : [1, false]);
  return report.faults;
}

const at = (type: string, nth = 0): number => values.map((value, offset) => ({ value, offset })).filter(({ value }) => value.includes(type))[nth]!.offset;
const flipped = (value: Buffer, index: number): Buffer => {
  const copy = Buffer.from(value);
  copy[index]! ^= 0x01;
  return copy;
};
const holds = ({ offset, throughOffset }: Found, where: number): boolean => offset <= where && where <= (throughOffset ?? offset);

/** Every way to change the records of a partition by hand, with the offset that must be named. */
function tamperings(): [string, readonly Buffer[], number][] {
  const call = at('CallDecided', 1);
  const swapped = values.map((value, offset) => values[offset === call ? call + 1 : offset === call + 1 ? call : offset] ?? value);
  return [
    ['a verdict changed', values.map((value, offset) => (offset === call ? Buffer.from(value.toString().replace('"verdict":"ALLOW"', '"verdict":"DENY"')) : value)), call],
    ['two records swapped', swapped, call],
    ['a record dropped', values.filter((_, offset) => offset !== call), call],
    ['a record put in twice', values.flatMap((value, offset) => (offset === call ? [value, value] : [value])), call + 1],
    ['a stranger’s record put in', values.flatMap((value, offset) => (offset === call ? [Buffer.from('{"hello":"world"}'), value] : [value])), call],
    ...['CallDecided', 'GrantSet', 'PolicyVersionSet', 'HeadSigned', 'PartitionClaimed'].flatMap((type): [string, readonly Buffer[], number][] => [0.02, 0.3, 0.6, 0.95].map((share) => {
      const where = at(type);
      const index = Math.floor(values[where]!.length * share);
      return [`byte ${index} of the ${type} at ${where}`, values.map((value, offset) => (offset === where ? flipped(value, index) : value)), where];
    })),
  ];
}

test('each way to change rows of the database is found, at the partition and offset of what was changed', async () => {
  for (const [what, changed, where] of tamperings()) {
    await put(tp, changed);
    const found = await faults('--heads', heads);
    expect([what, found.length, found[0]?.topic, found[0]?.partition]).toEqual([what, 1, ...Object.values(tp)]);
    // A record that counts nowhere is found by the Merkle root of the signed head that covers it.
    const isNear = holds(found[0]!, where) || (what.includes('put in') && found[0]!.offset <= where + 1);
    expect([what, found[0], isNear]).toEqual([what, found[0], true]);
  }
  await asWritten();
  expect(await faults('--heads', heads)).toEqual([]);
}, 300_000);

test('a policy’s text that is altered is found where it was published', async () => {
  const where = registry.findIndex((value) => value.includes('PolicyPublished') && value.includes('refresh_access_token'));
  await put(REGISTRY, registry.map((value, offset) => (offset === where ? Buffer.from(value.toString().replace(/max\\":60/, 'max\\":61')) : value)));
  const found = await faults();
  expect(found).toMatchObject([REGISTRY]);
  expect(found[0]!.offset <= where && where <= (found[0]!.throughOffset ?? found[0]!.offset)).toBe(true);
  await asWritten();
}, 300_000);

test('a cut tail is found by what was kept outside, and what no signature covers is said', async () => {
  const second = values.findLastIndex((value, offset) => offset < values.length - 1 && findHead(value, tp) !== undefined);
  await put(tp, values.slice(0, second + 3));
  const { exitCode, stdout } = await run('log', 'verify');
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/2 records are newer than the last of their partition: no signature covers them yet/)]);
  expect(await faults('--heads', heads)).toMatchObject([{ ...tp, kind: 'cut', offset: second + 3 }]);
  // The table of the newest heads counts the same.
  const shown = (await run('log', 'heads', '--json')).stdout.trim().split('\n').map((line) => JSON.parse(line) as Place & { unsigned: number });
  expect(shown.find(({ topic, partition }) => topic === tp.topic && partition === tp.partition)?.unsigned).toBe(2);
  // Rows that are gone while the log says that they are there need nothing from outside.
  await asWritten();
  await drop(tp, [values.length - 2, values.length - 1]);
  expect(await faults()).toEqual([{ ...tp, kind: 'cut', offset: values.length - 2, what: expect.stringContaining('the end of the log was cut off') as string }]);
  await asWritten();
}, 300_000);

test('an altered receipt is found with its line, and the summary counts only what was found', async () => {
  const altered = receipts.map((receipt, index) => (index === 1 ? { ...receipt, hash: Buffer.from(sha256(Buffer.from('x')), 'hex').toString('base64') } : receipt));
  writeFileSync(join(folder, 'altered.jsonl'), altered.map((receipt) => JSON.stringify(receipt)).join('\n'));
  const { exitCode, stdout } = await run('log', 'verify', '--receipts', 'altered.jsonl');
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/receipts: 1 of 8 found in the log as they were given, 7 not, or not looked for behind a fault/)]);
  expect(stdout).toContain(`${tp.topic}/${tp.partition} at offset ${receipts[1]!.offset}: the receipt in line 2`);
  expect(stdout).toContain('they cover all records of the 2 partitions without a fault');
});

describe('rows that are missing in two partitions', () => {
  const hole = 3;
  let gone: number;
  beforeAll(async () => {
    gone = at('CallDecided', 2);
    await drop(tp, [gone]);
    await drop(REGISTRY, [hole]);
  });
  afterAll(asWritten);

  test('are both told by verify, each at its offset; the third partition is read', async () => {
    expect(await faults()).toEqual([{ ...REGISTRY, kind: 'missing', offset: hole, what: 'the record there is missing' }, { ...tp, kind: 'missing', offset: gone, what: 'the record there is missing' }]);
    expect((await run('log', 'verify')).stdout).toMatch(/they cover all records of the 1 partition without a fault[\s\S]*faults in 2 partitions, the first of each:/);
  });

  test('are told by heads and by what needs the registry, with the offset', async () => {
    expect(await run('log', 'heads')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`at offset ${hole}: the record there is missing`) as string });
    expect(await run('log', 'replay')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(new RegExp(`docket.registry/0: offset ${hole} is missing`)) as string });
  });
});

test('replay, what-if and export go on behind a partition with a hole, say where it is and end with 1', async () => {
  const gone = at('CallDecided', 2);
  await drop(tp, [gone]);
  const place = `${tp.topic}/${tp.partition}`;
  const replayed = await run('log', 'replay', '--json');
  expect([replayed.exitCode, JSON.parse(replayed.stdout)]).toMatchObject([1, { verdicts: { compared: 2, agreed: 2 }, chainBreaks: [{ partition: tp.partition, offset: gone, reason: 'the record there is missing' }] }]);
  expect(await run('log', 'replay')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`the chain of ${place} is broken at offset ${gone}: the record there is missing`) as string });
  writeFileSync(join(folder, 'draft.json'), JSON.stringify(SIXTY_A_MINUTE));
  expect(await run('replay', 'what-if', '--policy', 'draft.json')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`the chain of ${place} is broken at offset ${gone}`) as string });
  const exported = await run('log', 'export', '--topic', 'decisions');
  expect([exported.exitCode, exported.stderr]).toEqual([1, expect.stringContaining(`${place} at offset ${gone}: the record there is missing`)]);
  expect(exported.stdout.split('\n').filter((line) => line.includes('"CallDecided"'))).toHaveLength(2);
  expect(await run('log', 'verify', '--verdicts')).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`no verdict behind ${place} at offset ${gone} could be derived`) as string });
  // A changed record breaks the chain of an export, too: what is behind it is not passed over silently.
  await put(tp, values.map((value, offset) => (offset === gone ? flipped(value, value.length - 5) : value)));
  expect(await run('log', 'export', '--topic', 'decisions')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`${place} at offset`) as string });
  await asWritten();
}, 300_000);

test('a call is proven although another record is missing; one whose signed head covers the missing one is not, and that is named', async () => {
  const [early, late] = [calls[0]!, calls[5]!];
  const gone = Number(receipts[6]!.offset);
  await drop(tp, [gone]);
  expect(await run('log', 'prove', early.grant, early.id, '--out', 'early.json', '--wait', '0')).toMatchObject({ exitCode: 0 });
  const refused = await run('log', 'prove', late.grant, late.id, '--out', 'late.json', '--wait', '0');
  expect([refused.exitCode, refused.stderr]).toEqual([1, `docket: DATA_LOSS: ${tp.topic}/${tp.partition} at offset ${gone}: the record there is missing\n`]);
  await asWritten();
}, 300_000);

describe('archives and log files', () => {
  const archive = (): string => join(folder, 'archived');
  const file = (): string => join(archive(), `${DECISIONS}-${tp.partition}.jsonl`);
  let lines: string[];
  beforeAll(async () => {
    expect(await run('log', 'archive', '--before', new Date(Date.now() + 1_000).toISOString(), '--out', 'archived')).toMatchObject({ exitCode: 0 });
    lines = readFileSync(file(), 'utf8').trimEnd().split('\n');
  });
  /** Offset 0 stands in line 2. */
  const write = (changed: readonly string[], where = file()): void => writeFileSync(where, `${changed.join('\n')}\n`);
  /** As somebody does it who knows the form: offsets in order, and a trailer that fits. */
  const refitted = (records: readonly string[]): string[] => {
    const all = [lines[0]!, ...records.map((line, offset) => line.replace(/^\{"o":\d+/, `{"o":${offset}`))];
    const { resume } = JSON.parse(lines.at(-1)!) as { resume: object };
    return [...all, JSON.stringify({ records: records.length, lastOffset: records.length - 1, sha256: sha256(Buffer.from(`${all.join('\n')}\n`)), resume })];
  };

  test('what log and archive both hold is compared: a row that was changed, or is gone, since it was archived is found', async () => {
    expect((await run('log', 'verify', '--from-archive', 'archived')).stdout).toMatch(/read from: archives \d+ records, the log \d+; \d+ that both hold were compared, and are the same/);
    const call = at('CallDecided', 1);
    await put(tp, values.map((value, offset) => (offset === call ? flipped(value, 200) : value)));
    expect(await faults('--from-archive', 'archived')).toMatchObject([{ ...tp, kind: 'changed', offset: call, what: expect.stringContaining('the live log holds another record there than the archive does') as string }]);
    await asWritten();
    await drop(tp, [call]);
    expect(await faults('--from-archive', 'archived')).toMatchObject([{ ...tp, kind: 'missing', offset: call }]);
    await put(tp, values.slice(0, 4));
    expect(await faults('--from-archive', 'archived')).toMatchObject([{ ...tp, kind: 'cut', offset: 4 }]);
    await asWritten();
    expect(await faults('--from-archive', 'archived')).toEqual([]);
  }, 300_000);

  test('each way to change a log file is found at its offset, whether or not its trailer was made to fit', async () => {
    const records = lines.slice(1, -1);
    const call = at('CallDecided', 1);
    const changed = records.map((line, offset) => (offset === call ? line.replace('"verdict":"ALLOW"', '"verdict":"DENY"') : line));
    const ways: [string, string[]][] = [
      ['changed', changed], ['dropped', records.filter((_, offset) => offset !== call)],
      ['swapped', records.map((line, offset) => records[offset === call ? call + 1 : offset === call + 1 ? call : offset] ?? line)],
    ];
    const copy = join(folder, 'copy.jsonl');
    for (const [what, way] of ways) {
      for (const isRefitted of [false, true]) {
        write(isRefitted ? refitted(way) : [lines[0]!, ...way, lines.at(-1)!], copy);
        const found = await faults('--file', copy);
        const isLocated = found.some((fault) => (fault.kind === 'file' ? fault.offset === call && fault.what.includes(`line ${call + 2}`) : holds(fault, call)));
        expect([what, isRefitted, found, isLocated]).toEqual([what, isRefitted, found, true]);
      }
    }
    write(lines.slice(0, -3), copy);
    expect(await faults('--file', copy)).toEqual([expect.objectContaining({ kind: 'file', what: expect.stringContaining('without a trailer: it was cut') as string })]);
    write(lines, copy);
    expect(await faults('--file', copy)).toEqual([]);
  }, 300_000);

  test('an archive’s file that was changed is located as well, and the other partitions are still verified', async () => {
    const call = at('CallDecided', 1);
    write([lines[0]!, ...lines.slice(1, -1).map((line, offset) => (offset === call ? line.replace('"verdict":"ALLOW"', '"verdict":"DENY"') : line)), lines.at(-1)!]);
    const found = await faults('--from-archive', 'archived', '--archive-only');
    expect(found.map(({ kind }) => kind).sort()).toEqual(['changed', 'file']);
    expect(found.filter(({ kind }) => kind === 'changed')).toMatchObject([{ ...tp, offset: call }]);
    // Beside the live log, which tells what the record was.
    expect((await faults('--from-archive', 'archived')).filter(({ what }) => what.includes('another record there than the archive does'))).toMatchObject([{ ...tp, offset: call }]);
    write(lines);
    expect(await faults('--from-archive', 'archived', '--archive-only')).toEqual([]);
  }, 300_000);

  test('a beginning that was deleted is told from a hole, and from an end that was cut', async () => {
    await pool.query('UPDATE ledger.head SET first_offset = 3 WHERE topic = $1 AND partition = $2', [tp.topic, tp.partition]);
    await drop(tp, [0, 1, 2]);
    expect(await faults()).toEqual([{ ...tp, kind: 'deleted', offset: 0, throughOffset: 2, what: expect.stringMatching(/the beginning was deleted, the log begins at offset 3 now: name the archives/) as string }]);
    expect(await faults('--from-archive', 'archived')).toEqual([]);
    const replayed = await run('log', 'replay');
    expect(replayed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('the beginning was deleted') as string });
    expect(await run('log', 'replay', '--from-archive', 'archived')).toMatchObject({ exitCode: 0 });
    await asWritten();
  }, 300_000);
});

test('the log is sound as it was', async () => {
  expect(await faults('--heads', heads)).toEqual([]);
  const log = new PostgresEventLog({ connectionString: url });
  expect(await log.endOffset(tp)).toBe(values.length);
  await log.close();
});
