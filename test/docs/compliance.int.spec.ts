import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { bearer, queryClient } from '#contracts';
import type { query } from '#contracts';
import { decisionMachine } from '#decision';
import { PostgresEventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { ALL_PROJECTIONS, DECISION_PROJECTIONS, Generations, ReadModels, REGISTRY_PROJECTIONS, TopicFollower } from '#read-models';
import { decodeRegistryEvent } from '#registry';
import { docket, type Ran } from '../../apps/cli/src/cli.fixture.js';
import { callId, DeciderFixture } from '../../apps/decider/src/decider.fixture.js';

const PARTITIONS = 2;
/** One verdict rests on a value of the arguments, the others do not. */
const POLICY = {
  version: '1', default: 'deny',
  tools: { refresh: { limits: [{ counter: 'refreshes', window: 'minute', max: 60 }] }, charge: { require: [{ conditions: [{ path: 'args.amount', op: 'lte', value: 100 }] }] } },
};
const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'compliance.md'), 'utf8');
/** Every line of its blocks, in the order of the page. */
const commands = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.trim().split('\n'));

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;
let places: Record<string, string>;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  const url = await postgres.createDatabase();
  decider = new DeciderFixture(url);
  const heads = join(decider.folder, 'kept-elsewhere');
  await decider.start({ DECISIONS_PARTITIONS: String(PARTITIONS), HEADS_SINK: heads, HEADS_EVERY_MS: '100' });
  const file = join(decider.folder, 'credentials.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')) as object, grpc: decider.address, database: url }));
  await project(url);

  const grant = await decider.grant(POLICY);
  const answers = [];
  for (const tool of ['refresh', 'refresh', 'charge', 'delete_everything']) answers.push(await decider.decide({ callId: callId(), grant: grant.id, tool, arguments: Buffer.from('{"amount":20}') }));
  const receipts = join(decider.folder, 'receipts.jsonl');
  writeFileSync(receipts, answers.map(({ receipt }) => `${JSON.stringify({ ...receipt, hash: receipt!.hash.toString('base64') })}\n`).join(''));
  writeFileSync(join(decider.folder, 'draft.json'), JSON.stringify({ version: '1', default: 'deny', tools: {} }));
  places = {
    '<grant>': grant.id, '<call-id>': answers[3]!.callId, '<folder>': heads, '<head-keys.pem>': join(decider.folder, 'head-keys.pem'), '<receipts.jsonl>': receipts, '<draft.json>': join(decider.folder, 'draft.json'),
    '<month.csv>': join(decider.folder, 'month.csv'), '<grant.parquet>': join(decider.folder, 'grant.parquet'), '<archive>': join(decider.folder, 'archived'), '<proof.json>': join(decider.folder, 'proof.json'), '<name>': 'an-auditor', '<time>': new Date().toISOString(),
  };
  await seen(answers.at(-1)!.receipt!);
}, 300_000);

afterAll(async () => {
  for (const step of undo.reverse()) await step();
  await decider.remove();
  await postgres.stop();
}, 300_000);

async function project(url: string): Promise<void> {
  const readModels = await ReadModels.open(url);
  const log = new PostgresEventLog({ connectionString: url, pollMs: 20 });
  await new Generations(readModels).ensure(ALL_PROJECTIONS);
  const stopping = new AbortController();
  const shared = { readModels, log, signal: stopping.signal, onTrouble: () => undefined, onStopped: () => undefined, onSwitched: () => undefined };
  const { decode } = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);
  const running = Promise.all([
    new TopicFollower({ ...shared, topic: 'docket.registry', partitions: 1, decode: decodeRegistryEvent, projections: REGISTRY_PROJECTIONS }).run(),
    new TopicFollower({ ...shared, topic: 'docket.decisions', partitions: PARTITIONS, decode, projections: DECISION_PROJECTIONS }).run(),
  ]);
  undo.push(async () => {
    stopping.abort();
    await running;
    await readModels.close();
    await log.close();
  });
}

/** Waits until the rows hold the last answer. */
async function seen(atLeast: query.ListDecisionsRequest['atLeast']): Promise<void> {
  const client = queryClient(decider.address, credentials.createInsecure());
  await new Promise((resolve, reject) => client.ListDecisions({ atLeast: atLeast! }, bearer(decider.token('auditor')), { deadline: Date.now() + 30_000 }, (error, value) => (error ? reject(error) : resolve(value))));
  client.close();
}

const run = (line: string): Promise<Ran> => {
  const [program, ...args] = line.split(' ').map((word) => places[word] ?? word);
  if (program === 'docket-verify') return docketVerify(args);
  return docket(args, { cwd: decider.folder, environment: { DOCKET_DATA_DIR: decider.folder } });
};

/** Its own program, run once: it does its work when it is loaded. */
async function docketVerify(args: readonly string[]): Promise<Ran> {
  const kept = { stdout: '', stderr: '' };
  const { argv } = process;
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = ((text: unknown) => {
      kept[name] += String(text);
      return true;
    }) as typeof writes.stdout;
  }
  process.argv = [argv[0]!, 'docket-verify', ...args];
  try {
    await import('../../apps/verify/src/main.js');
    expect(kept.stdout).toMatch(/ is proven\.\n$/);
    return { exitCode: Number(process.exitCode), ...kept };
  } finally {
    process.argv = argv;
    process.exitCode = 0;
    for (const name of ['stdout', 'stderr'] as const) process[name].write = writes[name];
  }
}

it('is a page with commands for everything it speaks of', () => {
  expect(commands.length).toBeGreaterThan(15);
  expect(commands.filter((line) => !/^docket(?:-verify)? /.test(line))).toEqual([]);
});

// One after another, as somebody would who follows the page from its top.
it.each(commands)('%s', async (line) => {
  const { exitCode, stdout, stderr } = await run(line);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr, stdout: exitCode === 0 ? '' : stdout }).toEqual({ exitCode: 0, stderr: '', stdout: '' });
}, 300_000);

it('after erasing, the page’s other commands say what it says: values gone, everything else as it was', async () => {
  const replayed = await run('docket log replay --json');
  expect(replayed.exitCode).toBe(0);
  expect(JSON.parse(replayed.stdout)).toMatchObject({ verdicts: { compared: 3, agreed: 3, differing: 0, notDerivable: 1 }, notDerivable: { values_erased: 1 }, chainBreaks: [] });
  expect(await run('docket log verify --receipts <receipts.jsonl>')).toMatchObject({ exitCode: 0 });
  expect(await run(`docket log prove <grant> <call-id> --out ${join(decider.folder, 'later.json')}`)).toMatchObject({ exitCode: 0 });
}, 300_000);
