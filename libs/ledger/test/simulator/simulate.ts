import { DocketError } from '#errors';
import { Envelope } from '../../src/envelope.js';
import { stateHash, type Fold } from '../../src/fold.js';
import { follow } from '../../src/follow.js';
import type { Successors } from '../../src/hand-over.js';
import { Ledger } from '../../src/ledger.js';
import type { LedgerLimits } from '../../src/limits.js';
import type { NodeIdentity } from '../../src/membership/membership.js';
import type { Alarm, AlarmKind } from '../../src/observer.js';
import type { StateMachine } from '../../src/state-machine.js';
import { TALLY, tallyMachine, type Take, type Taken, type TallyReply, type TallyState } from '../tally-machine.js';
import { Oracle, Violation } from './oracle.js';
import { SimGroup } from './sim-group.js';
import { NO_FAULTS, SimCluster, SimLog, type Faults } from './sim-log.js';
import { SimNode } from './sim-node.js';
import { SimSnapshotTable } from './sim-snapshots.js';
import { World } from './world.js';

const TOPIC = 'docket.sim';
/** Tighter than in production, so that short histories can cross it. */
const CLOCK_TOLERANCE_MS = 1_500;
const START_MS = 1_700_000_000_000;
/** The same length as a signature; nobody looks at it here. */
const HEAD_KEY = { id: '0'.repeat(16), publicKey: Buffer.alloc(32), sign: () => Buffer.alloc(64) };

export interface RunStats {
  readonly seed: number;
  readonly events: number;
  readonly voids: number;
  readonly epochs: number;
  readonly replies: number;
  readonly replayed: number;
  readonly notDecided: number;
  readonly unknown: number;
  readonly snapshots: number;
  readonly heads: number;
  readonly virtualMs: number;
}

interface Member {
  readonly node: SimNode;
  readonly ledger: Ledger<TallyState, Take, Taken, TallyReply>;
}

/** One history: several writers on the same partitions, faulty network, log and machines; then calm. Rejects with a Violation. */
export async function simulate(seed: number): Promise<RunStats> {
  return new Simulation(seed).run();
}

/** One history with a log that forgets acknowledged records. Rejects with a Violation if its owner does not say so. */
export async function simulateTruncation(seed: number): Promise<void> {
  return new Simulation(seed).runTruncation();
}

class Simulation {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #table: SimSnapshotTable;
  readonly #oracle: Oracle;
  readonly #machine: StateMachine<TallyState, Take, Taken, TallyReply>;
  readonly #limits: Partial<LedgerLimits>;
  readonly #lanes: number;
  readonly #headsEveryMs: number;
  readonly #treeRecordsMax: number;
  /** Left out, every node tries to own everything. */
  readonly #group: SimGroup | undefined;
  readonly #alarms: Alarm[] = [];
  readonly #counts = { replies: 0, replayed: 0, notDecided: 0, unknown: 0 };
  #members: Member[] = [];
  #attempts = 0;
  #ids = 0;
  #violation: unknown;
  #isCut = false;
  /** Strangers know the protocol well enough to break the chain; then nobody may serve any more. */
  readonly #hasForgers: boolean;
  #onFreshReply: (offset: number, partition: number) => void = () => {};

  constructor(readonly seed: number) {
    const world = (this.#world = new World(seed));
    this.#hasForgers = seed % 5 === 3;
    const { random } = world;
    this.#cluster = new SimCluster(world, TOPIC, random.int(1, 3));
    this.#cluster.clockOffsetMs = START_MS + random.int(-500, 500);
    this.#table = new SimSnapshotTable(world);
    this.#lanes = random.int(1, 2);
    this.#headsEveryMs = random.pick([1_000, 4_000]);
    this.#treeRecordsMax = random.pick([5, 1_000]);
    this.#group = seed % 2 === 0 ? new SimGroup(world) : undefined;
    this.#machine = this.#watched(tallyMachine());
    this.#oracle = new Oracle(this.#cluster, tallyMachine(), { ...TALLY, clockToleranceMs: CLOCK_TOLERANCE_MS });
    this.#limits = {
      appendTimeoutMs: 400, claimTimeoutMs: 400, idleCheckMs: 1_000, sweepMs: 100, backOffMinMs: 20, backOffMaxMs: 2_000, waitForOwnerMs: 1_500, handOverStepMs: random.pick([50, 300, 1_000]), defaultDeadlineMs: 4_000, clockToleranceMs: CLOCK_TOLERANCE_MS,
      drainMs: 2_000, snapshotEveryEvents: random.int(5, 30), readRecordsMax: random.int(2, 40), batchRecordsMax: random.int(1, 12), requestRecordsMax: random.int(4, 24), claimConnectionsMax: random.int(1, 3),
    };
  }

  async run(): Promise<RunStats> {
    const { random } = this.#world;
    const faultyMs = random.int(3_000, 12_000);
    this.#cluster.faults = this.#someFaults();
    this.#table.errorRate = random.pick([0, 0.1]);
    this.#table.damageRate = random.pick([0, 0.2]);
    for (let n = random.int(1, 3); n > 0; n -= 1) this.#startNode(`node${n}`);
    this.#startReader(random.int(0, this.#cluster.partitions.length - 1));
    const stopAt = this.#world.nowMs + faultyMs;
    this.#repeat(stopAt, random.pick([400, 900, 2_000]), () => this.#mishap());
    this.#repeat(stopAt, random.pick([50, 120, 300]), () => this.#newCall(stopAt));
    this.#repeat(stopAt + 10_000, 700, () => this.#checkOwners());
    await this.#run(stopAt);
    await this.#calmDown(stopAt);
    this.#oracle.checkAll(this.#table);
    return this.#stats();
  }

  async runTruncation(): Promise<void> {
    const { random } = this.#world;
    const member = this.#startNode('node');
    const until = this.#world.nowMs + 5_000;
    this.#repeat(until, 100, () => this.#newCall(until));
    await this.#run(until + random.int(0, 3_000));
    const partition = random.int(0, this.#cluster.partitions.length - 1);
    const stored = this.#cluster.partitions[partition]!;
    stored.splice(random.int(0, stored.length - 1));
    const cutAt = stored.length;
    this.#isCut = true;
    // What was acknowledged before the cut may still be on its way to its caller.
    const graceUntilMs = this.#world.nowMs + 500;
    this.#onFreshReply = (offset, where) => {
      if (where === partition && offset >= cutAt && this.#world.nowMs > graceUntilMs) throw new Violation('loud', `offset ${offset} was acknowledged after the log was cut at ${cutAt}`);
    };
    const isBusy = random.chance(0.5);
    if (isBusy) this.#repeat(until + 12_000, 100, () => void this.#submit(member, partition, this.#take(`after${(this.#ids += 1)}`, 'c0')));
    const isNoticed = (): boolean => this.#alarms.some((alarm) => alarm.kind === 'log_truncated' && alarm.partition === partition);
    await this.#run(this.#world.nowMs + 10_000, isNoticed);
    if (!isNoticed()) throw new Violation('loud', `partition ${partition} was cut at ${cutAt}, nobody noticed`);
    if (member.ledger.status()[partition]!.role !== 'stopped') throw new Violation('loud', 'the owner goes on');
  }

  // ---- nodes ----

  #startNode(name: string): Member {
    const { random } = this.#world;
    const node = new SimNode(this.#world, name);
    node.wallOffsetMs = this.#cluster.clockOffsetMs + random.int(-600, 600);
    const ledger = new Ledger({
      log: new SimLog(this.#cluster, node, this.#lanes), topic: TOPIC, partitions: this.#cluster.partitions.length, machine: this.#machine, runtime: node.runtime,
      snapshots: this.#table.storeFor(node), node: { name, address: `${name}:1` }, limits: this.#limits, onAlarm: (alarm) => this.#alarms.push(alarm),
      heads: { key: HEAD_KEY, everyMs: this.#headsEveryMs, treeRecordsMax: this.#treeRecordsMax },
      ...(this.#group && { membership: this.#group.membershipOf(node), successors: this.#successors(node) }),
    });
    const member = { node, ledger };
    this.#members.push(member);
    ledger.start().catch(() => {});
    return member;
  }

  /** Nodes that leave speak to those who stand by; words get lost, come late, and reach those who have crashed or are somebody else by now. */
  #successors(asking: SimNode): Successors {
    const { random } = this.#world;
    const ask = (to: NodeIdentity, answer: (ledger: Member['ledger']) => readonly number[] | Promise<readonly number[]>): Promise<readonly number[]> => new Promise((resolve, reject) => {
      const heard = (what: () => void): void => void this.#world.after(random.int(0, 20), () => asking.deliver(what));
      const fail = (): void => heard(() => reject(new Error('not reached')));
      const member = this.#members.findLast(({ node }) => node.name === to.node);
      if (member === undefined || random.chance(0.1)) return fail();
      this.#world.after(random.int(0, random.pick([20, 400])), () => member.node.deliver(() => {
        void Promise.resolve(answer(member.ledger)).then((found) => (random.chance(0.1) ? fail() : heard(() => resolve(found))), fail);
      }));
    });
    return {
      ready: (to, _topic, partitions) => ask(to, (ledger) => ledger.readyFor(partitions)),
      take: (to, _topic, partitions, owner) => ask(to, (ledger) => ledger.takeOver(partitions, owner, random.int(100, 2_000))),
    };
  }

  #mishap(): void {
    const { random } = this.#world;
    const running = this.#members.filter(({ node }) => !node.isCrashed);
    const member = random.pick(running.length > 0 ? running : this.#members);
    const { node, ledger } = member;
    switch (random.int(0, this.#group === undefined ? 8 : 10)) {
      case 0:
        node.crash();
        this.#world.after(random.int(0, 4_000), () => this.#startNode(node.name));
        break;
      case 1:
      case 2:
        node.pause(random.chance(0.4));
        this.#world.after(random.chance(0.4) ? random.int(5_000, 9_000) : random.int(100, 3_000), () => node.resume());
        break;
      case 3: // the clock is set
        node.wallOffsetMs = this.#cluster.clockOffsetMs + random.pick([-3_600_000, -2_500, -700, 0, 0, 700, 2_500, 3_600_000]);
        break;
      case 4:
        if (running.length < 3) this.#startNode(`node${this.#members.length + 1}`);
        break;
      case 5:
        if (node.isCrashed || node.isPaused) break;
        ledger.handOver(random.int(0, 3_000)).then(() => ledger.stop()).catch((error: unknown) => (this.#violation ??= error));
        this.#world.after(random.int(0, 3_000), () => this.#startNode(node.name));
        break;
      case 6:
        this.#cluster.faults = this.#someFaults();
        break;
      case 9:
      case 10:
        this.#group?.share();
        break;
      default:
        this.#injectForeignRecord();
    }
  }

  #someFaults(): Faults {
    const { random } = this.#world;
    const level = random.pick([0, 0.02, 0.1, 0.3]);
    return { append: level, duplicate: level, readError: level / 2, staleRead: random.pick([0, 0.1, 0.4]), lateMs: random.pick([200, 1_000, 3_000]) };
  }

  /** Records of strangers: rubbish, near misses, and claims (an effective one is a node that then never serves). */
  #injectForeignRecord(): void {
    const { random } = this.#world;
    const partition = random.int(0, this.#cluster.partitions.length - 1);
    const oracle = this.#oracle.partitions[partition]!;
    oracle.catchUp();
    const { epoch, sequence, head, timeMs } = oracle.fold.resume;
    const envelope = new Envelope(TOPIC, partition);
    const forged: Taken = { id: `forged${(this.#ids += 1)}`, counter: 'c0', attempt: -this.#ids, verdict: 'ALLOW', windowEndMs: timeMs + 1, used: 0 };
    const event = (e: number, s: number, prev: string): Buffer => envelope.encodeEvent(this.#machine.encode(forged), e, s, prev, Math.max(0, timeMs));
    const claim = (e: number): Buffer => envelope.encodeClaim({ epoch: e, nonce: random.int(0, 0xffffff).toString(16).padStart(32, '0'), node: 'stranger', address: '' }, timeMs);
    const wrong = 'cd'.repeat(32);
    const forgeries = [
      () => event(epoch + 1, sequence + 1, head),
      () => event(epoch + 1, 1, head),
      () => event(Math.max(1, epoch), sequence + 2, head),
      () => event(Math.max(1, epoch), sequence + 1, wrong),
    ];
    const value = random.pick<() => Buffer>([
      ...(this.#hasForgers ? forgeries : []),
      () => Buffer.from([0xff, 0xfe, 0x00]),
      () => Buffer.from('{"specversion":"1.0"}'),
      ...(epoch > 1 ? [() => event(epoch - 1, sequence + 1, head)] : []),
      ...(sequence > 0 ? [() => event(epoch, sequence, head)] : []),
      () => claim(epoch + 2),
      () => claim(Math.max(1, epoch)),
      () => claim(epoch + 1),
    ])();
    this.#cluster.store(partition, [{ key: null, value }]);
  }

  // ---- calls ----

  #newCall(stopAt: number): void {
    const { random } = this.#world;
    const counter = `c${random.int(0, 5)}`;
    const partition = random.int(0, this.#cluster.partitions.length - 1);
    if (random.chance(0.15)) {
      const other: Take = { ...this.#take('', counter), type: random.pick(['last', 'look'] as const) };
      return void this.#submit(this.#anyMember(), partition, other);
    }
    const burst = random.chance(0.1) ? random.int(2, 15) : 1;
    for (let n = 0; n < burst; n += 1) this.#call(`id${(this.#ids += 1)}`, counter, partition, this.#cluster.logTimeMs(), stopAt, 0);
  }

  /** A caller repeats its id, perhaps on another node, until it knows; sometimes also when it does. */
  #call(id: string, counter: string, partition: number, idTimeMs: number, stopAt: number, tries: number): void {
    const { random } = this.#world;
    const command: Take = { type: 'take', id, idTimeMs, counter, attempt: (this.#attempts += 1) };
    const again = (): void => {
      if (tries < 6 && this.#world.nowMs < stopAt) this.#call(id, counter, partition, idTimeMs, stopAt, tries + 1);
    };
    let isOver = false;
    const over = (isKnown: boolean): void => {
      if (isOver) return;
      isOver = true;
      if (!isKnown || random.chance(0.2)) this.#world.after(random.int(0, 800), again);
    };
    this.#world.after(random.int(500, 4_000), () => over(false));
    void this.#submit(this.#anyMember(), partition, command).then(over);
  }

  #take(id: string, counter: string): Take {
    return { type: 'take', id, idTimeMs: this.#cluster.logTimeMs(), counter, attempt: (this.#attempts += 1) };
  }

  /** True if the caller knows its verdict. Everything a caller learns goes to the oracle. */
  #submit({ node, ledger }: Member, partition: number, command: Take): Promise<boolean> {
    const { random } = this.#world;
    return new Promise((resolve) => {
      this.#world.after(random.int(0, 10), () => node.deliver(() => {
        const deadlineMs = random.chance(0.5) ? node.runtime.monotonicMs() + random.int(20, 3_000) : undefined;
        ledger.submit(partition, command, deadlineMs === undefined ? {} : { deadlineMs }).then(
          (reply) => this.#guard(() => {
            this.#counts.replies += 1;
            if (reply.replayed) this.#counts.replayed += 1;
            if (!this.#isCut) this.#oracle.replied(partition, command, reply);
            if (reply.at !== null && !reply.replayed) this.#onFreshReply(reply.at.offset, partition);
            resolve(true);
          }),
          (error: unknown) => this.#guard(() => {
            if (!(error instanceof DocketError)) throw error;
            // A refusal by the machine carries no outcome: it appended nothing either.
            const outcome = error.metadata['outcome'] ?? 'not_decided';
            if (error.kind === 'internal') throw new Violation('crash', `${error.message} ${String((error.cause as Error | undefined)?.stack)}`);
            if (outcome === 'not_decided') {
              this.#counts.notDecided += 1;
              this.#oracle.reportedNotDecided(partition, command.attempt, error.reason);
            } else {
              this.#counts.unknown += 1;
            }
            resolve(false);
          }),
        );
      }));
    });
  }

  #anyMember(): Member {
    const { random } = this.#world;
    const alive = this.#alive();
    // Callers mostly know who serves.
    const owners = alive.filter(({ ledger }) => ledger.status().some(({ role }) => role === 'owner'));
    return random.pick(owners.length > 0 && random.chance(0.85) ? owners : alive.length > 0 ? alive : this.#members);
  }

  #alive(): Member[] {
    return this.#members.filter(({ node, ledger }) => !node.isCrashed && ledger.status().some(({ role }) => role !== 'stopped'));
  }

  // ---- readers ----

  /** A projection: follows, is restarted from its checkpoint now and then, and must always agree. */
  #startReader(partition: number): void {
    const node = new SimNode(this.#world, 'reader');
    const machine = tallyMachine();
    const start = (from?: { resume: Fold<TallyState, Taken>['resume']; state: TallyState }): void => {
      const stop = new AbortController();
      let restartAfter = this.#world.random.int(5, 60);
      follow<TallyState, Taken>({
        log: new SimLog(this.#cluster, node, 1), topic: TOPIC, partition, machine, ...(from === undefined ? {} : { from }), signal: stop.signal, maxWaitMs: 500, retryMs: 200, runtime: node.runtime,
        onApplied: (_applied, fold) => {
          this.#oracle.checkReader(partition, fold);
          restartAfter -= 1;
          if (restartAfter > 0) return;
          stop.abort();
          const checkpoint = { resume: fold.resume, state: machine.restore(machine.snapshot(fold.state)) };
          this.#world.after(50, () => start(checkpoint));
        },
      }).catch((error: unknown) => (this.#violation ??= error));
    };
    start();
  }

  #checkOwners(): void {
    for (const { node, ledger } of this.#members) {
      if (node.isCrashed || node.isPaused) continue;
      for (const { partition, nextOffset, pending } of ledger.status()) {
        const hash = pending === 0 ? ledger.peek(partition, (state) => stateHash(this.#machine, state)) : undefined;
        if (hash !== undefined) this.#oracle.checkOwner(node.name, partition, nextOffset, hash);
      }
    }
  }

  /** Event time is set when a command is decided: it must then be near the log's clock, whatever the node's clock says. */
  #watched(machine: StateMachine<TallyState, Take, Taken, TallyReply>): StateMachine<TallyState, Take, Taken, TallyReply> {
    return {
      ...machine,
      decide: (state, command, context) => {
        const apartMs = Math.abs(context.nowMs - this.#cluster.logTimeMs());
        // The log's clock at the claim ± the tolerance, progress since ± the tolerance, and a pause while the claim's answer was on its way.
        if (apartMs > 3 * CLOCK_TOLERANCE_MS) this.#violation ??= new Violation('time', `decided ${apartMs} ms away from the log's clock`);
        return machine.decide(state, command, context);
      },
    };
  }

  // ---- time ----

  /** Faults stop; what is late still lands; then a command must be served on every partition, and soon. */
  async #calmDown(stopAt: number): Promise<void> {
    const { random } = this.#world;
    this.#cluster.faults = NO_FAULTS;
    this.#table.errorRate = 0;
    const isOnlyOne = random.chance(0.5);
    for (const { node } of this.#members) {
      node.wallOffsetMs = this.#cluster.clockOffsetMs + random.int(-500, 500);
      node.resume();
      if (isOnlyOne) node.crash();
    }
    if (this.#alive().length === 0) this.#startNode('last');
    if (this.#group !== undefined) this.#group.crashUnnoticedRate = 0;
    this.#repeat(stopAt + 20_000, 2_000, () => this.#group?.share());
    let served = 0;
    const tryAgain = (partition: number): void => {
      this.#oracle.partitions[partition]!.catchUp();
      if (this.#oracle.partitions[partition]!.fold.chainBreak?.isFinal === true) return void (served += 1);
      if (this.#alive().length === 0) return void this.#world.after(300, () => tryAgain(partition));
      // Also where only one was left: those that were to be started again after a crash come up beside it, and may be given what it had.
      void this.#submit(this.#anyMember(), partition, this.#take(`live${(this.#ids += 1)}`, 'live')).then((isServed) => {
        if (isServed) served += 1;
        else this.#world.after(300, () => tryAgain(partition));
      });
    };
    this.#cluster.partitions.forEach((_, partition) => tryAgain(partition));
    await this.#run(stopAt + 60_000, () => served === this.#cluster.partitions.length);
    if (served < this.#cluster.partitions.length) throw new Violation('live', `${served} of ${this.#cluster.partitions.length} partitions serve a minute after the faults`);
    await this.#run(Math.max(stopAt + 3_300, this.#world.nowMs + 1_200));
    this.#checkOwners();
    const never: AlarmKind[] = ['log_truncated', 'log_unreadable', 'own_events_void', 'machine_failed', 'foreign_event', ...(this.#hasForgers ? [] : ['chain_broken' as const])];
    const loud = this.#alarms.find(({ kind }) => never.includes(kind));
    if (loud !== undefined) throw new Violation('alarms', `${loud.kind}: ${loud.message}`);
  }

  async #run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    await this.#world.run(untilMs, () => this.#violation !== undefined || isDone());
    if (this.#violation !== undefined) throw this.#violation;
  }

  #repeat(untilMs: number, meanMs: number, what: () => void): void {
    const { random } = this.#world;
    this.#world.after(random.int(1, meanMs * 2), () => {
      if (this.#world.nowMs >= untilMs) return;
      this.#guard(what);
      this.#repeat(untilMs, meanMs, what);
    });
  }

  #guard(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#violation ??= error;
    }
  }

  #stats(): RunStats {
    const { partitions } = this.#oracle;
    const sum = (of: (oracle: (typeof partitions)[number]) => number): number => partitions.reduce((total, oracle) => total + of(oracle), 0);
    return {
      seed: this.seed, events: sum(({ valid }) => valid.size), voids: sum(({ voids }) => voids), heads: sum(({ heads }) => heads), epochs: sum(({ nonces }) => nonces.size), ...this.#counts,
      snapshots: this.#table.rows.length, virtualMs: this.#world.nowMs,
    };
  }
}
