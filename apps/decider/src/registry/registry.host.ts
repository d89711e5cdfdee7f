import { REGISTRY_SERVICE } from '#contracts';
import { DocketError } from '#errors';
import { Ledger, partitionOf, type Membership, type Owner, type Place, type EventLog, type HeadSigning, type LedgerLimits, type LedgerObserver, type Runtime, type SnapshotStore, type Successors } from '#ledger';
import { registryMachine, type RegistryCommand, type RegistryCreated, type RegistryEvent, type RegistryReply, type RegistryState } from '#registry';
import { bootstrap, refuseOtherSettings, type RegistrySettings } from './bootstrap.js';
import type { Onward, Peers } from '#platform';
import type { DecisionsPort } from './decisions.port.js';
import { RegistryFeeds, type FeedStatus } from './registry.feeds.js';
import { REGISTRY_TOPIC, RegistryFollower } from './registry.follower.js';

const PARTITION = 0;
const DEADLINE_MS = 10_000;
const BOOTSTRAP_LOOK_MS = 50;
/** However long an author would wait: what a partition has not taken by then may take hours. */
const SETTLE_MAX_MS = 30_000;
/** The part of an author's deadline that is kept for the answer's way back. */
const ANSWER_SHARE = 0.1;
const ANSWER_MAX_MS = 500;

export interface RegistryHostOptions {
  readonly log: EventLog;
  readonly runtime: Runtime;
  readonly node: { readonly name: string; readonly address: string };
  /** Among several nodes; left out, this one owns the registry. */
  readonly membership?: Membership;
  /** The other nodes, to ask whether an edit is in force on their partitions. */
  readonly peers?: Pick<Peers, 'call'>;
  readonly snapshots?: SnapshotStore;
  readonly settings: RegistrySettings;
  /** Where the first credentials are written; without it an empty registry is refused. */
  readonly credentialsFile?: string;
  readonly limits?: Partial<LedgerLimits>;
  readonly heads?: HeadSigning;
  /** As the ledger has them. */
  readonly successors?: Successors;
  readonly onMoved?: () => void;
  /** Edits that may wait for one decisions partition before more are refused. */
  readonly feedPendingMax?: number;
  readonly observer?: LedgerObserver;
  /** Something an operator must see. */
  readonly onAlarm: (alarm: { readonly kind: string; readonly message: string; readonly topic: string; readonly partition: number }) => void;
  /** `urgent`: an operator must see it, and not only in the log. */
  readonly onNotice: (message: string, urgent?: boolean) => void;
  /** Issue new first credentials if the file has none although the registry has some. */
  readonly renewCredentials?: boolean;
}

/** What became of an edit: in the registry's log, and in that of all decisions partitions it concerns but these. */
export interface Edited {
  readonly id: string;
  readonly registryOffset: number;
  readonly unchanged: boolean;
  readonly pendingPartitions: readonly number[];
}

/**
 * Owns the registry: its single writer, the copy that answers callers, and the feeds that carry edits into the
 * decisions partitions. Start it, then the decisions partitions, then `feed` it with them.
 */
export class RegistryHost {
  readonly follower: RegistryFollower;
  private readonly ledger: Ledger<RegistryState, RegistryCommand, RegistryEvent, RegistryReply>;
  private readonly machine = registryMachine();
  private feeds: RegistryFeeds | undefined;
  private port: DecisionsPort | undefined;
  private created: RegistryCreated | undefined;

  constructor(private readonly options: RegistryHostOptions) {
    const { log, runtime, node, membership, snapshots, limits, heads, observer, onAlarm, successors, onMoved } = options;
    const optional = { ...(successors && { successors }), ...(onMoved && { onMoved }), ...(membership && { membership }), ...(snapshots && { snapshots }), ...(heads && { heads }), ...(limits && { limits }), ...(observer && { observer }) };
    this.ledger = new Ledger({ log, topic: REGISTRY_TOPIC, partitions: 1, machine: this.machine, runtime, node, onAlarm, ...optional });
    this.follower = new RegistryFollower({ log, runtime, ...(snapshots && { snapshots }), onAlarm: (message) => this.alarm(message) });
  }

  /** Where the registry's owner is: every edit is made there. */
  ownerOf(): Owner {
    return this.ledger.ownerOf(PARTITION);
  }

  /** Where the registry should be, as the members share it. */
  get places(): readonly Place[] {
    return this.ledger.places;
  }

  /** Claims the registry from an owner that is leaving, if this node stands by for it. */
  takeOver(partitions: readonly number[], leaving: string, withinMs: number): Promise<number[]> {
    return this.ledger.takeOver(partitions, leaving, withinMs);
  }

  /** Which of these partitions this node could serve at once. */
  readyFor(partitions: readonly number[]): readonly number[] {
    return this.ledger.readyFor(partitions);
  }

  /** Leaves the registry to another node, if there is one. */
  handOver(withinMs: number): Promise<void> {
    return this.ledger.handOver(withinMs);
  }

  /**
   * Reads the registry to its end; its owner creates it and its first credentials if that is still to be done, the others wait for that.
   * Resolves with what was fixed at creation, which wins over any configuration.
   */
  async start(): Promise<RegistryCreated> {
    const { log, runtime, settings } = this.options;
    await log.prepare([{ topic: REGISTRY_TOPIC, partitions: 1 }]);
    await this.ledger.start();
    await this.follower.start();
    for (;;) {
      const { created } = this.follower.state;
      try {
        if (this.ownerOf().isHere) return (this.created = await this.bootstrap());
        if (created !== null) {
          refuseOtherSettings(created.event, settings);
          return (this.created = created.event);
        }
      } catch (error) {
        // Another node has become the owner in the middle of it.
        if (!(error instanceof DocketError) || this.ownerOf().isHere || error.kind !== 'unavailable') throw error;
      }
      await new Promise<void>((resolve) => runtime.after(BOOTSTRAP_LOOK_MS, resolve));
    }
  }

  private bootstrap(): Promise<RegistryCreated> {
    const { runtime, settings, credentialsFile, onNotice, renewCredentials = false } = this.options;
    let newest = this.follower.through;
    return bootstrap({
      settings, credentialsFile, runtime, onNotice, renew: renewCredentials,
      submit: async (command) => {
        const reply = await this.ledger.submit(PARTITION, command);
        newest = Math.max(newest, reply.registry_offset);
        return reply;
      },
      read: async () => {
        await this.follower.passed(newest, runtime.monotonicMs() + DEADLINE_MS);
        return this.follower.state;
      },
    });
  }

  /** Begins to carry edits into the decisions partitions, from wherever each of them stands. */
  feed(port: DecisionsPort): void {
    if (this.feeds !== undefined) throw new Error('the registry is fed into the decisions partitions already');
    const feeds = new RegistryFeeds({
      port, runtime: this.options.runtime, onAlarm: (message) => this.alarm(message),
      ...(this.options.feedPendingMax === undefined ? {} : { pendingMax: this.options.feedPendingMax }),
      read: () => ({ state: this.follower.state, through: this.follower.through }),
    });
    this.feeds = feeds;
    this.port = port;
    this.follower.onChange(({ offset, edit }) => feeds.advance(offset, edit));
    feeds.start();
  }

  /**
   * Logs an edit and waits until all decisions partitions it concerns have logged it too, or until shortly before the
   * deadline: then `pendingPartitions` names those that have not, and the feeds go on until they have.
   * Rejects with DocketError; nothing of a refused edit is in any log.
   * @param deadlineMs on the runtime's monotonic scale; default 10 s from now
   */
  async edit(command: RegistryCommand, deadlineMs = this.options.runtime.monotonicMs() + DEADLINE_MS, onward?: Onward): Promise<Edited> {
    const concerned = this.concernedBy(command);
    // A revocation is never turned away: there are at most as many as there are grants.
    const full = command.type === 'RevokeGrant' || command.type === 'EraseGrant' ? undefined : this.feeds?.full(concerned);
    if (full !== undefined) throw feedFull(full);
    const nowMs = this.options.runtime.monotonicMs();
    const leftMs = Math.max(0, deadlineMs - nowMs);
    const answerByMs = nowMs + Math.min(SETTLE_MAX_MS, leftMs - Math.min(ANSWER_MAX_MS, leftMs * ANSWER_SHARE));
    const { id, registry_offset, unchanged } = await this.ledger.submit(PARTITION, command, { deadlineMs });
    if (!(await this.follower.passed(registry_offset, answerByMs))) throw notReadBack(registry_offset);
    const pendingPartitions = await this.settle(registry_offset, concerned, answerByMs, onward);
    return { id, registryOffset: registry_offset, unchanged, pendingPartitions };
  }

  /** Why the registry would refuse a command as things stand; advisory, for what must be prepared before it is submitted. */
  refusalOf(command: RegistryCommand): DocketError | undefined {
    const decision = this.ledger.peek(PARTITION, (state) => this.machine.decide(state, command, { nowMs: this.options.runtime.wallMs() }));
    if (decision?.kind === 'refuse') return decision.error;
    return decision?.kind === 'advise' ? decision.reply : undefined;
  }

  /** The decisions partitions, of those that a grant (or a policy: all) concerns, that have not logged an edit yet. */
  pendingPartitions(registryOffset: number, grantId?: string, onward?: Onward): Promise<readonly number[]> {
    const concerned = grantId === undefined ? this.allPartitions() : [this.partitionOf(grantId)];
    return this.settle(registryOffset, concerned, this.options.runtime.monotonicMs(), onward);
  }

  /** Of `partitions`, those that this node does not own, or that have not logged everything up to `offset` when `untilMs` (monotonic) has passed. */
  async settleHere(offset: number, partitions: readonly number[], untilMs: number): Promise<readonly number[]> {
    if (this.feeds === undefined) return partitions;
    return untilMs <= this.options.runtime.monotonicMs() ? this.feeds.pending(offset, partitions) : this.feeds.settle(offset, partitions, untilMs);
  }

  /** The same of all partitions: those of other nodes are asked for there, with the author's own credential. */
  private async settle(offset: number, partitions: readonly number[], untilMs: number, onward: Onward | undefined): Promise<readonly number[]> {
    const { peers, runtime } = this.options;
    const here: number[] = [];
    const elsewhere = new Map<string, number[]>();
    for (const partition of partitions) {
      const address = this.port?.isHere(partition) === false ? this.port.addressOf(partition) : undefined;
      if (address === undefined) here.push(partition);
      else elsewhere.set(address, [...elsewhere.get(address) ?? [], partition]);
    }
    const waitMs = Math.max(0, Math.floor(untilMs - runtime.monotonicMs()));
    const asked = [...elsewhere].map(async ([address, theirs]): Promise<readonly number[]> => {
      if (peers === undefined || onward === undefined) return theirs;
      const until = { ...onward, deadlineMs: runtime.wallMs() + waitMs + ANSWER_MAX_MS };
      const answer = await peers.call<{ pendingPartitions: number[] }>(address, REGISTRY_SERVICE, 'AwaitEdit', { registryOffset: offset, partitions: theirs, waitMs }, until).catch(() => undefined);
      return answer?.pendingPartitions ?? theirs;
    });
    return (await Promise.all([this.settleHere(offset, here, untilMs), ...asked])).flat().sort((a, b) => a - b);
  }

  /** The decisions partition that a grant's calls are decided in. */
  partitionOf(grantId: string): number {
    return partitionOf(grantId, this.decisionsPartitions());
  }

  feedStatus(): readonly FeedStatus[] {
    return this.feeds?.status() ?? [];
  }

  ledgerStatus(): ReturnType<Ledger<RegistryState, RegistryCommand, RegistryEvent, RegistryReply>['status']> {
    return this.ledger.status();
  }

  /** Stops feeding, drains what is being edited, stops reading. */
  async stop(): Promise<void> {
    await this.feeds?.stop();
    await this.ledger.stop();
    await this.follower.stop();
  }

  private concernedBy(command: RegistryCommand): readonly number[] {
    switch (command.type) {
      case 'PublishPolicy': return this.allPartitions();
      case 'IssueGrant':
      case 'AttachPolicy':
      case 'RevokeGrant':
      case 'EraseGrant': return [this.partitionOf(command.grant_id)];
      case 'CreateRegistry':
      case 'IssueCredential':
      case 'RevokeCredential':
      case 'RegisterServer':
      case 'StoreToolText':
      case 'ReportTools':
      case 'ApproveTools':
      case 'SetToolRisk':
      case 'SetToolChurn': return [];
    }
  }

  private allPartitions(): readonly number[] {
    return Array.from({ length: this.decisionsPartitions() }, (_, partition) => partition);
  }

  private decisionsPartitions(): number {
    if (this.created === undefined) throw new DocketError('unavailable', { reason: 'REGISTRY_STARTING', message: 'the registry is still being read' });
    return this.created.decisions_partitions;
  }

  private alarm(message: string): void {
    this.options.onAlarm({ kind: 'registry', message, topic: REGISTRY_TOPIC, partition: PARTITION });
  }
}

function feedFull(partition: number): DocketError {
  return new DocketError('resource_exhausted', {
    reason: 'EDITS_PENDING', message: `decisions partition ${partition} has not taken the edits before this one; nothing was changed`,
    metadata: { partition: String(partition), outcome: 'not_decided' }, retryAfterMs: 1_000,
  });
}

function notReadBack(registryOffset: number): DocketError {
  return new DocketError('deadline_exceeded', {
    reason: 'EDIT_NOT_READ_BACK', message: `the edit is in the registry at offset ${registryOffset}, but could not be read back in time`,
    metadata: { registry_offset: String(registryOffset) },
  });
}
