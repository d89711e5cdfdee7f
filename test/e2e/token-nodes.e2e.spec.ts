import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { accessTokenMachine, type TokenEvent } from '#access-token';
import type { token } from '#contracts';
import { FakePartner, MINT_PATH, ORDERS_PATH } from '#fake-partner';
import { Fold, KafkaEventLog, partitionOf } from '#ledger';
import { describeWithKafka, startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { KafkaDecider } from './kafka-decider.fixture.js';
import { TokenBrokerNode, type TokenNodeSettings } from './token-node.fixture.js';

const TOPIC = 'docket.tokens';
const PARTITIONS = 16;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The answer's token is one that the partner takes. */
async function isTaken(partner: FakePartner, answer: token.GetTokenResponse__Output): Promise<boolean> {
  return (await fetch(partner.baseUrl + ORDERS_PATH, { headers: { [answer.headerName]: answer.token, connection: 'close' } })).status === 200;
}

describeWithKafka('three token brokers on a real Kafka broker', {}, (kafka) => {
  let folder: string;
  let postgres: ThrowawayPostgres;
  let settings: Omit<TokenNodeSettings, 'node'>;
  let nodes: TokenBrokerNode[] = [];
  const partners: FakePartner[] = [];
  let made = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docket-token-nodes-'));
    postgres = await startThrowawayPostgres();
    settings = { folder, brokers: kafka.addresses(), databaseUrl: await postgres.createDatabase() };
    // It makes the registry, its first credentials and the keyring; nothing else of it is needed.
    const decider = await KafkaDecider.start({ ...settings, node: 'decider' });
    await decider.stop();
    nodes = await Promise.all(['a', 'b', 'c'].map((node) => TokenBrokerNode.start({ ...settings, node })));
    for (const node of nodes) node.watch();
  }, 240_000);

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all(partners.map((partner) => partner.stop()));
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  /** A connection to a partner of its own, with the node that owns it. */
  async function connection(): Promise<{ id: string; partner: FakePartner; owner: TokenBrokerNode; others: TokenBrokerNode[] }> {
    const partner = await FakePartner.start();
    partners.push(partner);
    const id = `partner-${++made}`;
    await nodes[0]!.register(id, { issuer: 'PARTNER_SECRET', tokenUrl: partner.baseUrl + MINT_PATH, clientId: partner.apiKey }, partner.apiSecret);
    const address = await nodes[0]!.ownerOf(id);
    const owner = nodes.find((node) => node.address === address)!;
    return { id, partner, owner, others: nodes.filter((node) => node !== owner) };
  }

  /** Valid events of a connection, as any reader of the log judges them. */
  async function eventsOf(id: string): Promise<TokenEvent[]> {
    const log = new KafkaEventLog({ brokers: kafka.addresses(), clientId: 'spec', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
    try {
      const tp = { topic: TOPIC, partition: partitionOf(id, PARTITIONS) };
      const fold = new Fold(accessTokenMachine(), tp.topic, tp.partition);
      const events: TokenEvent[] = [];
      for (const end = await log.endOffset(tp); fold.resume.offset < end;) {
        for (const record of await log.read(tp, fold.resume.offset)) {
          const applied = fold.apply(record);
          if (applied.kind === 'event' && applied.event.connection_id === id) events.push(applied.event);
        }
      }
      return events;
    } finally {
      await log.close();
    }
  }

  const heardOf = (id: string, generation: number) => (): boolean => nodes.every((node) => (node.heard.get(id)?.endedGeneration ?? 0) >= generation);

  test('1,000 callers on each of three nodes are one mint, and all get the same token', async () => {
    const { id, partner } = await connection();
    const answers = await Promise.all(nodes.flatMap((node) => Array.from({ length: 1_000 }, () => node.getInTheEnd(id, 60_000))));
    expect(new Set(answers.map(({ token: value, generation }) => `${generation} ${value}`)).size).toBe(1);
    expect(await isTaken(partner, answers[0]!)).toBe(true);
    expect(partner.requests.entries.filter(({ kind }) => kind === 'mint')).toMatchObject([{ credential: 'right', carriedToken: false }]);
  }, 120_000);

  test('a rejected token, and then a rotated secret, reach every node: none serves the old token once it has heard', async () => {
    const { id, partner, others } = await connection();
    await Promise.all(nodes.map((node) => node.get(id)));
    const renewed = await others[0]!.get(id, { rejectedGeneration: 1 });
    expect(renewed.generation).toBe(2);
    await until(heardOf(id, 1));
    expect((await Promise.all(nodes.map((node) => node.get(id)))).map(({ token: value }) => value)).toEqual(nodes.map(() => renewed.token));
    partner.apiSecret = 'another-secret';
    await others[1]!.rotate(id, partner.apiSecret);
    await until(heardOf(id, 2));
    const rotated = await Promise.all(nodes.map((node) => node.get(id)));
    expect(rotated.map(({ generation }) => generation)).toEqual([3, 3, 3]);
    expect(await isTaken(partner, rotated[0]!)).toBe(true);
    expect(partner.requests.count('mint')).toBe(3);
  }, 120_000);

  test('a revoked token is served by no node, not even while no other one can be had', async () => {
    const { id, partner, others } = await connection();
    await Promise.all(nodes.map((node) => node.get(id)));
    const release = partner.holdMints();
    expect(await others[0]!.revoke(id)).toEqual({ connectionIds: [id] });
    await until(heardOf(id, 1));
    const refused = await Promise.allSettled(nodes.map((node) => node.get(id, {}, 1_000)));
    expect(refused.map((result) => (result.status === 'rejected' ? (result.reason as { code: number }).code : result.value.generation))).toEqual(nodes.map(() => status.DEADLINE_EXCEEDED));
    release();
    expect((await Promise.all(nodes.map((node) => node.getInTheEnd(id)))).map(({ generation }) => generation)).toEqual([2, 2, 2]);
    expect(partner.requests.count('mint')).toBe(2);
  }, 120_000);

  test('an owner that is stopped during a slow mint and goes on after another has taken over publishes nothing', async () => {
    const { id, partner, owner, others } = await connection();
    const release = partner.holdMints();
    const first = others[0]!.get(id, {}, 60_000).catch((error: unknown) => error);
    await until(() => partner.requests.count('mint') === 1);
    owner.signal('SIGSTOP');
    // The answer to the stopped owner's mint is on its way; the token that comes next ends it at the partner.
    release();
    try {
      const taken = await Promise.all(others.map((node) => node.getInTheEnd(id)));
      expect(new Set(taken.map(({ token: value }) => value)).size).toBe(1);
      expect(await isTaken(partner, taken[0]!)).toBe(true);
    } finally {
      owner.signal('SIGCONT');
    }
    await first;
    const late = await owner.getInTheEnd(id);
    expect(await isTaken(partner, late)).toBe(true);
    expect(partner.requests.count('mint')).toBe(2);
    // What the former owner may have appended counts nowhere.
    const events = await eventsOf(id);
    expect(events.map(({ type }) => type).filter((type) => /^(?:Mint|TokenMinted)/.test(type))).toEqual(['MintStarted', 'MintStarted', 'TokenMinted']);
    expect(events.flatMap((event) => (event.type === 'MintStarted' ? [event.attempt] : []))).toEqual([1, 2]);
  }, 180_000);

  test('kill -9 of the owner during a slow mint delays the others until they have taken over; the mint is repeated once', async () => {
    const { id, partner, owner, others } = await connection();
    const release = partner.holdMints();
    const waiting = others.map((node) => node.getInTheEnd(id));
    await until(() => partner.requests.count('mint') === 1);
    await owner.kill();
    nodes = others;
    release();
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ token: value }) => value)).size).toBe(1);
    expect(await isTaken(partner, answers[0]!)).toBe(true);
    expect(partner.requests.count('mint')).toBe(2);
    expect((await eventsOf(id)).filter(({ type }) => type === 'TokenMinted')).toHaveLength(1);
  }, 180_000);

  test('a node that is told to stop hands its partitions over and ends cleanly; its tokens are still served, without another mint', async () => {
    const { id, partner, owner } = await connection();
    const before = await owner.get(id);
    const left = nodes.filter((node) => node !== owner);
    nodes = left;
    expect(await owner.stop()).toBe(0);
    expect((await Promise.all(left.map((node) => node.getInTheEnd(id)))).map(({ token: value }) => value)).toEqual(left.map(() => before.token));
    expect(partner.requests.count('mint')).toBe(1);
  }, 120_000);

  test('no node has written a token or a secret into its log', async () => {
    expect(partners.map(({ apiSecret }) => apiSecret).length).toBeGreaterThan(4);
    for (const node of nodes) {
      const text = await node.log();
      expect(text).toContain('"outcome":"minted"');
      expect(partners.filter(({ apiSecret }) => text.includes(apiSecret))).toEqual([]);
      expect(text).not.toContain('canary-fake');
    }
  });
});
