import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import type { token } from '#contracts';
import { FakePartner, MINT_PATH, ORDERS_PATH } from '#fake-partner';
import { describeWithKafka, startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { KafkaDecider } from './kafka-decider.fixture.js';
import { TokenLog } from './token-log.fixture.js';
import { TokenBrokerNode, type TokenNodeSettings } from './token-node.fixture.js';

const PATIENCE_MS = 120_000;
const TEST_MS = 300_000;

/** Rejects with what it waited for when that does not come, or when `meanwhile` fails. */
async function until(what: string, condition: () => boolean | Promise<boolean>, meanwhile?: Promise<unknown>): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  meanwhile?.catch((error: unknown) => (failure = { error }));
  for (const endMs = performance.now() + PATIENCE_MS; !(await condition());) {
    if (failure) throw failure.error;
    if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
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
  let started: readonly TokenBrokerNode[] = [];
  const partners: FakePartner[] = [];
  let log: TokenLog;
  let made = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docket-token-nodes-'));
    postgres = await startThrowawayPostgres();
    settings = { folder, brokers: kafka.addresses(), databaseUrl: await postgres.createDatabase() };
    // It makes the registry, its first credentials and the keyring; nothing else of it is needed.
    const decider = await KafkaDecider.start({ ...settings, node: 'decider' });
    await decider.stop();
    nodes = await Promise.all(['a', 'b', 'c'].map((node) => TokenBrokerNode.start({ ...settings, node })));
    started = nodes;
    for (const node of nodes) node.watch();
    log = new TokenLog(kafka.addresses());
  }, TEST_MS);

  afterAll(async () => {
    await log?.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all(partners.map((partner) => partner.stop()));
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  }, TEST_MS);

  /** A connection to a partner of its own, with the node that owns it and keeps it: it waits until nothing is being moved. */
  async function connection(): Promise<{ id: string; partner: FakePartner; owner: TokenBrokerNode; others: TokenBrokerNode[] }> {
    await until('each node has its share', () => log.isShared(nodes.map(({ name }) => name)));
    const partner = await FakePartner.start();
    partners.push(partner);
    const id = `partner-${++made}`;
    await nodes[0]!.register(id, { issuer: 'PARTNER_SECRET', tokenUrl: partner.baseUrl + MINT_PATH, clientId: partner.apiKey }, partner.apiSecret);
    const name = await log.ownerOf(id);
    const owner = nodes.find((node) => node.name === name)!;
    // One that does not know yet that it owns the partition no more may not know the connection either.
    const namesOwner = async (node: TokenBrokerNode): Promise<boolean> => (await node.ownerOf(id).catch(() => '')) === owner.address;
    await until('every node names the owner', async () => (await Promise.all(nodes.map(namesOwner))).every(Boolean));
    return { id, partner, owner, others: nodes.filter((node) => node !== owner) };
  }

  /**
   * A connection whose first mint hangs until `release`, at the node that owns it. On a machine that is slow a node may be taken for dead, and its
   * partitions move, at any time: where that has just happened another connection is made.
   */
  async function slowMint<A>(ask: (id: string, others: readonly TokenBrokerNode[]) => Promise<A>): Promise<Awaited<ReturnType<typeof connection>> & { release: () => void; asked: Promise<A> }> {
    for (;;) {
      const made = await connection();
      const release = made.partner.holdMints();
      const asked = ask(made.id, made.others);
      await until('the owner mints', () => made.partner.requests.count('mint') > 0, asked);
      if (await log.ownerOf(made.id) === made.owner.name) return { ...made, release, asked };
      release();
      await asked;
    }
  }

  const heardOf = (id: string, generation: number) => (): boolean => nodes.every((node) => (node.heard.get(id)?.endedGeneration ?? 0) >= generation);

  test('1,000 callers on each of three nodes are one mint, and all get the same token', async () => {
    const { id, partner } = await connection();
    const answers = await Promise.all(nodes.flatMap((node) => Array.from({ length: 1_000 }, () => node.getInTheEnd(id, 60_000))));
    expect(new Set(answers.map(({ token: value, generation }) => `${generation} ${value}`)).size).toBe(1);
    expect(await isTaken(partner, answers[0]!)).toBe(true);
    expect(partner.requests.entries.filter(({ kind }) => kind === 'mint')).toMatchObject([{ credential: 'right', carriedToken: false }]);
  }, TEST_MS);

  test('a rejected token, and then a rotated secret, reach every node: none serves the old token once it has heard', async () => {
    const { id, partner, others } = await connection();
    await Promise.all(nodes.map((node) => node.get(id)));
    const renewed = await others[0]!.get(id, { rejectedGeneration: 1 });
    expect(renewed.generation).toBe(2);
    await until('every node has heard that the token ended', heardOf(id, 1));
    expect((await Promise.all(nodes.map((node) => node.get(id)))).map(({ token: value }) => value)).toEqual(nodes.map(() => renewed.token));
    partner.apiSecret = 'another-secret';
    await others[1]!.rotate(id, partner.apiSecret);
    await until('every node has heard of the rotation', heardOf(id, 2));
    const rotated = await Promise.all(nodes.map((node) => node.get(id)));
    expect(rotated.map(({ generation }) => generation)).toEqual([3, 3, 3]);
    expect(await isTaken(partner, rotated[0]!)).toBe(true);
    expect(partner.requests.count('mint')).toBe(3);
  }, TEST_MS);

  test('a revoked token is served by no node, not even while no other one can be had', async () => {
    const { id, partner, others } = await connection();
    await Promise.all(nodes.map((node) => node.get(id)));
    const release = partner.holdMints();
    expect(await others[0]!.revoke({ connectionId: id })).toMatchObject({ connectionIds: [id] });
    await until('every node has heard that the token ended', heardOf(id, 1));
    const refused = await Promise.allSettled(nodes.map((node) => node.get(id, {}, 1_000)));
    const ends = refused.map((result) => (result.status === 'rejected' ? (result.reason as { code: number }).code : `generation ${result.value.generation}`));
    expect(ends.filter((end) => end !== status.DEADLINE_EXCEEDED && end !== status.UNAVAILABLE)).toEqual([]);
    release();
    expect((await Promise.all(nodes.map((node) => node.getInTheEnd(id)))).map(({ generation }) => generation)).toEqual([2, 2, 2]);
    expect(partner.requests.count('mint')).toBe(2);
  }, TEST_MS);

  test('whichever node is asked, a token is known by its value from its mint on, and all end at once; what nobody has had is nowhere', async () => {
    const first = await connection();
    const second = await connection();
    for (const { id, owner, others } of [first, second]) {
      const { token: value, generation } = await owner.getInTheEnd(id);
      expect(await others[0]!.revoke({ token: value })).toMatchObject({ connectionIds: [id], byValue: { tokens: [{ connectionId: id, generation, newest: true, endedBefore: false }] } });
    }
    expect(await first.others[1]!.revoke({ token: 'nobody-has-had-this-one' })).toMatchObject({ connectionIds: [], byValue: { tokens: [] } });
    for (const { id, owner } of [first, second]) await owner.getInTheEnd(id);
    expect((await first.others[0]!.revoke({ all: true })).connectionIds).toEqual(expect.arrayContaining([first.id, second.id]));
    expect((await second.others[0]!.revoke({ all: true })).connectionIds).toEqual([]);
  }, TEST_MS);

  test('an owner that is stopped during a slow mint and goes on after another has taken over publishes nothing', async () => {
    const { id, partner, owner, others, release, asked: first } = await slowMint((asked, [other]) => other!.get(asked, {}, 60_000).catch((error: unknown) => error));
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
    const events = await log.eventsOf(id);
    expect(events.map(({ type }) => type).filter((type) => /^(?:Mint|TokenMinted)/.test(type))).toEqual(['MintStarted', 'MintStarted', 'TokenMinted']);
    expect(events.flatMap((event) => (event.type === 'MintStarted' ? [event.attempt] : []))).toEqual([1, 2]);
  }, TEST_MS);

  test('kill -9 of the owner during a slow mint delays the others until they have taken over; the mint is repeated once', async () => {
    const { id, partner, owner, others, release, asked: waiting } = await slowMint((asked, among) => Promise.all(among.map((node) => node.getInTheEnd(asked))));
    await owner.kill();
    nodes = others;
    release();
    const answers = await waiting;
    expect(new Set(answers.map(({ token: value }) => value)).size).toBe(1);
    expect(await isTaken(partner, answers[0]!)).toBe(true);
    expect(partner.requests.count('mint')).toBe(2);
    expect((await log.eventsOf(id)).filter(({ type }) => type === 'TokenMinted')).toHaveLength(1);
  }, TEST_MS);

  test('a node that is told to stop hands its partitions over and ends cleanly; its tokens are still served, without another mint', async () => {
    const { id, partner, owner } = await connection();
    const before = await owner.get(id);
    const left = nodes.filter((node) => node !== owner);
    nodes = left;
    expect(await owner.stop()).toBe(0);
    expect((await Promise.all(left.map((node) => node.getInTheEnd(id)))).map(({ token: value }) => value)).toEqual(left.map(() => before.token));
    expect(partner.requests.count('mint')).toBe(1);
  }, TEST_MS);

  test('no node has written a token or a secret into its log', async () => {
    expect(partners.map(({ apiSecret }) => apiSecret).length).toBeGreaterThan(4);
    const texts = await Promise.all(started.map((node) => node.log()));
    for (const text of texts) {
      expect(text).toContain('"msg":"serving"');
      expect(partners.filter(({ apiSecret }) => text.includes(apiSecret))).toEqual([]);
      expect(text).not.toContain('canary-fake');
    }
    // Which of them did is a matter of where the partitions went.
    expect(texts.join('')).toContain('"outcome":"minted"');
  });
});
