import { DocketError } from '#errors';
import { follow, loadNewestUsable, type EventLog, type Runtime, type SnapshotStore } from '#ledger';
import { authenticate, editOf, registryMachine, type Edit, type Identity, type RegistryEvent, type RegistryState } from '#registry';
import { parseCredentialToken } from './credential-token.js';
import { Waiters } from './waiters.js';

export const REGISTRY_TOPIC = 'docket.registry';
const PARTITION = 0;

/** One record of the registry's log has been read. */
export interface RegistryChange {
  readonly offset: number;
  readonly event: RegistryEvent | undefined;
  /** What the event means for decisions, if anything. */
  readonly edit: Edit | undefined;
}

export interface RegistryCopyOptions {
  readonly log: EventLog;
  readonly runtime: Runtime;
  readonly snapshots?: SnapshotStore;
  readonly onAlarm: (message: string) => void;
}

/**
 * A node's copy of the registry, folded from what the log has acknowledged: it authenticates callers, answers lists and
 * tells listeners what changes.
 */
export class RegistryCopy {
  private readonly machine = registryMachine();
  private current = this.machine.initialState();
  private nextOffset = 0;
  private readonly listeners = new Set<(change: RegistryChange) => void>();
  private readonly waiters: Waiters;
  private readonly stopping = new AbortController();
  private following: Promise<void> | undefined;
  private failure: DocketError | undefined;

  constructor(private readonly options: RegistryCopyOptions) {
    this.waiters = new Waiters(options.runtime);
  }

  get state(): RegistryState {
    return this.current;
  }

  /** Offset of the record read last; -1 before the first. */
  get through(): number {
    return this.nextOffset - 1;
  }

  /** Reads the registry to the end that its log has now, then goes on in the background. Rejects with data_loss. */
  async start(): Promise<void> {
    const { log, snapshots, onAlarm } = this.options;
    const end = await log.endOffset({ topic: REGISTRY_TOPIC, partition: PARTITION });
    const from = snapshots && await loadNewestUsable(snapshots, log, this.machine, REGISTRY_TOPIC, PARTITION, onAlarm);
    if (from !== undefined) {
      this.current = from.state;
      this.nextOffset = from.resume.offset;
    }
    this.following = this.run(from).catch((error: unknown) => this.fail(error));
    if (!(await this.passed(end - 1, Number.POSITIVE_INFINITY))) throw this.failure ?? stopped();
  }

  /** true once the record at `offset` has been read; false when `untilMs` (monotonic) has passed or reading has ended. */
  passed(offset: number, untilMs: number): Promise<boolean> {
    if (this.failure !== undefined || this.stopping.signal.aborted) return Promise.resolve(this.through >= offset);
    return this.waiters.reach(offset, () => this.through, untilMs);
  }

  /** Calls back after each record has been folded, in order. Returns a function that ends it. */
  onChange(listener: (change: RegistryChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Who a credential token belongs to; undefined for one that is unknown, revoked, or none at all. */
  authenticate(token: string): Identity | undefined {
    if (this.failure !== undefined) throw unreadable(this.failure);
    const parsed = parseCredentialToken(token);
    return parsed && authenticate(this.current, parsed.id, parsed.secretHash);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.waiters.giveUp();
    await this.following;
  }

  private run(from: Awaited<ReturnType<typeof loadNewestUsable<RegistryState, RegistryEvent>>>): Promise<void> {
    const { log, runtime, onAlarm } = this.options;
    return follow<RegistryState, RegistryEvent>({
      log, runtime, topic: REGISTRY_TOPIC, partition: PARTITION, machine: this.machine, signal: this.stopping.signal,
      ...(from === undefined ? {} : { from }),
      onError: (error) => onAlarm(`the registry's log cannot be read just now: ${error instanceof Error ? error.message : String(error)}`),
      onApplied: (applied, fold) => {
        this.current = fold.state;
        this.nextOffset = fold.resume.offset;
        const event = applied.kind === 'event' ? applied.event : undefined;
        const change = { offset: this.through, event, edit: event && editOf(fold.state, event) };
        for (const listener of [...this.listeners]) listener(change);
        this.waiters.reached(this.through);
      },
    });
  }

  private fail(error: unknown): void {
    this.failure = error instanceof DocketError ? error
      : new DocketError('internal', { reason: 'REGISTRY_UNREADABLE', message: String(error), cause: error });
    this.options.onAlarm(`the registry is not followed any more: ${this.failure.message}`);
    this.waiters.giveUp();
  }
}

function unreadable(cause: DocketError): DocketError {
  return new DocketError('unavailable', { reason: 'REGISTRY_UNREADABLE', message: 'this node cannot read the registry any more', cause });
}

function stopped(): DocketError {
  return new DocketError('unavailable', { reason: 'STOPPING', message: 'stopped while the registry was being read' });
}
