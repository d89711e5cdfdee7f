import { Fold, stateHash } from '../../src/fold.js';
import type { ResumeState } from '../../src/resume-state.js';
import type { Position, StateMachine } from '../../src/state-machine.js';
import { checkHeads } from '../check-heads.js';
import type { Take, Taken, TallyReply, TallySettings, TallyState } from '../tally-machine.js';
import { ReferenceJudge } from './reference-judge.js';
import type { SimCluster } from './sim-log.js';
import type { SimSnapshotTable } from './sim-snapshots.js';

/** What must hold, in the words of the guarantee. */
export const INVARIANTS = {
  replyInLog: 'a reply is in the log, valid, with that offset and hash',
  replyRests: 'a reply that appends nothing rests on acknowledged, valid events',
  notDecided: 'a command reported as not decided never becomes valid',
  oneVerdict: 'one valid verdict for each call id',
  limit: 'no counter over its limit',
  sameState: 'every reader has the same state at the same offset',
  ownerState: "an owner's state is the fold of the log",
  oneNonce: 'one nonce for each epoch',
  sequence: 'sequences without gaps',
  time: 'event time is monotone and near the log’s clock',
  live: 'after faults stop, a command is served in bounded time',
  alarms: 'no alarm of a truncated or unreadable log while the log keeps everything',
  chain: 'nothing is served after an epoch whose end does not verify',
  loud: 'a truncated log is noticed loudly',
  reference: 'the judge agrees with the rules as written',
  heads: 'signed heads are one chain, and state what the log holds',
  crash: 'no unexpected exception',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export class Violation extends Error {
  constructor(readonly invariant: Invariant, what: string) {
    super(`${INVARIANTS[invariant]}: ${what}`);
  }
}

type Machine = StateMachine<TallyState, Take, Taken, TallyReply>;
interface ValidEvent {
  readonly event: Taken;
  readonly at: Position;
}

/** Sees what is truly stored, and folds it as every reader must. */
class PartitionOracle {
  readonly fold: Fold<TallyState, Taken>;
  readonly valid = new Map<number, ValidEvent>();
  readonly attempts = new Map<number, ValidEvent>();
  readonly nonces = new Map<number, string>();
  /** State hash and resume state by next offset. */
  readonly hashes: string[];
  readonly resumes: ResumeState[];
  readonly reference: ReferenceJudge;
  voids = 0;
  heads = 0;

  constructor(readonly cluster: SimCluster, readonly machine: Machine, readonly partition: number, readonly clockToleranceMs: number) {
    this.fold = new Fold(machine, cluster.topic, partition);
    this.hashes = [stateHash(machine, this.fold.state)];
    this.resumes = [this.fold.resume];
    this.reference = new ReferenceJudge(cluster.topic, partition);
  }

  catchUp(): void {
    const stored = this.cluster.partitions[this.partition]!;
    while (this.fold.resume.offset < stored.length) {
      const record = stored[this.fold.resume.offset]!;
      const before = this.fold.resume;
      const applied = this.fold.apply(record);
      const expected = this.reference.judge(record);
      if (applied.kind === 'event') {
        this.#event(applied, before, record.timestampMs);
        this.hashes.push(stateHash(this.machine, this.fold.state));
      } else {
        if (applied.kind === 'claim') this.#claim(applied.epoch, applied.nonce);
        else if (applied.kind === 'signed_head') this.heads += 1;
        else this.voids += 1;
        this.hashes.push(this.hashes.at(-1)!);
      }
      this.resumes.push(this.fold.resume);
      if (applied.kind !== expected) throw new Violation('reference', `offset ${record.offset} of ${this.partition} judged ${applied.kind}, by the rules ${expected}`);
    }
  }

  #event({ event, at }: ValidEvent, before: ResumeState, logTimeMs: number): void {
    const where = `${this.partition}/${at.offset}`;
    if (at.epoch !== before.epoch || at.sequence !== before.sequence + 1) throw new Violation('sequence', `${where}: ${at.epoch}-${at.sequence} after ${before.epoch}-${before.sequence}`);
    if (at.timeMs < before.timeMs) throw new Violation('time', `${where}: ${at.timeMs} after ${before.timeMs}`);
    if (at.timeMs > logTimeMs + this.clockToleranceMs) throw new Violation('time', `${where}: ${at.timeMs - logTimeMs} ms ahead of the log's clock`);
    if (this.fold.chainBreak?.isFinal === true) throw new Violation('chain', `${where}, broken at ${this.fold.chainBreak.offset}`);
    this.valid.set(at.offset, { event, at });
    this.attempts.set(event.attempt, { event, at });
  }

  #claim(epoch: number, nonce: string): void {
    const known = this.nonces.get(epoch);
    if (known !== undefined && known !== nonce) throw new Violation('oneNonce', `epoch ${epoch} of ${this.partition}`);
    this.nonces.set(epoch, nonce);
  }
}

export class Oracle {
  readonly partitions: PartitionOracle[];
  readonly #machine: Machine;
  readonly #settings: TallySettings;
  readonly #cluster: SimCluster;
  readonly #notDecided = new Map<number, { partition: number; reason: string }>();

  constructor(cluster: SimCluster, machine: Machine, settings: TallySettings & { readonly clockToleranceMs: number }) {
    this.#cluster = cluster;
    this.#machine = machine;
    this.#settings = settings;
    this.partitions = cluster.partitions.map((_, partition) => new PartitionOracle(cluster, machine, partition, settings.clockToleranceMs));
  }

  /** Called at the moment when a caller has its reply in hand. */
  replied(partition: number, command: Take, reply: TallyReply): void {
    const oracle = this.partitions[partition]!;
    oracle.catchUp();
    if (command.type === 'last' && reply.restsOn) {
      const { offset, id } = reply.restsOn;
      if (oracle.valid.get(offset)?.event.id !== id) throw new Violation('replyRests', `${partition}/${offset} was said to hold ${id}`);
    }
    if (command.type !== 'take') return;
    const at = reply.at!;
    const found = oracle.valid.get(at.offset);
    if (found === undefined || found.at.hash !== at.hash || found.at.epoch !== at.epoch || found.at.sequence !== at.sequence || found.at.timeMs !== at.timeMs) {
      throw new Violation('replyInLog', `${command.id} at ${partition}/${at.offset}, ${reply.replayed ? 'replayed' : 'fresh'}`);
    }
    if (found.event.id !== command.id || JSON.stringify(found.event) !== JSON.stringify(reply.event)) throw new Violation('replyInLog', `${command.id} was answered with another event`);
  }

  reportedNotDecided(partition: number, attempt: number, reason: string): void {
    this.#notDecided.set(attempt, { partition, reason });
  }

  /** An owner that waits for nothing holds exactly the fold of the log up to where it stands. */
  checkOwner(name: string, partition: number, nextOffset: number, hash: string): void {
    const oracle = this.partitions[partition]!;
    oracle.catchUp();
    if (oracle.hashes[nextOffset] !== hash) throw new Violation('ownerState', `${name} at ${partition}/${nextOffset}`);
  }

  checkReader(partition: number, fold: Fold<TallyState, Taken>): void {
    const oracle = this.partitions[partition]!;
    oracle.catchUp();
    const { offset } = fold.resume;
    if (JSON.stringify(oracle.resumes[offset]) !== JSON.stringify(fold.resume)) throw new Violation('sameState', `resume state of a reader at ${partition}/${offset}`);
    if (stateHash(this.#machine, fold.state) !== oracle.hashes[offset]) throw new Violation('sameState', `state of a reader at ${partition}/${offset}`);
  }

  /** The commands' true outcome, and every snapshot and some checkpoints, after everything has landed. */
  checkAll(table: SimSnapshotTable): void {
    for (const oracle of this.partitions) {
      oracle.catchUp();
      this.#checkVerdicts(oracle);
      this.#checkHeads(oracle);
      this.#checkCheckpoints(oracle);
    }
    for (const row of table.rows) if (!table.damaged.has(row)) this.#checkSnapshot(row.partition, row.resume, row.state, row.stateHash);
    for (const [attempt, { partition, reason }] of this.#notDecided) {
      const found = this.partitions[partition]!.attempts.get(attempt);
      if (found !== undefined) throw new Violation('notDecided', `attempt ${attempt} (${reason}) is valid at ${partition}/${found.at.offset}`);
    }
  }

  #checkVerdicts(oracle: PartitionOracle): void {
    const ids = new Map<string, number>();
    const windows = new Map<string, { endMs: number; used: number }>();
    for (const { event, at } of oracle.valid.values()) {
      const earlier = ids.get(event.id);
      if (earlier !== undefined) throw new Violation('oneVerdict', `${event.id} at ${oracle.partition}/${earlier} and ${at.offset}`);
      ids.set(event.id, at.offset);
      if (event.verdict !== 'ALLOW') continue;
      const window = windows.get(event.counter);
      const isSame = window !== undefined && at.timeMs < window.endMs;
      const used = isSame ? window.used + 1 : 1;
      if (isSame && event.windowEndMs !== window.endMs) throw new Violation('limit', `${event.counter} has two windows at once, at ${oracle.partition}/${at.offset}`);
      if (used > this.#settings.limit) throw new Violation('limit', `${event.counter} is at ${used} at ${oracle.partition}/${at.offset}`);
      windows.set(event.counter, { endMs: event.windowEndMs, used });
    }
  }

  #checkHeads({ partition }: PartitionOracle): void {
    try {
      checkHeads(this.#cluster.topic, partition, this.#cluster.partitions[partition]!);
    } catch (error) {
      throw new Violation('heads', (error as Error).message);
    }
  }

  #checkCheckpoints(oracle: PartitionOracle): void {
    const stored = this.#cluster.partitions[oracle.partition]!;
    const machine = this.#machine;
    const { random } = this.#cluster.world;
    const from = random.int(0, stored.length);
    const first = new Fold(machine, this.#cluster.topic, oracle.partition);
    for (const record of stored.slice(0, from)) first.apply(record);
    const resumed = new Fold(machine, this.#cluster.topic, oracle.partition, {
      resume: JSON.parse(JSON.stringify(first.resume)) as ResumeState, state: machine.restore(JSON.parse(JSON.stringify(machine.snapshot(first.state)))),
    });
    for (const record of stored.slice(from)) resumed.apply(record);
    this.checkReader(oracle.partition, resumed);
  }

  #checkSnapshot(partition: number, resume: ResumeState, state: string, hash: string): void {
    const oracle = this.partitions[partition]!;
    const { offset } = resume;
    if (JSON.stringify(oracle.resumes[offset]) !== JSON.stringify(resume) || oracle.hashes[offset] !== hash) throw new Violation('sameState', `snapshot at ${partition}/${offset}`);
    const fold = new Fold(this.#machine, this.#cluster.topic, partition, { resume, state: this.#machine.restore(JSON.parse(state)) });
    for (const record of this.#cluster.partitions[partition]!.slice(offset)) fold.apply(record);
    this.checkReader(partition, fold);
  }
}
