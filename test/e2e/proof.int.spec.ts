import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync, type Options } from '@swc/core';
import pg from 'pg';
import { PostgresEventLog, findHead } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { parseHeadKeys, proofText, proveCall, TrustedKeys, type ProofFile } from '#proof';
import { docket, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { DeciderFixture, SIXTY_A_MINUTE, callId } from '../../apps/decider/src/decider.fixture.js';

// A real decider on a real PostgreSQL, the `docket` command beside it, and docket-verify as its own files by themselves.
const ROOT = join(import.meta.dirname, '../..');
const DECISIONS = 'docket.decisions';

let postgres: ThrowawayPostgres;
let url: string;
let decider: DeciderFixture;
let log: PostgresEventLog;
let folder: string;
let sink: string;
let verifier: string;
let grant: { id: string; token: string };
let other: { id: string; token: string };
const calls: string[] = [];
const receipts: string[] = [];

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  url = await postgres.createDatabase();
  folder = mkdtempSync(join(tmpdir(), 'docket-proof-'));
  sink = join(folder, 'outside');
  decider = await new DeciderFixture(url).start({ DECISIONS_PARTITIONS: '2', HEADS_SINK: sink, HEADS_EVERY_MS: '300' });
  log = new PostgresEventLog({ connectionString: url, pollMs: 50 });
  [grant, other] = [await decider.grant(), await decider.grant({ ...SIXTY_A_MINUTE, tools: { ...SIXTY_A_MINUTE.tools, of_others_only: {} } })];
  for (let n = 0; n < 6; n += 1) {
    const id = callId();
    const { receipt } = await decider.decide({ grant: (n % 2 === 0 ? grant : other).token, callId: id, tool: n === 4 ? 'delete_everything' : 'refresh_access_token', arguments: Buffer.from('{"secret":"value"}') });
    if (n % 2 === 0) calls.push(id);
    receipts.push(JSON.stringify({ receipt: { topic: receipt!.topic, partition: receipt!.partition, offset: String(receipt!.offset), hash: receipt!.hash.toString('base64') } }));
  }
  writeFileSync(join(folder, 'receipts.jsonl'), `${receipts.join('\n')}\n`);
  verifier = compiledVerifier();
}, 300_000);

afterAll(async () => {
  await log.close();
  await decider.remove();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(verifier, { recursive: true, force: true });
}, 300_000);

/** docket-verify's own files and nothing else, in a folder from where nothing of Docket can be imported. */
function compiledVerifier(): string {
  const target = mkdtempSync(join(tmpdir(), 'docket-verify-'));
  const options = { ...(JSON.parse(readFileSync(join(ROOT, '.swcrc'), 'utf8')) as Options), swcrc: false, sourceMaps: false };
  writeFileSync(join(target, 'package.json'), '{"type":"module"}');
  for (const name of readdirSync(join(ROOT, 'apps/verify/src')).filter((file) => !file.endsWith('.spec.ts'))) {
    writeFileSync(join(target, name.replace(/\.ts$/, '.js')), transformSync(readFileSync(join(ROOT, 'apps/verify/src', name), 'utf8'), { ...options, filename: name }).code);
  }
  return target;
}

const run = (...args: string[]): Promise<Ran> => docket([...args, '--data-dir', decider.folder], { cwd: folder, environment: { DATABASE_URL: url } });
const verifyFile = (file: string, ...args: string[]) => spawnSync(process.execPath, [join(verifier, 'main.js'), join(folder, file), ...args], { encoding: 'utf8', cwd: verifier, env: {} });
const keys = (): string => join(decider.folder, 'head-keys.pem');
const json = (text: string): Record<string, unknown> => JSON.parse(text.trim().split('\n').at(-1)!) as Record<string, unknown>;

test('a call is proven from a log that was copied, whose times are those of the copy, as from the first', async () => {
  await run('log', 'prove', grant.token, calls[0]!, '--out', 'first.json');
  const [day, known] = [86_400_000, new TrustedKeys(parseHeadKeys(readFileSync(keys(), 'utf8'), 'keys'))];
  const proveIn = (shiftOf: (topic: string) => number, callIdText: string): Promise<ProofFile> => proveCall({
    log: {
      endOffset: (tp) => log.endOffset(tp),
      read: async (tp, from, options) => (await log.read(tp, from, options)).map((record) => ({ ...record, timestampMs: record.timestampMs + shiftOf(tp.topic) })),
    },
    keys: known, grantId: grant.id, callId: callIdText, signal: new AbortController().signal, onProgress: () => undefined, waitForHead: () => Promise.reject(new Error('no head')),
  });
  const copied = await proveIn((topic) => (topic === DECISIONS ? day : 2 * day), calls[0]!);
  writeFileSync(join(folder, 'copied.json'), proofText(copied));
  expect(verifyFile('copied.json', '--key', keys()).status).toBe(0);
  const first = JSON.parse(readFileSync(join(folder, 'first.json'), 'utf8')) as ProofFile;
  expect([copied.call.offset, copied.grant?.offset, copied.policy_version?.offset]).toEqual([first.call.offset, first.grant!.offset, first.policy_version!.offset]);
  await expect(proveIn(() => day, callId())).rejects.toMatchObject({ kind: 'not_found', message: expect.stringContaining('at any time') as string });
});

test('every partition’s head is signed as soon as its time has come, and copied outside', async () => {
  let printed = '';
  for (let isSigned = false; !isSigned;) {
    printed = (await run('log', 'heads', '--json')).stdout;
    const heads = printed.trim().split('\n').map((line) => JSON.parse(line) as { topic: string; signature?: string; keyId?: string });
    expect(heads.map(({ topic }) => topic)).toEqual(['docket.registry', DECISIONS, DECISIONS]);
    isSigned = heads.every(({ signature }) => signature !== undefined);
    if (isSigned) expect(new Set(heads.map(({ signature }) => signature))).toEqual(new Set(['good']));
  }
  expect(readFileSync(keys(), 'utf8')).toContain((json(printed) as { keyId: string }).keyId);
  const names = (): string[] => { try { return readdirSync(sink); } catch { return []; } };
  while (names().length < 3) await new Promise<void>((resolve) => setTimeout(resolve, 20));
  const { stdout } = await run('log', 'heads');
  expect(stdout).toContain('Ed25519 public key');
});

test('docket log prove writes one file, which docket-verify checks by itself; values of the arguments and other grants are not in it', async () => {
  for (const [index, id] of calls.entries()) {
    const file = `proof-${index}.json`;
    expect(await run('log', 'prove', grant.token, id, '--out', file)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('docket-verify') as string });
    const proven = verifyFile(file, '--key', keys());
    expect(`${proven.stdout}${proven.stderr}`).toContain(`${join(folder, file)} is proven`);
    expect(proven.status).toBe(0);
    expect(proven.stdout).toContain(index === 2 ? 'DENY' : 'ALLOW');
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text).not.toContain(other.id);
    expect(text).not.toContain('"value"}');
    const proof = JSON.parse(text) as ProofFile;
    expect(proof.policy_text).toContain('refresh_access_token');
    expect(proof.policy_text).not.toContain('of_others_only');
    expect([proof.grant, proof.policy_version].every((record) => record !== null && record.offset < proof.call.offset)).toBe(true);
  }
  // By the key in base64 as well, and without one only with a warning.
  const heads = json((await run('log', 'heads', '--json')).stdout) as { publicKey: string };
  expect(verifyFile('proof-0.json', '--key', heads.publicKey).status).toBe(0);
  const unpinned = verifyFile('proof-0.json', '--json');
  expect([unpinned.status, unpinned.stderr]).toEqual([0, expect.stringContaining('the public key comes from the file itself')]);
  expect(JSON.parse(unpinned.stdout)).toMatchObject({ proven: true, keyPinned: false });
});

test('what is not there is not proven', async () => {
  expect(await run('log', 'prove', grant.id, callId(), '--out', 'none.json')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('holds no decision of this grant') as string });
  expect(await run('log', 'prove', other.id, calls[0]!, '--out', 'none.json')).toMatchObject({ exitCode: 1 });
  expect(await run('log', 'prove', 'dg_x', calls[0]!, '--out', 'none.json')).toMatchObject({ exitCode: 2 });
  expect(await run('log', 'prove', grant.id, 'x', '--out', 'none.json')).toMatchObject({ exitCode: 2 });
  expect(verifyFile('none.json')).toMatchObject({ status: 2 });
});

test('docket-verify refuses a file in which anything was changed', () => {
  const proof = JSON.parse(readFileSync(join(folder, 'proof-0.json'), 'utf8')) as ProofFile;
  const second = JSON.parse(readFileSync(join(folder, 'proof-2.json'), 'utf8')) as ProofFile;
  const flip = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
  const { call, policy_text: policy, heads } = proof;
  const wrong: [string, unknown][] = [
    ['call id', { ...proof, call_id: second.call_id }],
    ['grant id', { ...proof, grant_id: other.id }],
    ['offset', { ...proof, call: { ...call, offset: call.offset + 1 } }],
    ['path', { ...proof, call: { ...call, path: call.path.length > 0 ? call.path.slice(1) : ['0'.repeat(64)] } }],
    ['path', { ...proof, call: { ...call, path: [...call.path, '0'.repeat(64)] } }],
    ['verdict', { ...proof, call: { ...call, value: call.value.replace('"ALLOW"', '"DENY"') } }],
    ['another call', { ...proof, call: second.call }],
    ['policy', { ...proof, policy_text: policy!.replace('60', '61') }],
    ['no policy', { ...proof, policy_text: null }],
    ['grant', { ...proof, grant: { ...proof.grant!, value: proof.grant!.value.replace('"enforce"', '"observe"') } }],
    ['no heads', { ...proof, heads: [] }],
    ['head', { ...proof, heads: heads.map((head) => ({ ...head, value: head.value.replace(/"tree_size":(\d+)/, '"tree_size":1$1') })) }],
    ['head before what it covers', { ...proof, heads: heads.map((head) => ({ ...head, offset: 0 })) }],
    ['version', { ...proof, version: 2 }],
    ['nothing', null],
    ...Array.from({ length: 60 }, (_, n): [string, unknown] => [`byte of the event ${n}`, { ...proof, call: { ...call, value: flip(call.value, Math.floor((n * call.value.length) / 60)) } }]),
  ];
  // In one go, with the function that the program is made of: a process for each would take a minute.
  return import('../../apps/verify/src/check-proof.js').then(({ checkProof }) => {
    expect(checkProof(proof, undefined).checks.every(({ proven }) => proven !== 'no')).toBe(true);
    for (const [what, file] of wrong) expect([what, checkProof(file, undefined).checks.some(({ proven }) => proven === 'no')]).toEqual([what, true]);
    for (let at = 0; at < heads[0]!.value.length; at += 3) {
      const changed = { ...proof, heads: [{ ...heads[0]!, value: flip(heads[0]!.value, at) }, ...heads.slice(1)] };
      const isFound = checkProof(changed, undefined).checks.some(({ proven }) => proven === 'no');
      // Of its envelope only what comes before it in the chain, which no proof rests on.
      if (!isFound) expect(heads[0]!.value.slice(0, at + 1)).toMatch(/"prev":"[0-9a-f]*$/);
    }
  });
});

test('a proof is another’s with another key, or with a head that somebody else has signed', () => {
  const stranger = Buffer.alloc(32, 9).toString('base64');
  const refused = verifyFile('proof-0.json', '--key', stranger);
  expect([refused.status, refused.stdout]).toEqual([1, expect.stringContaining('is NOT a proof')]);
  expect(verifyFile('proof-0.json', '--key', 'nonsense').status).toBe(2);
});

test('docket log verify finds the log sound, with heads and receipts that were kept outside', async () => {
  await decider.stop();
  const sound = await run('log', 'verify', '--heads', sink, '--receipts', 'receipts.jsonl');
  expect(sound).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('sound: no fault was found') as string });
  expect(sound.stdout).toContain(`receipts: ${receipts.length} found`);
  // It has stopped, and signed everything then.
  const report = json((await run('log', 'verify', '--json')).stdout) as { sound: boolean; keysPinned: boolean; partitions: { unsigned: number }[] };
  expect(report).toMatchObject({ sound: true, keysPinned: true });
  expect(report.partitions.map(({ unsigned }) => unsigned)).toEqual([0, 0, 0]);
  expect((await run('log', 'verify', '--verdicts')).exitCode).toBe(0);
});

test('each way to change a stored log is found at its partition and offset', async () => {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const tp = { topic: DECISIONS, partition: (JSON.parse(receipts[0]!) as { receipt: { partition: number } }).receipt.partition };
  const records = await log.read(tp, 0, { maxRecords: 10_000, maxBytes: 16 * 1024 * 1024 });
  const at = records.findIndex(({ value }) => Buffer.from(value).includes('CallDecided'));
  const put = async (values: readonly Uint8Array[]): Promise<void> => {
    const { rows: [head] } = await pool.query<{ id: number }>('UPDATE ledger.head SET next_offset = $3 WHERE topic = $1 AND partition = $2 RETURNING id', [tp.topic, tp.partition, values.length]);
    await pool.query('DELETE FROM ledger.record WHERE head_id = $1', [head!.id]);
    await pool.query('INSERT INTO ledger.record (head_id, "offset", stored_at, value) SELECT $1, o - 1, now(), v FROM unnest($2::bytea[]) WITH ORDINALITY AS r (v, o)', [head!.id, values.map((value) => Buffer.from(value))]);
  };
  const values = records.map(({ value }) => value);
  const changed = Buffer.from(Buffer.from(values[at]!).toString('utf8').replace('"verdict":"ALLOW"', '"verdict":"DENY"'));
  const fault = async (...args: string[]) => {
    const ran = await run('log', 'verify', '--json', ...args);
    return { exitCode: ran.exitCode, ...((json(ran.stdout)['faults'] as object[] | undefined)?.[0] ?? json(ran.stdout)) };
  };
  await put(values.map((value, offset) => (offset === at ? changed : value)));
  expect(await fault()).toMatchObject({ exitCode: 1, ...tp, offset: at, kind: 'changed' });
  await put(values.map((value, offset) => values[offset === at ? at + 1 : offset === at + 1 ? at : offset] ?? value));
  expect(await fault()).toMatchObject({ exitCode: 1, ...tp, offset: at });
  await put([...values.slice(0, at), ...values.slice(at + 1)]);
  expect(await fault()).toMatchObject({ exitCode: 1, ...tp, offset: at, kind: 'missing' });
  // The end of the log: nothing in it tells, what was kept outside does.
  const lastHead = records.findLastIndex(({ value }, offset) => offset < records.length - 1 && findHead(value, tp) !== undefined);
  await put(values.slice(0, lastHead + 1));
  expect((await run('log', 'verify')).exitCode).toBe(0);
  expect(await fault('--heads', sink)).toMatchObject({ exitCode: 1, ...tp, offset: lastHead + 1, kind: 'cut' });
  await put(values);
  expect((await run('log', 'verify', '--heads', sink)).exitCode).toBe(0);
  const altered = receipts.map((line, index) => (index === 1 ? line.replace(/"hash":"./, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`) : line));
  writeFileSync(join(folder, 'altered.jsonl'), altered.join('\n'));
  expect(await fault('--receipts', 'altered.jsonl')).toMatchObject({ exitCode: 1, kind: 'receipt', offset: Number((JSON.parse(receipts[1]!) as { receipt: { offset: string } }).receipt.offset), what: expect.stringContaining('line 2') as string });
  await pool.end();
}, 300_000);
