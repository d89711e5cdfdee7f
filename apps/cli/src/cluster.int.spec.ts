import { docket, FakeDocket, temporaryFolder } from './cli.fixture.js';

const NODES = [
  { name: 'a', address: 'a.example.com:7400', reachable: true, owned: 1, standingBy: 1 },
  { name: 'b', address: 'b.example.com:7400', reachable: false, problem: 'the owner at b.example.com:7400 cannot be reached' },
];
const CLAIM = { node: 'a', address: 'a.example.com:7400', epoch: 4, offset: 17, claimedAt: { seconds: 1_767_225_600, nanos: 0 } };
const partition = (changes: object): object => ({
  topic: 'docket.decisions', partition: 0, state: 'SERVING', owner: 'a', standby: 'b', epoch: 4, nextOffset: 25, standbyLag: 3, lastEventAt: { seconds: 1_767_225_660, nanos: 0 }, lastClaim: CLAIM, ...changes,
});

let answer: object;
let server: FakeDocket;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  folder = temporaryFolder();
  server = await new FakeDocket(() => answer).start();
});
afterAll(() => {
  server.stop();
  folder.remove();
});
const ask = (...args: string[]) => docket(['cluster', 'status', ...args], { cwd: folder.path, environment: { DOCKET_ADDRESS: server.address, DOCKET_CREDENTIAL: 'dk_admin' } });

it('shows nodes and partitions with owners, standbys, epochs, lag and last claim, and fails while a partition is not served', async () => {
  answer = { nodes: NODES, partitions: [partition({}), partition({ partition: 1, state: 'OWNER_UNREACHABLE', owner: 'b', standby: '', standbyLag: -1, lastEventAt: null, lastClaim: null })], answeredBy: 'a' };
  const shown = await ask();
  expect(shown.stdout.split('\n')).toEqual([
    'NODE  ADDRESS             STATE                                                           OWNS  STANDS BY',
    'a     a.example.com:7400  reachable                                                       1     1',
    'b     b.example.com:7400  UNREACHABLE: the owner at b.example.com:7400 cannot be reached  -     -',
    '',
    'PARTITION           STATE              OWNER  EPOCH  STANDBY  LAG  NEXT OFFSET  LAST EVENT            LAST CLAIM',
    'docket.decisions/0  serving            a      4      b        3    25           2026-01-01T00:01:00Z  2026-01-01T00:00:00Z a (epoch 4, offset 17)',
    'docket.decisions/1  OWNER UNREACHABLE  b      4      -        -    25           -                     -',
    '',
  ]);
  expect(shown.exitCode).toBe(1);
});

it('shows the token brokers too where one is known, and fails when that one does not answer', async () => {
  answer = { nodes: NODES.slice(0, 1), partitions: [partition({ standby: '', standbyLag: -1 })], answeredBy: 'a' };
  const both = (tokens: string, ...args: string[]) => docket(['cluster', 'status', ...args], { cwd: folder.path, environment: { DOCKET_ADDRESS: server.address, DOCKET_TOKENS_ADDRESS: tokens, DOCKET_CREDENTIAL: 'dk_admin' } });
  const shown = await both(server.address);
  expect(shown.exitCode).toBe(0);
  const [deciders, brokers] = shown.stdout.split('\nTOKEN BROKERS\n') as [string, string];
  expect(brokers).toBe(deciders);
  expect(JSON.parse((await both(server.address, '--json')).stdout)).toMatchObject({ partitions: [{ state: 'SERVING' }], tokenBrokers: { nodes: [{ name: 'a' }], partitions: [{ state: 'SERVING' }] } });
  const away = await both('127.0.0.1:1');
  expect(away.stdout).toContain(`${deciders}\nTOKEN BROKERS: NO ANSWER: `);
  expect(away.exitCode).toBe(1);
});

it('prints one JSON object with --json, and 0 when all is served', async () => {
  answer = { nodes: NODES.slice(0, 1), partitions: [partition({})], answeredBy: 'a' };
  const shown = await ask('--json');
  expect(shown.exitCode).toBe(0);
  expect(JSON.parse(shown.stdout)).toMatchObject({ answeredBy: 'a', nodes: [{ name: 'a', reachable: true, owned: 1 }], partitions: [{ state: 'SERVING', owner: 'a', standbyLag: '3', lastClaim: { epoch: '4' } }] });
});
