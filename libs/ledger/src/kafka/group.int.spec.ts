import { randomUUID } from 'node:crypto';
import { describeWithKafka } from '#local-services';
import { tallyMachine, type Take, type Taken, type TallyReply, type TallyState } from '../../test/tally-machine.js';
import { KafkaEventLog } from '../kafka.event-log.js';
import { Ledger } from '../ledger.js';
import { systemRuntime } from '../system-runtime.js';

const PARTITIONS = 8;
const TEST_MS = 300_000;

interface Node {
  readonly name: string;
  readonly log: KafkaEventLog;
  readonly ledger: Ledger<TallyState, Take, Taken, TallyReply>;
}

describeWithKafka('nodes that share partitions through a consumer group', {}, (kafka) => {
  const topic = `test.${randomUUID()}`;
  const groupId = `docket.test.${randomUUID()}`;
  const nodes: Node[] = [];
  let ids = 0;

  const start = async (name: string): Promise<Node> => {
    const log = new KafkaEventLog({ clientId: name, replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true, brokers: kafka.addresses() });
    await log.prepare([{ topic, partitions: PARTITIONS }]);
    const self = { node: name, address: `${name}:7400` };
    const ledger = new Ledger<TallyState, Take, Taken, TallyReply>({
      log, topic, partitions: PARTITIONS, machine: tallyMachine(), runtime: systemRuntime(), node: { name, address: self.address }, membership: log.membership({ groupId, self }),
    });
    const node = { name, log, ledger };
    nodes.push(node);
    await ledger.start();
    return node;
  };
  const serving = ({ ledger }: Node): number[] => ledger.status().filter(({ role }) => role === 'owner').map(({ partition }) => partition);
  const standing = ({ ledger }: Node): number[] => ledger.status().filter(({ role }) => role === 'standby').map(({ partition }) => partition);
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const take = (): Take => ({ type: 'take', id: `id${(ids += 1)}`, idTimeMs: Date.now(), counter: `c${ids}`, attempt: ids });
  /** Of whoever says it is his. */
  const decide = async (partition: number, among: readonly Node[] = nodes): Promise<TallyReply> => {
    const asked = among[0]!.ledger.ownerOf(partition);
    const owner = asked.isHere ? among[0]! : among.find(({ name }) => `${name}:7400` === asked.address)!;
    return owner.ledger.submit(partition, take());
  };
  const shared = (among: readonly Node[]) => (): boolean => {
    const all = among.flatMap(serving);
    return all.length === PARTITIONS && new Set(all).size === PARTITIONS && Math.max(...among.map((node) => serving(node).length)) - Math.min(...among.map((node) => serving(node).length)) <= 1;
  };

  afterAll(async () => {
    for (const { ledger, log } of nodes) {
      await ledger.stop();
      await log.close();
    }
  });

  test('the first owns all; the next ones get their share while calls go on, and stand by for others', async () => {
    const a = await start('a');
    expect(serving(a)).toHaveLength(PARTITIONS);
    const b = await start('b');
    const c = await start('c');
    await until(shared([a, b, c]));
    await until(() => [a, b, c].flatMap(standing).length === PARTITIONS);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      expect(await decide(partition)).toMatchObject({ replayed: false });
      expect([a, b, c].filter(({ ledger }) => ledger.ownerOf(partition).isHere)).toHaveLength(1);
    }
    const elsewhere = serving(b)[0]!;
    await expect(a.ledger.submit(elsewhere, take())).rejects.toMatchObject({ kind: 'unavailable', reason: 'NOT_OWNER', metadata: { outcome: 'not_decided' } });
  }, TEST_MS);

  test('one that leaves hands over before it stops: the others own everything, with the counts it left', async () => {
    const [a, b, c] = nodes as [Node, Node, Node];
    const [partition] = serving(c) as [number];
    const before = c.ledger.peek(partition, (state) => state.counters.size);
    await c.ledger.handOver(200_000);
    expect(serving(c)).toEqual([]);
    await until(shared([a, b]));
    const heir = [a, b].find((node) => serving(node).includes(partition))!;
    expect(heir.ledger.peek(partition, (state) => state.counters.size)).toBe(before);
    // Who has left knows from the log who came after it.
    expect(c.ledger.ownerOf(partition)).toMatchObject({ isHere: false, address: `${heir.name}:7400` });
  }, TEST_MS);

  test('one that vanishes without a word is replaced by those who stood by', async () => {
    const [a, b] = nodes as [Node, Node];
    const lost = serving(b);
    await b.log.close();
    await until(() => serving(a).length === PARTITIONS);
    for (const partition of lost) expect(await decide(partition, [a])).toMatchObject({ replayed: false });
  }, TEST_MS);
});
