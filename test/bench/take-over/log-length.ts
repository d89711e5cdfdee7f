import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decisionMachine, type DecisionCommand, type DecisionEvent, type DecisionReply, type DecisionState } from '#decision';
import { KafkaEventLog, Ledger, systemRuntime, type NewRecord } from '#ledger';
import { KafkaCluster } from '#local-services';
import { SyntheticLog, TOPIC } from '../projections/synthetic-log.js';

const BATCH_RECORDS = 2_000;
const TP = { topic: TOPIC, partition: 0 };

/** What it took to serve a partition whose log holds so many events. */
export interface LengthFigure {
  readonly events: number;
  /** By a node that reads the log from its beginning: no snapshot, no standby. */
  readonly coldMs: number;
  /** By its standby, after the owner was told to stop. */
  readonly handedOverMs: number;
  /** By its standby, after the owner vanished without a word; most of it is noticing that. */
  readonly vanishedMs: number;
  /** Of that, from being told to own it to serving it. */
  readonly takingMs: number;
}

type Node = { readonly log: KafkaEventLog; readonly ledger: Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply> };

/** One partition on one broker with so many events of the decisions machine, and nodes that share it through a consumer group. */
export async function takeOverAt(events: number, say: (line: string) => void): Promise<LengthFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'docket-bench-take-over-'));
  const kafka = await KafkaCluster.start({ folder, heapMb: 512 });
  const nodes: Node[] = [];
  try {
    const open = (clientId: string): KafkaEventLog => new KafkaEventLog({ clientId, brokers: kafka.addresses, replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
    await fill(open('filler'), events, say);
    const join = (name: string): Node => {
      const log = open(name);
      const ledger = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({
        log, topic: TOPIC, partitions: 1, machine: decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => undefined), runtime: systemRuntime(),
        node: { name, address: `${name}:1` }, membership: log.membership({ groupId: 'docket.bench', self: { node: name, address: `${name}:1` } }),
      });
      nodes.push({ log, ledger });
      return nodes.at(-1)!;
    };
    const startedMs = performance.now();
    const first = join('first');
    await first.ledger.start();
    const coldMs = performance.now() - startedMs;
    say(`${events} events: read from the beginning in ${Math.round(coldMs)} ms`);

    const second = join('second');
    await second.ledger.start();
    await follows(second, first);
    const handedOverMs = await taken(second, () => void first.ledger.handOver(60_000));
    await first.ledger.stop();

    const third = join('third');
    await third.ledger.start();
    await follows(third, second);
    let toldMs = 0;
    const watch = setInterval(() => { if (toldMs === 0 && third.ledger.status()[0]!.share === 'owner') toldMs = performance.now(); }, 1);
    const vanishedMs = await taken(third, () => void second.log.close());
    clearInterval(watch);
    const takingMs = performance.now() - toldMs;
    say(`${events} events: handed over in ${Math.round(handedOverMs)} ms, taken from a dead owner in ${Math.round(vanishedMs)} ms, ${Math.round(takingMs)} of them after being told`);
    return { events, coldMs, handedOverMs, vanishedMs, takingMs };
  } finally {
    await Promise.all(nodes.map(async ({ ledger, log }) => {
      await log.close();
      await ledger.stop();
    }));
    await kafka.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(log: KafkaEventLog, events: number, say: (line: string) => void): Promise<void> {
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  const appender = log.openAppender();
  const synthetic = new SyntheticLog(1);
  let written = 0;
  let batch: NewRecord[] = [];
  const flush = async (): Promise<void> => {
    const [outcome] = await appender.append([{ ...TP, records: batch }], 60_000);
    if (outcome?.kind !== 'acknowledged') throw outcome?.error ?? new Error('nothing was acknowledged');
    written += batch.length;
    batch = [];
    if (written % 100_000 < BATCH_RECORDS) say(`written ${written} events`);
  };
  for (const { record } of synthetic.beginning()) batch.push(record);
  while (written + batch.length < events) {
    for (const { record } of synthetic.call()) batch.push(record);
    if (batch.length >= BATCH_RECORDS) await flush();
  }
  if (batch.length > 0) await flush();
  await log.close();
}

/** The standby has applied everything that the owner has. */
async function follows(standby: Node, owner: Node): Promise<void> {
  for (;;) {
    const [behind] = standby.ledger.status();
    const [ahead] = owner.ledger.status();
    if (behind!.role === 'standby' && behind!.nextOffset === ahead!.nextOffset && ahead!.nextOffset > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** From `what` until the node serves. */
async function taken(node: Node, what: () => void): Promise<number> {
  const startedMs = performance.now();
  what();
  while (node.ledger.status()[0]!.role !== 'owner') await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now() - startedMs;
}
