import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials as transport } from '@grpc/grpc-js';
import { bearer, decisionClient } from '#contracts';
import { describeWithKafka, freePorts, isAlive } from '#local-services';

const MAIN = join(import.meta.dirname, '../../../dist/apps/cluster/src/main.js');
const START_MS = 150_000;

interface Run {
  readonly child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals | null>;
  output(): string;
  ready(): Promise<void>;
  /** Process ids by the name that was printed. */
  pid(name: string): number;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describeWithKafka('npm run cluster', { startsItself: true }, () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let grpc: string;
  const runs: Run[] = [];

  const start = (more: NodeJS.ProcessEnv = {}): Run => {
    const child = spawn(process.execPath, [MAIN], { env: { ...environment, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { text += String(data); });
    const exited = new Promise<number | NodeJS.Signals | null>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
    const run: Run = {
      child, exited, output: () => text,
      ready: async () => {
        await Promise.race([until(() => text.includes('Docket is ready')), exited]);
        if (!text.includes('Docket is ready')) throw new Error(text);
      },
      pid: (name) => Number(new RegExp(`${name} is up \\(.* process (\\d+)\\)`).exec(text)?.[1]),
    };
    runs.push(run);
    return run;
  };
  const credentialsFile = () => join(folder, 'cluster', 'credentials.json');
  const decide = async (callIds: readonly string[]) => {
    const { credentials, demo } = JSON.parse(readFileSync(credentialsFile(), 'utf8')) as { credentials: { gateway: string }; demo: { grantId: string } };
    const client = decisionClient(grpc, transport.createInsecure());
    const answers = await Promise.all(callIds.map((callId) => new Promise<{ verdict: string; replayed: boolean }>((resolve, reject) => {
      const request = { callId, grant: demo.grantId, tool: 'refresh_access_token', arguments: Buffer.from('{"user":"u-1"}') };
      client.decide(request, bearer(credentials.gateway), { deadline: Date.now() + 100_000 }, (error, answer) => {
        if (error === null) resolve({ verdict: answer!.verdict, replayed: answer!.replayed });
        else reject(error);
      });
    })));
    client.close();
    return answers;
  };
  const callIds = Array.from({ length: 61 }, (_, i) => {
    const time = Date.now().toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(i).padStart(12, '0')}`;
  });

  beforeAll(async () => {
    if (!existsSync(MAIN)) throw new Error('dist is missing: run npm run build, or the tests by npm test');
    folder = await mkdtemp(join(tmpdir(), 'docket-cluster-'));
    const [grpcPort, httpPort, projectorPort, tokensPort, tokensHttpPort, mcpPort, mcpHttpPort, consolePort, consoleHttpPort] = await freePorts(9);
    grpc = `127.0.0.1:${grpcPort}`;
    environment = { ...process.env, DATA_DIR: folder, GRPC_LISTEN: grpc, HTTP_LISTEN: `127.0.0.1:${httpPort}`, PROJECTOR_HTTP_LISTEN: `127.0.0.1:${projectorPort}`, TOKEN_BROKER_LISTEN: `127.0.0.1:${tokensPort}`, TOKEN_BROKER_HTTP_LISTEN: `127.0.0.1:${tokensHttpPort}`, MCP_LISTEN: `127.0.0.1:${mcpPort}`, MCP_HTTP_LISTEN: `127.0.0.1:${mcpHttpPort}`, CONSOLE_LISTEN: `127.0.0.1:${consolePort}`, CONSOLE_HTTP_LISTEN: `127.0.0.1:${consoleHttpPort}` };
  });
  afterAll(async () => {
    for (const { child, exited } of runs) {
      child.kill('SIGTERM');
      // Who does not end is ended; its own children end with it.
      const late = setTimeout(() => child.kill('SIGKILL'), START_MS / 3);
      await exited;
      clearTimeout(late);
    }
    await rm(folder, { recursive: true, force: true });
  }, START_MS);

  test('decides on a real Kafka, refuses a second start in one line, on the same data or the same addresses, and stops everything on SIGTERM', async () => {
    const first = start();
    await first.ready();
    const verdicts = (await decide(callIds)).map(({ verdict }) => verdict).sort();
    expect(verdicts.filter((verdict) => verdict === 'ALLOW').length).toBeGreaterThanOrEqual(60);
    expect(statSync(credentialsFile()).mode & 0o777).toBe(0o600);
    // All of them, for whoever must go on when one has died.
    expect(JSON.parse(readFileSync(credentialsFile(), 'utf8'))).toMatchObject({ grpc, deciders: [grpc] });
    expect(first.output()).toContain(`npx docket decide --tool refresh_access_token --data-dir ${join(folder, 'cluster')}\n`);

    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/^docket cluster: Docket is already running on .*\n$/);

    const elsewhere = start({ DATA_DIR: join(folder, 'elsewhere') });
    expect(await elsewhere.exited).toBe(1);
    expect(elsewhere.output()).toMatch(new RegExp(`\\ndocket cluster: ${grpc} is already in use; set GRPC_LISTEN to another address\\n$`));

    const pids = ['the decider', 'Kafka', 'PostgreSQL'].map((name) => first.pid(name));
    expect(pids.every(isAlive)).toBe(true);
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    // A process that ended is there until init has taken note of it.
    await until(() => !pids.some(isAlive));
    expect(pids.filter(isAlive)).toEqual([]);
  }, 2 * START_MS);

  test('continues with its data, leaves nothing running when it is killed, and says which child died', async () => {
    const killed = start();
    await killed.ready();
    expect((await decide(callIds)).every(({ replayed }) => replayed)).toBe(true);
    const pids = ['the decider', 'Kafka'].map((name) => killed.pid(name));
    killed.child.kill('SIGKILL');
    await killed.exited;
    await until(() => !pids.some(isAlive));

    const next = start();
    await next.ready();
    expect((await decide(callIds)).every(({ replayed }) => replayed)).toBe(true);
    process.kill(next.pid('the decider'), 'SIGKILL');
    expect(await next.exited).toBe(1);
    expect(next.output()).toMatch(/docket cluster: the decider ended \(SIGKILL\); the end of its log:\n\{/);
    // As above: it is there until init has taken note of its end.
    await until(() => !isAlive(next.pid('Kafka')));
  }, 3 * START_MS);
});
