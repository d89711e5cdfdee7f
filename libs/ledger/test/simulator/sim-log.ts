import { DocketError } from '#errors';
import type { AppendOutcome, EventLog, LogAppender, LogRecord, NewRecord, PartitionAppend, ReadOptions, TopicPartition } from '../../src/event-log.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

/** How badly the log and the network behave; all probabilities. */
export interface Faults {
  /** A partition's share of a request fails. */
  append: number;
  /** A copy of an acknowledged share lands once more, later. */
  duplicate: number;
  /** A read fails. */
  readError: number;
  /** A read sees less than there is. */
  staleRead: number;
  /** Longest that a copy can be on its way. */
  lateMs: number;
}

export const NO_FAULTS: Faults = { append: 0, duplicate: 0, readError: 0, staleRead: 0, lateMs: 0 };

/** The cluster's side: what is stored, and how faulty it is just now. */
export class SimCluster {
  readonly world: World;
  readonly topic: string;
  readonly partitions: LogRecord[][];
  faults: Faults = NO_FAULTS;
  /** The log's clock minus true time. */
  clockOffsetMs = 0;
  onStored: (partition: number, record: LogRecord) => void = () => {};

  constructor(world: World, topic: string, partitions: number) {
    this.world = world;
    this.topic = topic;
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  logTimeMs(): number {
    return this.world.nowMs + this.clockOffsetMs;
  }

  store(partition: number, records: readonly NewRecord[]): { baseOffset: number; logTimeMs: number } {
    const stored = this.partitions[partition]!;
    const baseOffset = stored.length;
    for (const { key, value } of records) {
      const record = { key, value, offset: stored.length, timestampMs: this.logTimeMs() };
      stored.push(record);
      this.onStored(partition, record);
    }
    return { baseOffset, logTimeMs: this.logTimeMs() };
  }
}

/** One node's way to the cluster, over a network that delays, loses and repeats. */
export class SimLog implements EventLog {
  readonly #cluster: SimCluster;
  readonly #node: SimNode;
  readonly #lanes: number;

  constructor(cluster: SimCluster, node: SimNode, lanes: number) {
    this.#cluster = cluster;
    this.#node = node;
    this.#lanes = lanes;
  }

  async prepare(): Promise<void> {}
  async close(): Promise<void> {}

  laneOf(tp: TopicPartition): string {
    // Leaders move now and then.
    return `lane-${(tp.partition + Math.floor(this.#cluster.world.nowMs / 7_000)) % this.#lanes}`;
  }

  openAppender(): LogAppender {
    const pending = new Set<() => void>();
    const reset = (): void => {
      for (const lose of [...pending]) lose();
    };
    return { append: (batch, timeoutMs) => this.#append(batch, timeoutMs, pending), reset, close: async () => reset() };
  }

  async read(tp: TopicPartition, fromOffset: number, options: ReadOptions = {}): Promise<LogRecord[]> {
    const { world, faults, partitions } = this.#cluster;
    const stored = partitions[tp.partition]!;
    await this.#travel(this.#delay());
    if (fromOffset >= stored.length && (options.maxWaitMs ?? 0) > 0) await this.#travel(options.maxWaitMs!);
    if (world.random.chance(faults.readError)) throw new Error('simulated: read failed');
    if (fromOffset > stored.length) {
      throw new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', message: `offset ${fromOffset} is past the end at ${stored.length}` });
    }
    const visible = world.random.chance(faults.staleRead) ? world.random.int(fromOffset, stored.length) : stored.length;
    const found = stored.slice(fromOffset, Math.min(visible, fromOffset + (options.maxRecords ?? 1_000)));
    await this.#travel(this.#delay());
    return found;
  }

  async endOffset(tp: TopicPartition): Promise<number> {
    await this.#travel(this.#delay());
    const end = this.#cluster.partitions[tp.partition]!.length;
    await this.#travel(this.#delay());
    if (this.#cluster.world.random.chance(this.#cluster.faults.readError)) throw new Error('simulated: end offset failed');
    return end;
  }

  #append(batch: readonly PartitionAppend[], timeoutMs: number, pending: Set<() => void>): Promise<AppendOutcome[]> {
    const { world } = this.#cluster;
    return new Promise((resolve) => {
      const outcomes = new Map<number, AppendOutcome>();
      const answer = (): void => {
        if (!pending.delete(answer)) return;
        resolve(batch.map((_, index) => outcomes.get(index) ?? { kind: 'unknown', error: new Error('simulated: no answer') }));
      };
      pending.add(answer);
      world.after(timeoutMs, () => this.#node.deliver(answer));
      batch.forEach(({ partition, records }, index) => {
        this.#planPart(partition, records, (outcome) => {
          outcomes.set(index, outcome);
          // A part that failed fast is answered with the others: a request has one answer.
          if (outcomes.size === batch.length) world.after(this.#delay(), () => this.#node.deliver(answer));
        });
      });
    });
  }

  /** What becomes of one partition's share: stored or not, at once or late or twice, acknowledged or not. */
  #planPart(partition: number, records: readonly NewRecord[], answered: (outcome: AppendOutcome) => void): void {
    const { world, faults } = this.#cluster;
    const { random } = world;
    const land = (): AppendOutcome => ({ kind: 'acknowledged', ...this.#cluster.store(partition, records) });
    const failed: AppendOutcome = { kind: 'unknown', error: new Error('simulated: append failed') };
    const wayMs = this.#delay();
    if (!random.chance(faults.append)) {
      const isTwice = random.chance(faults.duplicate);
      // The acknowledgement may be the second copy's.
      const isSecondAnswered = isTwice && random.chance(0.3);
      world.after(wayMs, () => {
        const first = land();
        if (!isSecondAnswered) answered(first);
      });
      if (isTwice) {
        world.after(wayMs + (isSecondAnswered ? this.#delay() : random.int(0, faults.lateMs)), () => {
          const second = land();
          if (isSecondAnswered) answered(second);
        });
      }
      return;
    }
    const isAnswered = random.chance(0.5);
    if (isAnswered) world.after(wayMs, () => answered(failed));
    switch (random.int(0, 3)) {
      case 0: // never sent
        break;
      case 1: // stored at once, the acknowledgement is lost
        world.after(wayMs, land);
        break;
      case 2: // on its way for long, whatever happens to its connection meanwhile
        world.after(random.int(0, faults.lateMs), land);
        break;
      default: // and twice
        world.after(random.int(0, faults.lateMs), land);
        world.after(random.int(0, faults.lateMs), land);
    }
  }

  #delay(): number {
    const { random } = this.#cluster.world;
    return random.chance(0.05) ? random.int(20, 200) : random.int(0, 12);
  }

  #travel(ms: number): Promise<void> {
    return new Promise((resolve) => this.#cluster.world.after(ms, () => this.#node.deliver(resolve)));
  }
}
