import { DocketError } from '#errors';
import { ClaimConnections } from './claim-connections.js';
import type { EventLog } from './event-log.js';
import { HandOver, type Given, type Successors } from './hand-over.js';
import { GroupCommit } from './group-commit.js';
import { HeadWriter, type HeadSigning, type HeadSource } from './heads/head-writer.js';
import { LedgerEvent, withSignedHeads } from './heads/sign-head.js';
import { REFUSALS, refuse, type Refusal } from './ledger-errors.js';
import { DEFAULT_LIMITS, type LedgerLimits } from './limits.js';
import { soleMember, type Membership, type NodeIdentity, type Place } from './membership/membership.js';
import type { LedgerObserver, OnAlarm } from './observer.js';
import { Pace } from './pace.js';
import { PartitionOwner } from './partition-owner.js';
import type { PartitionStatus } from './partition-status.js';
import { PendingCommand } from './pending-command.js';
import type { Runtime, SnapshotStore } from './resume-state.js';
import { StandbyTurns } from './standby-turns.js';
import type { StateMachine } from './state-machine.js';

export interface LedgerOptions<S, C, E, R> {
  readonly log: EventLog;
  readonly topic: string;
  readonly partitions: number;
  readonly machine: StateMachine<S, C, E, R>;
  readonly runtime: Runtime;
  readonly snapshots?: SnapshotStore;
  readonly node: { readonly name: string; readonly address: string };
  /** Who should own which partition; left out, this node should own all. */
  readonly membership?: Membership;
  readonly limits?: Partial<LedgerLimits>;
  readonly onAlarm?: OnAlarm;
  readonly observer?: LedgerObserver;
  /** How nodes that stand by for what this one is leaving are told to claim it now. Left out, or failing: the group tells them, later. */
  readonly successors?: Successors;
  /** Called when partitions have changed hands, as far as this node knows. */
  readonly onMoved?: () => void;
  /** Signs the heads of the partitions that this node owns; left out, nobody does. */
  readonly heads?: HeadSigning;
}

interface Member<S, C, E, R> {
  readonly owner: PartitionOwner<S, C, E, R>;
  pending: number;
  pendingBytes: number;
}

/** A queue that has stopped says nothing of how long it will stand. */
const RETRY_MS_MAX = 5_000;

/** Where a partition's commands are decided, as far as is known here. */
export interface Owner {
  readonly isHere: boolean;
  /** If it is here and serves. */
  readonly epoch?: number;
  /** The owner's name and gRPC address, if it is elsewhere and known. */
  readonly node?: string;
  readonly address?: string;
}

/** One topic's partitions, as far as this process owns them: a single writer for each, one group commit for all. */
export class Ledger<S, C, E, R> {
  readonly #options: LedgerOptions<S, C, E, R>;
  readonly #limits: LedgerLimits;
  readonly #groupCommit: GroupCommit;
  readonly #claims: ClaimConnections;
  readonly #turns = new StandbyTurns();
  readonly #handOver: HandOver;
  readonly #heads: HeadWriter | undefined;
  readonly #members: Member<S, C, E, R>[];
  readonly #membership: Membership;
  #places: readonly Place[] = [];
  /** Partitions that their owner has told this node to take, with the id of that owner: a table that still names it is older than that. */
  readonly #told = new Map<number, string>();
  /** Settles when the first places are known and taken. */
  readonly #placed = Promise.withResolvers<void>();
  #pending = 0;
  #pendingBytes = 0;
  readonly #pace = new Pace();
  #phase: 'new' | 'started' | 'leaving' | 'stopping' = 'new';
  #onDrained: (() => void) | undefined;

  constructor(options: LedgerOptions<S, C, E, R>) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { log, runtime } = options;
    this.#groupCommit = new GroupCommit({ log, limits: this.#limits, runtime, observer: options.observer ?? {} });
    this.#claims = new ClaimConnections(log, this.#limits.claimConnectionsMax, runtime);
    this.#heads = options.heads && new HeadWriter({ ...options.heads, log, runtime, onAlarm: options.onAlarm ?? (() => {}) });
    this.#membership = options.membership ?? soleMember({ node: options.node.name, address: options.node.address });
    this.#handOver = new HandOver({ topic: options.topic, successors: options.successors, runtime, limits: this.#limits, owner: (partition) => this.#members[partition]!.owner });
    this.#placed.promise.catch(() => {});
    this.#members = Array.from({ length: options.partitions }, (_, partition) => this.#member(partition));
  }

  /** Claims every partition that is this node's and catches up; resolves when all of them serve. Rejects with data_loss if one can never, or if stopped meanwhile. */
  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new DocketError('failed_precondition', { reason: 'ALREADY_STARTED', message: `ledger ${this.#options.topic} was started before` });
    this.#phase = 'started';
    this.#heads?.start();
    for (const { owner } of this.#members) owner.start();
    this.#membership.join({ topic: this.#options.topic, partitions: this.#options.partitions, held: () => this.#held(), isServing: (partition) => this.#members[partition]?.owner.servedEpoch !== undefined, onPlaces: (places) => this.#place(places) });
    await this.#placed.promise;
  }

  /** Where commands of a partition should go now. Advisory: whoever is asked there says if he is not the owner. */
  ownerOf(partition: number): Owner {
    const owner = this.#members[partition]?.owner;
    const epoch = owner?.servedEpoch;
    if (epoch !== undefined) return { isHere: true, epoch };
    const place: NodeIdentity | undefined = this.#places[partition]?.owner;
    if (this.#phase === 'started' && this.#places[partition]?.share === 'owner') return { isHere: true };
    // Once this node has left, only the log tells who came after it; until it has read that, whoever stood by is the likely one. Others still have theirs.
    const claimed = owner?.newestClaim;
    const wasHere = this.#places[partition]?.share === 'owner';
    const elsewhere = this.#phase === 'started' || !wasHere ? place : claimed?.address === this.#options.node.address ? this.#places[partition]?.standby : claimed;
    return elsewhere === undefined || elsewhere.address === this.#options.node.address ? { isHere: false } : { isHere: false, node: elsewhere.node, address: elsewhere.address };
  }

  /** Where each partition should be, as the members share them; empty before the first table. */
  get places(): readonly Place[] {
    return this.#places;
  }

  /**
   * Leaves what it owns to other nodes, if there are any, and goes on serving until they have claimed it, nobody is left who could, or
   * `withinMs` have passed; and on telling callers where to go until the others know. Stop it afterwards.
   */
  async handOver(withinMs: number): Promise<void> {
    if (this.#phase !== 'started') return;
    const { runtime } = this.#options;
    const untilMs = runtime.monotonicMs() + withinMs;
    // While it still owns them: the next owner would only sign them a minute later.
    const signed = this.#heads?.sign() ?? Promise.resolve();
    const successors = this.#successors();
    if (successors.length > 0) this.#letGo();
    // The others share everything anew as soon as it leaves, and stand by for other partitions then: not while callers wait for what is handed over.
    const handed = this.#atMost(this.#limits.handOverStepMs, this.#handOver.run(successors, signed));
    if (!(await this.#membership.leave(handed))) return;
    this.#letGo();
    const settledByMs = runtime.monotonicMs() + this.#limits.handOverStepMs;
    const isHeld = (): boolean => this.#members.some(({ owner }) => ['owner', 'claiming'].includes(owner.status().role));
    let others = (this.#membership.others === undefined ? 'settled' : 'sharing') as 'none' | 'sharing' | 'settled';
    let isAsking = false;
    const ask = async (): Promise<void> => {
      if (isAsking || this.#membership.others === undefined) return;
      isAsking = true;
      // When all nodes stop at once, each was told that there were others.
      others = await this.#membership.others();
      isAsking = false;
    };
    const isNeeded = (): boolean => isHeld() || (others === 'sharing' && runtime.monotonicMs() < settledByMs);
    while (isNeeded() && others !== 'none' && runtime.monotonicMs() < untilMs) {
      void ask();
      await new Promise<void>((resolve) => runtime.after(this.#limits.sweepMs, resolve));
    }
  }

  /** Which of these partitions this node follows so closely that it could serve them at once. */
  readyFor(partitions: readonly number[]): number[] {
    return this.#phase === 'started' ? partitions.filter((partition) => this.#members[partition]?.owner.follows === true) : [];
  }

  /**
   * The owner of these partitions is leaving, and has named this node as the next one: those that it stands by for it claims now, without waiting
   * for the group to say so. Not if the group has said meanwhile that they are somebody else's, who would claim them back, again and again.
   * Resolves to those that it serves by then, after `withinMs` at the latest.
   * @param leaving the id that the group has for their owner
   */
  async takeOver(partitions: readonly number[], leaving: string, withinMs: number): Promise<number[]> {
    if (this.#phase !== 'started') return [];
    const places = [...this.#places];
    for (const partition of partitions) {
      const place = places[partition];
      if (place?.share !== 'standby' || place.owner?.id !== leaving) continue;
      this.#told.set(partition, leaving);
      places[partition] = { ...place, share: 'owner', isMoved: false };
    }
    this.#places = places;
    this.#options.onMoved?.();
    const taken = partitions.filter((partition) => places[partition]?.share === 'owner');
    await Promise.all(taken.map((partition) => this.#atMost(withinMs, this.#members[partition]!.owner.setShare('owner'))));
    this.#options.onMoved?.();
    return taken.filter((partition) => this.#members[partition]!.owner.servedEpoch !== undefined);
  }

  /**
   * Decides a command; resolves with its reply once that is in the log. Rejects with DocketError only; its
   * `metadata.outcome` says `not_decided` (nothing of it is or will be valid in the log) or `unknown` (repeat with the same id).
   * @param options.deadlineMs on `runtime.monotonicMs()`'s scale; once it has passed the command is not decided.
   */
  submit(partition: number, command: C, options: { readonly deadlineMs?: number } = {}): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const member = this.#members[partition];
      if (member === undefined) {
        return reject(new DocketError('invalid_argument', { reason: 'UNKNOWN_PARTITION', message: `no partition ${partition} in ${this.#options.topic}`, metadata: { outcome: 'not_decided' } }));
      }
      let bytes: number;
      try {
        bytes = this.#options.machine.maxEventBytes(command);
      } catch (cause) {
        return reject(refuse(REFUSALS.machineFailed, member.owner.tp, { cause }));
      }
      const refusal = this.#refusal(member, bytes);
      if (refusal !== undefined) {
        const retry = refusal.kind === 'resource_exhausted' ? { retryAfterMs: this.#untilShorterMs(member) } : refusal.kind === 'unavailable' ? { retryAfterMs: this.#limits.retryAfterMs } : {};
        return reject(refuse(refusal, member.owner.tp, refusal === REFUSALS.tooLarge ? { detail: `up to ${bytes} bytes, at most ${this.#limits.eventBytesMax}` } : retry));
      }
      member.pending += 1;
      member.pendingBytes += bytes;
      if (this.#pending === 0) this.#pace.begin(this.#options.runtime.monotonicMs());
      this.#pending += 1;
      this.#pendingBytes += bytes;
      const done = (): void => {
        member.pending -= 1;
        member.pendingBytes -= bytes;
        this.#pending -= 1;
        this.#pendingBytes -= bytes;
        this.#pace.done(this.#options.runtime.monotonicMs(), 1, this.#pending > 0);
        if (this.#pending === 0) this.#onDrained?.();
      };
      const deadlineMs = options.deadlineMs ?? this.#options.runtime.monotonicMs() + this.#limits.defaultDeadlineMs;
      const item = new PendingCommand<C, R>(
        command, deadlineMs,
        (reply) => { done(); resolve(reply); },
        (error) => { done(); reject(error); },
      );
      member.owner.submit(item);
    });
  }

  /** Commands that wait for their reply, and what their events may take at most. */
  get load(): { readonly commands: number; readonly bytes: number } {
    return { commands: this.#pending, bytes: this.#pendingBytes };
  }

  /** Reads a partition's speculative state, synchronously: advisory only. Undefined while this node cannot decide. */
  peek<T>(partition: number, read: (state: S) => T): T | undefined {
    return this.#members[partition]?.owner.peek(read);
  }

  status(): PartitionStatus[] {
    return this.#members.map(({ owner, pending }, partition) => ({ partition, ...owner.status(), pending }));
  }

  /** Refuses what is new, waits for what is pending (at most `drainMs`), takes final snapshots, closes its connections. */
  async stop(): Promise<void> {
    if (this.#phase === 'stopping') return;
    const wasStarted = this.#phase !== 'new';
    this.#phase = 'stopping';
    await this.#membership.leave();
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.runtime.after(this.#limits.drainMs, resolve);
        this.#onDrained = () => {
          cancel();
          resolve();
        };
      });
    }
    if (wasStarted) await this.#heads?.finish();
    const sound = this.#members.filter(({ owner }) => owner.status().role === 'owner');
    for (const { owner } of this.#members) owner.end();
    this.#placed.reject(refuse(REFUSALS.stopping, { topic: this.#options.topic, partition: 0 }));
    if (wasStarted) await this.#finalSnapshots(sound);
    await Promise.all([this.#groupCommit.close(), this.#claims.close()]);
  }

  #held(): { owned: number[]; standing: number[] } {
    const all = this.#members.map(({ owner }) => owner.status());
    const at = (...wanted: readonly string[]): number[] => all.flatMap(({ role, share }, partition) => (wanted.includes(role) && (share === 'owner' || role === 'standby') ? [partition] : []));
    // What it serves but has been told to give away belongs to whoever is taking it.
    return { owned: at('owner', 'claiming'), standing: at('standby') };
  }

  /** What this node owns, by who stands by for it. What is being moved to another node, which is about to claim it, is not among it. */
  #successors(): Given[] {
    const all: (Given & { readonly partitions: number[] })[] = [];
    if (this.#options.successors === undefined) return all;
    for (const [partition, { share, owner, standby }] of this.#places.entries()) {
      if (share !== 'owner' || owner === undefined || standby === undefined || this.#members[partition]!.owner.servedEpoch === undefined) continue;
      const known = all.find((given) => given.to.id === standby.id && given.owner === owner.id);
      if (known === undefined) all.push({ owner: owner.id, to: standby, partitions: [partition] });
      else known.partitions.push(partition);
    }
    return all;
  }

  #letGo(): void {
    this.#phase = 'leaving';
    for (const { owner } of this.#members) void owner.setShare('none');
  }

  #place(told: readonly Place[]): void {
    if (this.#phase !== 'started') return;
    const places = told.map((place, partition): Place => {
      if (this.#told.get(partition) === place.owner?.id && place.owner !== undefined) return { ...place, share: 'owner', isMoved: false };
      this.#told.delete(partition);
      return place;
    });
    this.#places = places;
    this.#options.onMoved?.();
    this.#take(places).then(() => this.#placed.resolve(), (error: unknown) => this.#placed.reject(error));
  }

  /** What nobody owns is claimed at once; what is moved from a living owner one after another, so that little is interrupted at a time. */
  async #take(places: readonly Place[]): Promise<void> {
    const isNewest = (): boolean => this.#phase === 'started' && this.#places === places;
    const moved: number[] = [];
    const atOnce: Promise<void>[] = [];
    for (const [partition, { share, isMoved }] of places.entries()) {
      const { owner } = this.#members[partition]!;
      if (share === 'owner' && isMoved && owner.status().role !== 'owner') moved.push(partition);
      else atOnce.push(owner.setShare(share));
    }
    const moving = (async () => {
      for (const partition of moved) {
        if (!isNewest()) return;
        // One that cannot be had must not keep the others waiting.
        await this.#atMost(this.#limits.waitForOwnerMs, this.#members[partition]!.owner.setShare('owner'));
      }
    })();
    await Promise.all([...atOnce, moving]);
  }

  #atMost(ms: number, what: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.runtime.after(ms, resolve);
      const done = (): void => {
        cancel();
        resolve();
      };
      what.then(done, done);
    });
  }

  async #finalSnapshots(members: readonly Member<S, C, E, R>[]): Promise<void> {
    let isLate = false;
    await new Promise<void>((resolve) => {
      // A log that does not answer any more must not keep the process from stopping.
      const cancel = this.#options.runtime.after(this.#limits.finalSnapshotsMs, () => {
        isLate = true;
        resolve();
      });
      void (async () => {
        // One after another: a large state should not compete with fifteen others.
        for (const { owner } of members) if (!isLate) await owner.finalSnapshot();
        cancel();
        resolve();
      })();
    });
  }

  #refusal(member: Member<S, C, E, R>, bytes: number): Refusal | undefined {
    const { eventBytesMax, partitionPendingMax, partitionPendingBytesMax, pendingMax, pendingBytesMax } = this.#limits;
    if (this.#phase === 'new') return REFUSALS.noOwner;
    if (this.#phase === 'stopping') return REFUSALS.stopping;
    if (bytes > eventBytesMax) return REFUSALS.tooLarge;
    if (member.pending >= partitionPendingMax || member.pendingBytes + bytes > partitionPendingBytesMax) return REFUSALS.partitionFull;
    if (this.#pending >= pendingMax || this.#pendingBytes + bytes > pendingBytesMax) return REFUSALS.ledgerFull;
    return undefined;
  }

  /** About half of what waits before the caller; callers who are refused together are told different times. */
  #untilShorterMs({ pending }: Member<S, C, E, R>): number {
    const { runtime } = this.#options;
    const expectedMs = this.#pace.expectedMs(Math.max(pending, this.#pending) / 2, runtime.monotonicMs());
    const random = Number.parseInt(runtime.randomHex(2), 16) / 0x1_00_00;
    return Math.round(Math.min(RETRY_MS_MAX, Math.max(this.#limits.retryAfterMs, expectedMs)) * (0.5 + random));
  }

  #member(partition: number): Member<S, C, E, R> {
    const { log, topic, runtime, snapshots, node } = this.#options;
    const heads = this.#heads;
    // Beside its own commands every machine then takes one that it never sees.
    const machine = heads === undefined ? this.#options.machine : withSignedHeads(this.#options.machine) as unknown as StateMachine<S, C, E, R>;
    const onAlarm = this.#options.onAlarm ?? (() => {});
    const observer = this.#options.observer ?? {};
    const owner = new PartitionOwner<S, C, E, R>({
      log, tp: { topic, partition }, machine, runtime, node, limits: this.#limits, groupCommit: this.#groupCommit, claims: this.#claims, turns: this.#turns, snapshots, onAlarm, observer,
      ...(heads && { onAcknowledged: (at, event) => heads.acknowledged(at, event instanceof LedgerEvent) }),
    });
    heads?.add(owner as unknown as HeadSource);
    return { owner, pending: 0, pendingBytes: 0 };
  }
}
