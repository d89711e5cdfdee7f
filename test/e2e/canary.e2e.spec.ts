import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials as channel, type Metadata, type ServiceError } from '@grpc/grpc-js';
import pg from 'pg';
import { bearer, connectionClient, decodeStatus, STATUS_DETAILS_KEY, tokenClient } from '#contracts';
import { CANARY, FakePartner, MINT_PATH, type Knobs } from '#fake-partner';
import { filesIn, hitsIn } from './canary.fixture.js';
import { Installation, type Program } from './standalone.fixture.js';

const TIMEOUT_MS = 1_200_000;
/** Begins every secret that this test makes up; those of the fake partners, and all tokens, begin with theirs. */
const MARKERS = [CANARY, 'canary-e2e-planted-', 'canaryE2ePlantedKek'];
/** Key-encryption key, in the environment: base64 of 32 bytes, which leave the last digit four bits. */
const KEK = `${MARKERS[2]}${randomBytes(64).toString('base64').replace(/[^A-Za-z0-9]/g, '').slice(0, 23)}A=`;
const CRASH = `process.on('SIGUSR2', () => setImmediate(() => {
  if (process.env.CANARY_CRASH === 'error') throw new Error('the end of the canary');
  for (const hoard = []; ;) hoard.push(Array.from({ length: 100_000 }, () => ({})));
}));
`;
const FAULTS: Partial<Knobs>[] = [
  ...(['400', '401', '403', '429', '500', 'html', 'truncated', 'reset', 'redirect', 'endless'] as const).map((mintFault) => ({ mintFault, echoCredential: true, retryAfter: '1' })),
  { mintFault: '400', mintOauthError: 'invalid_client', echoCredential: true }, { expiresAt: 'past' }, { expiresAt: 'text' }, { sameToken: true },
];

type Answer = Record<string, unknown>;
interface Client { readonly close: () => void }

let docket: Installation;
let program: Program;
let fake: FakePartner;
let told: { readonly grpc: string; readonly tokens: string; readonly database: string; readonly demo: { readonly grantId: string; readonly grantToken: string }; readonly credentials: Record<string, string> };
const clients: Client[] = [];
/** Everything that callers and operators were shown, by where. */
const shown: [string, string][] = [];

beforeAll(async () => {
  docket = new Installation({ KEK });
  fake = await FakePartner.start();
  mkdirSync(join(docket.folder, 'reports'));
  writeFileSync(join(docket.folder, 'crash.mjs'), CRASH);
  program = await started('error');
  told = JSON.parse(readFileSync(join(docket.dataFolder, 'credentials.json'), 'utf8')) as typeof told;
}, TIMEOUT_MS);

/** It is to end as told, with Node's own report of it: by an error that nobody catches, or for want of memory. */
async function started(crash: 'error' | 'memory'): Promise<Program> {
  const running = docket.start({
    LOG_LEVEL: 'trace', CANARY_CRASH: crash,
    NODE_OPTIONS: `--report-uncaught-exception --report-on-fatalerror --report-directory=${join(docket.folder, 'reports')} --max-old-space-size=300 --import=${join(docket.folder, 'crash.mjs')}`,
  });
  await running.says('Docket is ready');
  return running;
}

afterAll(async () => {
  for (const client of clients) client.close();
  await fake?.stop();
  await docket.remove();
}, TIMEOUT_MS);

/** Calls as a gateway or admin would, and keeps what an error says, in every field of it. */
function call(client: Client, role: string, method: string, request: object): Promise<Answer | undefined> {
  const metadata = bearer(told.credentials[role]!);
  metadata.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  const stub = client as unknown as Record<string, (request: object, metadata: Metadata, options: object, done: (error: ServiceError | null, answer?: Answer) => void) => unknown>;
  return new Promise((resolve) => {
    stub[method]!.call(client, request, metadata, { deadline: Date.now() + 20_000 }, (error, answer) => {
      if (error) {
        const details = (error.metadata.get(STATUS_DETAILS_KEY) as Buffer[]).map((bytes) => JSON.stringify(decodeStatus(bytes)) + bytes.toString('latin1'));
        shown.push([`error of ${method}`, [error.message, error.details, error.stack, JSON.stringify(error.metadata.getMap()), JSON.stringify(error), ...details].join('\n')]);
      }
      resolve(answer);
    });
  });
}

async function cli(input: string, ...args: string[]): Promise<void> {
  const { output } = await docket.docketReading(input, ...args);
  shown.push([`docket ${args[0]} ${args[1]}`, output]);
}

/** Each table of every schema, each row as text. */
async function dump(): Promise<[string, string][]> {
  const database = new pg.Client({ connectionString: told.database });
  await database.connect();
  try {
    const { rows: tables } = await database.query<{ name: string }>("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')");
    const all: [string, string][] = [];
    for (const { name } of tables) {
      const { rows } = await database.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      all.push([`table ${name}`, rows.map(({ text }) => `${text}\n${text.replace(/\\\\?x((?:[0-9a-f]{2})+)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1'))}`).join('\n')]);
    }
    return all;
  } finally {
    await database.end();
  }
}

test('no marked secret or token is anywhere that the process writes: not in what it prints, logs, stores, measures or answers with errors, and not in the report of a crash', async () => {
  const tokens = tokenClient(told.tokens, channel.createInsecure());
  const connections = connectionClient(told.tokens, channel.createInsecure());
  clients.push(tokens, connections);
  const get = (connectionId: string, fields: object = {}): Promise<Answer | undefined> => call(tokens, 'gateway', 'getToken', { connectionId, grantId: told.demo.grantId, ...fields });
  const register = (id: string, input: string, ...more: string[]): Promise<void> =>
    cli(input, 'connection', 'register', id, '--token-url', fake.baseUrl + MINT_PATH, '--client-id', fake.apiKey, '--secret-file', '-', ...more);

  await register('good', fake.apiSecret, '--delivery', 'reveal');
  await register('good', fake.apiSecret);
  await register('wrong', 'canary-e2e-planted-wrong-secret');
  await register('garbage', 'canary-e2e-planted-\u00e9\u0007garbage');
  await register('unreachable', fake.apiSecret, '--token-url', 'https://nowhere.invalid/canary');
  let first: Answer | undefined;
  // On a machine that is slow, longer than a caller is made to wait: a gateway asks again.
  for (const untilMs = Date.now() + 120_000; first === undefined && Date.now() < untilMs;) first = await get('good', { delivery: 'INJECT' });
  const value = String(first?.['token']);
  // What is looked for is really there: the caller has it, and it is marked.
  expect(value).toContain(CANARY);
  expect(fake.requests.count('mint')).toBe(1);

  const { handle } = await get('good', { delivery: 'WRAP' }) as { handle: string };
  expect((await call(tokens, 'gateway', 'unwrap', { handle }))?.['token']).toBe(value);
  await call(tokens, 'gateway', 'unwrap', { handle });
  const { standIn } = await get('good', { delivery: 'STAND_IN' }) as { standIn: string };
  expect((await get('good', { delivery: 'INJECT', standIn }))?.['token']).toBe(value);
  await call(tokens, 'gateway', 'unwrap', { handle: standIn });
  await call(tokens, 'gateway', 'unwrap', { handle: value });
  await get('good', { delivery: 'INJECT', standIn: value });
  await get(value, {});
  await get('good', { grantId: value });
  expect((await get('good', { delivery: 'REVEAL' }))?.['token']).toBe(value);
  const masked = await call(tokens, 'gateway', 'maskTokens', { texts: [`upstream says: bad token ${value}`, JSON.stringify({ echo: Buffer.from(value).toString('base64') })] });
  expect(masked?.['masked']).toBe(2);
  shown.push(['masked texts', JSON.stringify(masked)]);
  for (const id of ['wrong', 'garbage', 'unreachable', 'unknown']) await get(id);
  for (const [n, knobs] of FAULTS.entries()) {
    fake.turn({ mintFault: 'none', mintOauthError: '', expiresAt: 'seconds', sameToken: false, ...knobs });
    await call(connections, 'admin', 'register', { connectionId: `fault-${n}`, secret: fake.apiSecret, settings: { issuer: 'PARTNER_SECRET', tokenUrl: fake.baseUrl + MINT_PATH, clientId: fake.apiKey } });
    const got = await get(`fault-${n}`);
    await get(`fault-${n}`, { rejectedGeneration: Number(got?.['generation'] ?? 1) });
  }
  fake.turn({ mintFault: 'none', mintOauthError: '', expiresAt: 'seconds', sameToken: false });
  await get('good', { rejectedGeneration: 1 });
  await call(tokens, 'gateway', 'rejectToken', { connectionId: 'good', generation: 2 });
  await call(tokens, 'admin', 'revokeToken', { token: value });
  await call(tokens, 'admin', 'revokeToken', { grantId: told.demo.grantId });
  await call(connections, 'admin', 'register', { connectionId: 'Bad Id', secret: 'canary-e2e-planted-in-a-bad-request', settings: { tokenUrl: 'https://canary-e2e-planted-user:x@partner.example.com/' } });
  await call(tokens, 'admin', 'getToken', { connectionId: 'good' });
  // A token among the arguments of a call: they are sealed.
  await cli('', 'decide', '--tool', 'refresh_access_token', '--args', JSON.stringify({ token: value }));
  for (const args of [['log', 'export'], ['log', 'verify'], ['token', 'log', '--json'], ['keys', 'status'], ['credential', 'list', '--json'], ['projections', 'status']]) {
    await cli('', ...args);
    expect(shown.at(-1)![1]).not.toMatch(/^docket: |unknown command|error: unknown/);
  }
  for (const args of [['token', 'get', 'demo'], ['token', 'get', 'wrong'], ['connection', 'show', 'wrong'], ['connection', 'list', '--json'], ['log', 'tail', '--json', '--limit', '1000']]) await cli('', ...args);
  await cli('canary-e2e-planted-rotated', 'connection', 'rotate-secret', 'good', '--secret-file', '-');
  await cli(value, 'token', 'revoke', '--token-file', '-');
  await cli('', 'connection', 'register', 'no-secret', '--token-url', 'https://partner.example.com/', '--client-id', 'x', '--secret-file', join(docket.folder, 'canary-e2e-planted-no-such-file'));
  await call(tokens, 'admin', 'revokeToken', { all: true });

  const metrics = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(program.output())![0];
  shown.push(['metrics', await (await fetch(metrics)).text()]);
  expect(shown.at(-1)![1]).toMatch(/docket_token_mints_total\{[^}]*outcome="minted"[^}]*\} [1-9]/);
  const tables = await dump();
  expect(tables.map(([name]) => name)).toEqual(expect.arrayContaining(['table broker.token_vault', 'table ledger.record']));
  expect(tables.flatMap(([, text]) => (text.includes('docket.token.TokenMinted.v1') ? [1] : [])).length).toBeGreaterThan(0);

  program.process.kill('SIGUSR2');
  expect(await program.ended).not.toBe(0);
  // Once more, with living tokens in memory, and another end.
  const next = await started('memory');
  await cli('', 'token', 'get', 'demo');
  expect(shown.at(-1)![1]).toMatch(/generation +\d/);
  next.process.kill('SIGUSR2');
  await next.ended;
  // A core, where the system writes one, is the memory itself and no writing of ours.
  const files = [...filesIn(docket.folder)].filter(({ name }) => !/^core(?:\.\d+)?$/.test(name));
  const reports = files.filter(({ name }) => name.startsWith('reports/')).map(({ bytes }) => bytes.toString());
  expect(reports.filter((text) => text.includes('the end of the canary'))).toHaveLength(1);
  expect(reports.filter((text) => /"event": "[^"]*(?:heap|memory)/i.test(text))).toHaveLength(1);
  expect(shown.filter(([where]) => where.startsWith('error of')).length).toBeGreaterThan(20);

  // The grants of the demonstration are printed to be pasted into an agent's configuration, there and nowhere else.
  const toPaste = /"Authorization": "Bearer dg_[^"]+"/g;
  const printed = program.output() + next.output();
  expect(printed.match(toPaste)).toHaveLength(4);
  const places: [string, Buffer | string][] = [['standard output and errors', printed.replace(toPaste, '')], ...shown, ...tables, ...files.map(({ name, bytes }): [string, Buffer] => [`file ${name}`, bytes])];
  // The name of a file that is not there is the caller's own words; what is in a file never is.
  const hits = places.flatMap(([where, what]) => hitsIn(where, typeof what === 'string' ? what.replaceAll('canary-e2e-planted-no-such-file', '') : what, MARKERS));
  expect(hits).toEqual([]);
  // What opens Docket itself is in the one file that is for it, and the key-encryption key, as bytes too, is nowhere.
  const opens = [...Object.values(told.credentials), told.demo.grantToken].map((text) => /^d[kg]_[0-9a-f]+_(.{40,})$/.exec(text)![1]!);
  const kek = Buffer.from(KEK, 'base64');
  const needles = [...opens.map((text) => Buffer.from(text)), kek, Buffer.from(kek.toString('hex'))];
  expect(places.filter(([where, what]) => where !== 'file .docket/credentials.json' && needles.some((needle) => Buffer.from(what).includes(needle))).map(([where]) => where)).toEqual([]);
}, TIMEOUT_MS);
