import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { credentials, status } from '@grpc/grpc-js';
import { bearer, tokenClient, type token } from '#contracts';
import type { LoggedRequest } from '#fake-partner';
import { docket as run, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { Installation } from './standalone.fixture.js';

let here: Installation;

beforeAll(async () => {
  here = new Installation();
  await here.startedUp();
}, 300_000);

afterAll(() => here.remove(), 300_000);

interface Written {
  readonly tokens: string;
  readonly partners: Record<string, string>;
  readonly credentials: Record<string, string>;
}
const written = (): Written => JSON.parse(readFileSync(join(here.dataFolder, 'credentials.json'), 'utf8')) as Written;
/** The command, in this process: on what the installation has written. */
const docket = (line: string, more: { stdin?: string; input?: Readable } = {}): Promise<Ran> => run(line.split(' '), { cwd: here.folder, ...more });
const mintsOf = async (connection: string): Promise<LoggedRequest[]> =>
  ((await (await fetch(`${written().partners[connection]}/_fake/requests`)).json()) as LoggedRequest[]).filter(({ kind }) => kind === 'mint');

/** A terminal that somebody types into. */
function typed(text: string): Readable & { readonly raw: boolean[] } {
  const raw: boolean[] = [];
  return Object.assign(Readable.from([text]), { isTTY: true, raw, setRawMode: (mode: boolean) => raw.push(mode) });
}

test('the demonstration mints once for 1,000 gets at once, and the command shows generation and end, never the token', async () => {
  const client = tokenClient(written().tokens, credentials.createInsecure());
  const metadata = bearer(written().credentials['gateway']!);
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => new Promise<token.GetTokenResponse__Output>((resolve, reject) => {
    const ask = (): void => void client.GetToken({ connectionId: 'demo' }, metadata, { deadline: Date.now() + 60_000 }, (error, answer) => {
      if (error === null) resolve(answer!);
      // On a machine that is slow, longer than a caller is made to wait: a gateway asks again.
      else if (error.code === status.DEADLINE_EXCEEDED) ask();
      else reject(error);
    });
    ask();
  })));
  client.close();
  const shown = await docket('token get demo');
  expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(shown.stdout).toMatch(/^connection {2}demo\ngeneration {2}1\nexpires {5}\d{4}-.*\(in 1\d min\)\n/);
  expect(shown.stdout).not.toContain(answers[0]!.token);
  expect((await docket('token get demo --json')).stdout).not.toContain(answers[0]!.token);
  expect(await mintsOf('demo')).toMatchObject([{ credential: 'right', status: 200, carriedToken: false }]);
});

test('--reveal shows the token of a connection that allows it, and of no other', async () => {
  expect(await docket('token get demo --reveal')).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('DELIVERY_NOT_ALLOWED') as string });
  const shown = await docket('token get demo-reveal --reveal');
  const value = /^token {7}(\S+)$/m.exec(shown.stdout)?.[1];
  expect(value).toBeDefined();
  expect((await docket('token get demo-reveal')).stdout).not.toContain(value);
  expect((await fetch(`${written().partners['demo-reveal']}/partners/api/v2/orders`, { headers: { 'access-token': value! } })).status).toBe(200);
});

test('reject and revoke end a token, and the next get brings another one', async () => {
  expect((await docket('token reject demo')).stdout).toBe('generation 1 is not served any more; the next call has a new one minted\n');
  expect((await docket('token get demo')).stdout).toContain('generation  2');
  expect((await docket('token reject demo --generation 1')).stdout).toContain('generation 2 is served');
  expect((await docket('token revoke demo')).stdout).toBe('revoked: tokens of demo\n');
  expect((await docket('token get demo')).stdout).toContain('generation  3');
  expect(await docket('token revoke')).toMatchObject({ exitCode: 2 });
  expect(await mintsOf('demo')).toHaveLength(3);
  const { stdout } = await docket('token log demo --event MintStarted');
  expect(stdout.split('\n').map((line) => / {2}reason=(\w+)/.exec(line)?.[1])).toEqual(['missing', 'rejected', 'missing', undefined]);
});

test('a token is revoked by its value, also one that was replaced, and the command says what became of it', async () => {
  const value = async (): Promise<string> => {
    const found = /^token {7}(\S+)$/m.exec((await docket('token get demo-reveal --reveal')).stdout)?.[1];
    if (found === undefined) throw new Error('no token was shown');
    return found;
  };
  const first = await value();
  await docket('token reject demo-reveal');
  const second = await value();
  const revoke = async (stdin: string): Promise<string> => (await docket('token revoke --token-file -', { stdin })).stdout;
  expect(await revoke(first)).toMatch(/^revoked: generation 1 of demo-reveal, which another one had taken the place of, so nobody was served it; its partner has no address for revocation and may take it until \d{4}-/);
  expect(await value()).toBe(second);
  expect(await revoke(first)).toMatch(/^generation 1 of demo-reveal had ended before; /);
  expect(await revoke(second)).toMatch(/^revoked: generation 2 of demo-reveal; /);
  expect(await value()).not.toBe(second);
  expect(await revoke('of-somebody-else')).toBe('nothing to revoke: no token that was minted here and may still be good has this value\n');
});

test('a grant that is revoked gets no tokens any more, whoever holds what for it; one that is cut off none of any connection, until it is restored', async () => {
  const issue = async (): Promise<string> => (JSON.parse((await docket('grant issue --json')).stdout) as { grant: { grantId: string } }).grant.grantId;
  const [left, cut] = [await issue(), await issue()];
  const get = (grant: string, connection = 'demo', how = ''): Promise<Ran> => docket(`token get ${connection} --grant ${grant}${how}`);
  for (const grant of [left, cut]) expect(await get(grant)).toMatchObject({ exitCode: 0 });
  expect((await get(left, 'demo', ' --stand-in')).stdout).toMatch(/^stand-in {4}si_demo_\S{66}$/m);
  expect((await get(left, 'demo-reveal', ' --reveal')).stdout).toMatch(/^token {7}/m);
  expect(await docket(`grant revoke ${left}`)).toMatchObject({ exitCode: 0 });
  for (const untilMs = Date.now() + 150_000; (await get(left)).exitCode === 0;) if (Date.now() > untilMs) throw new Error('a revoked grant still gets tokens');
  for (const [connection, how] of [['demo', ''], ['demo', ' --stand-in'], ['demo-reveal', ' --wrap'], ['demo-reveal', ' --reveal']] as const) {
    expect(await get(left, connection, how)).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('GRANT_REVOKED') as string });
  }
  const cutOff = await docket(`token revoke --grant ${cut}`);
  expect(cutOff.stdout).toBe('the grant gets no tokens any more, of any connection, also of those registered later\nit holds no token in clear that would have to end\n');
  expect((await docket('connection register later --token-url https://partner.example.com/token --client-id key-1 --secret-file -', { stdin: 'a-secret' })).exitCode).toBe(0);
  for (const connection of ['demo', 'demo-reveal', 'later']) expect((await get(cut, connection)).stderr).toContain('GRANT_CUT_OFF');
  expect((await docket(`token restore ${cut}`)).stdout).toBe('the grant may have tokens again\n');
  expect(await get(cut)).toMatchObject({ exitCode: 0 });
  expect((await docket('connection remove later')).exitCode).toBe(0);
  expect((await docket('token get demo --grant nonsense')).stderr).toContain('GRANT_UNKNOWN');
  expect((await docket('token revoke --grant nonsense')).stderr).toContain('GRANT_NOT_FOUND');
  // Who got which token of which connection when, and what became of the grants: in the log, without a token.
  const logged = async (): Promise<Record<string, unknown>[]> => (await docket(`token log --grant ${left} --event handed GrantTokensEnded --json`)).stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const untilMs = Date.now() + 150_000; (await logged()).at(-1)?.['event'] !== 'GrantTokensEnded';) if (Date.now() > untilMs) throw new Error(`what the grant held has not ended: ${JSON.stringify(await logged())}`);
  const log = await logged();
  expect(log).toEqual(expect.arrayContaining([
    expect.objectContaining({ event: 'TokenRevealed', connectionId: 'demo-reveal', grantId: left, actor: 'gateway', generation: expect.any(Number), fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/), expiresAt: expect.stringMatching(/^\d{4}-/), hash: expect.any(String) }),
    expect.objectContaining({ event: 'GrantTokensEnded', connectionId: 'demo-reveal', holder: left }),
  ]));
  expect((await docket(`token log --grant ${cut} --event GrantBarred GrantBarLifted`)).stdout).toMatch(/ {2}GrantBarred {2}holder=.* {2}actor=admin .*\n.* {2}GrantBarLifted {2}/);
  expect((await docket('log tail --topic tokens --no-follow --last 5')).stdout.trim().split('\n')).toHaveLength(5);
  expect((await docket('token log --json')).stdout).not.toContain('canary-fake');
});

test('connections are registered, rotated, suspended, resumed, listed and removed; secrets come from a prompt, a file or the standard input and are shown nowhere', async () => {
  const settings = '--token-url https://partner.example.com/token --client-id key-1';
  const all: Ran[] = [];
  const keep = async (ran: Promise<Ran>): Promise<Ran> => {
    all.push(await ran);
    return ran;
  };
  const prompt = typed('from-the-prompt\r');
  const prompted = await keep(docket(`connection register one ${settings}`, { input: prompt }));
  expect(prompted).toMatchObject({ exitCode: 0, stderr: 'the secret of one: \n' });
  expect(prompt.raw).toEqual([true, false]);
  writeFileSync(join(here.folder, 'secret.txt'), 'from-the-file\n');
  expect((await keep(docket(`connection register two ${settings} --delivery wrap --server demo --secret-file secret.txt`))).stdout).toContain('delivery    wrap');
  expect((await keep(docket('connection rotate-secret two --secret-file -', { stdin: 'from-standard-input\n' }))).stdout).toBe('the secret of two is now version 2\n');
  expect((await keep(docket('connection suspend two'))).stdout).toBe('connection two is suspended\n');
  expect(await keep(docket('token get two'))).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('CONNECTION_SUSPENDED') as string });
  expect((await keep(docket('connection resume two'))).stdout).toBe('connection two is active\n');
  expect((await keep(docket('connection reset-breaker two'))).exitCode).toBe(0);
  expect((await keep(docket('connection show two'))).stdout).toContain('secret      version 2');
  expect((await keep(docket('connection remove one'))).stdout).toBe('connection one is removed\n');
  const { stdout } = await keep(docket('connection list'));
  expect(stdout.split('\n').map((row) => row.split(' ')[0])).toEqual(['connection', 'demo', 'demo-reveal', 'two', '']);
  expect(await keep(docket(`connection register three ${settings}`, { stdin: '' }))).toMatchObject({ exitCode: 2 });
  const printed = all.map(({ stdout: out, stderr }) => out + stderr).join('');
  for (const secret of ['from-the-prompt', 'from-the-file', 'from-standard-input']) expect(printed).not.toContain(secret);
  // There is no option that takes a secret itself.
  expect((await docket('connection register --help')).stdout).not.toMatch(/--secret[ =]/);
  expect((await docket('connection rotate-secret --help')).stdout).not.toMatch(/--secret[ =]/);
});

test('nothing that is written down here holds a token or a secret of a partner', () => {
  expect(statSync(join(here.dataFolder, 'credentials.json')).mode & 0o777).toBe(0o600);
  for (const file of ['credentials.json', 'docket.log']) {
    const text = readFileSync(join(here.dataFolder, file), 'utf8');
    expect(text).not.toMatch(/canary-fake|from-the-prompt|from-the-file|from-standard-input/);
  }
});
