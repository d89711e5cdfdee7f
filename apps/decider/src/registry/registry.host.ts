import { DocketError } from '#errors';
import { Ledger, partitionOf, type EventLog, type HeadSigning, type LedgerLimits, type LedgerObserver, type Runtime, type SnapshotStore } from '#ledger';
import { registryMachine, type RegistryCommand, type RegistryCreated, type RegistryEvent, type RegistryReply, type RegistryState } from '#registry';
import { bootstrap, type RegistrySettings } from './bootstrap.js';
import type { DecisionsPort } from './decisions.port.js';
import { RegistryFeeds, type FeedStatus } from './registry.feeds.js';
import { REGISTRY_TOPIC, RegistryFollower } from './registry.follower.js';

const PARTITION = 0;
const DEADLINE_MS = 10_000;
/** However long an author would wait: what a partition has not taken by then may take hours. */
const SETTLE_MAX_MS = 30_000;
/** The part of an author's deadline that is kept for the answer's way back. */
const ANSWER_SHARE = 0.1;
const ANSWER_MAX_MS = 500;

export interface RegistryHostOptions {
  readonly log: EventLog;
  readonly runtime: Runtime;
  readonly node: { readonly name: string; readonly address: string };
  readonly snapshots?: SnapshotStore;
  readonly settings: RegistrySettings;
  /** Where the first credentials are written; without it an empty registry is refused. */
  readonly credentialsFile?: string;
  readonly limits?: Partial<LedgerLimits>;
  readonly heads?: HeadSigning;
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
  private created: RegistryCreated | undefined;

  constructor(private readonly options: RegistryHostOptions) {
    const { log, runtime, node, snapshots, limits, heads, observer, onAlarm } = options;
    const optional = { ...(snapshots && { snapshots }), ...(heads && { heads }), ...(limits && { limits }), ...(observer && { observer }) };
    this.ledger = new Ledger({ log, topic: REGISTRY_TOPIC, partitions: 1, machine: this.machine, runtime, node, onAlarm, ...optional });
    this.follower = new RegistryFollower({ log, runtime, ...(snapshots && { snapshots }), onAlarm: (message) => this.alarm(message) });
  }

  /**
   * Claims the registry, reads it to its end, and creates it and its first credentials if that is still to be done.
   * Resolves with what was fixed at creation, which wins over any configuration.
   */
  async start(): Promise<RegistryCreated> {
    const { log, runtime, settings, credentialsFile, onNotice, renewCredentials = false } = this.options;
    await log.prepare([{ topic: REGISTRY_TOPIC, partitions: 1 }]);
    await this.ledger.start();
    await this.follower.start();
    let newest = this.follower.through;
    this.created = await bootstrap({
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
    return this.created;
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
    this.follower.onChange(({ offset, edit }) => feeds.advance(offset, edit));
    feeds.start();
  }

  /**
   * Logs an edit and waits until all decisions partitions it concerns have logged it too, or until shortly before the
   * deadline: then `pendingPartitions` names those that have not, and the feeds go on until they have.
   * Rejects with DocketError; nothing of a refused edit is in any log.
   * @param deadlineMs on the runtime's monotonic scale; default 10 s from now
   */
  async edit(command: RegistryCommand, deadlineMs = this.options.runtime.monotonicMs() + DEADLINE_MS): Promise<Edited> {
    const concerned = this.concernedBy(command);
    // A revocation is never turned away: there are at most as many as there are grants.
    const full = command.type === 'RevokeGrant' || command.type === 'EraseGrant' ? undefined : this.feeds?.full(concerned);
    if (full !== undefined) throw feedFull(full);
    const nowMs = this.options.runtime.monotonicMs();
    const leftMs = Math.max(0, deadlineMs - nowMs);
    const answerByMs = nowMs + Math.min(SETTLE_MAX_MS, leftMs - Math.min(ANSWER_MAX_MS, leftMs * ANSWER_SHARE));
    const { id, registry_offset, unchanged } = await this.ledger.submit(PARTITION, command, { deadlineMs });
    if (!(await this.follower.passed(registry_offset, answerByMs))) throw notReadBack(registry_offset);
    const pendingPartitions = this.feeds === undefined ? concerned : await this.feeds.settle(registry_offset, concerned, answerByMs);
    return { id, registryOffset: registry_offset, unchanged, pendingPartitions };
  }

  /** Why the registry would refuse a command as things stand; advisory, for what must be prepared before it is submitted. */
  refusalOf(command: RegistryCommand): DocketError | undefined {
    const decision = this.ledger.peek(PARTITION, (state) => this.machine.decide(state, command, { nowMs: this.options.runtime.wallMs() }));
    if (decision?.kind === 'refuse') return decision.error;
    return decision?.kind === 'advise' ? decision.reply : undefined;
  }

  /** The decisions partitions, of those that a grant (or a policy: all) concerns, that have not logged an edit yet. */
  pendingPartitions(registryOffset: number, grantId?: string): readonly number[] {
    const concerned = grantId === undefined ? this.allPartitions() : [this.partitionOf(grantId)];
    return this.feeds === undefined ? concerned : this.feeds.pending(registryOffset, concerned);
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
      case 'RegisterServer': return [];
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
