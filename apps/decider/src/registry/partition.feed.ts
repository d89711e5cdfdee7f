import { Waiters } from '#access';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import type { Edit } from '#registry';
import type { DecisionsPort } from './decisions.port.js';

const SUBMIT_DEADLINE_MS = 5_000;
const RETRY_FIRST_MS = 20;
const RETRY_MAX_MS = 2_000;
/** How often it is looked whether the partition has come here, or gone. */
const LOOK_MS = 100;
const IDLE_LOOK_MS = 500;
/** What a partition that is away for a while answers with; anything else is worth somebody's attention. */
const PATIENCE = new Set(['unavailable', 'deadline_exceeded', 'resource_exhausted']);

export interface FeedOptions {
  readonly partition: number;
  readonly port: DecisionsPort;
  readonly runtime: Runtime;
  /** Present state of everything this partition is concerned with that was edited after an offset, and how far that state goes. */
  readonly editsAfter: (offset: number) => { readonly edits: readonly Edit[]; readonly through: number };
  readonly onAlarm: (message: string) => void;
}

/**
 * Carries the registry's edits into one decisions partition: one at a time, in registry order, each until the
 * partition's log has it. The order makes the partition's largest applied offset a place to go on from. While another node
 * owns the partition, that one's feed does it.
 */
export class PartitionFeed {
  private queue: Edit[] = [];
  private next = 0;
  private passed = 0;
  /** While catching up, only what was in force before it counts: an edit may have been overtaken by one still to come. */
  private catchingUpFrom: number | undefined = -1;
  private lastOfCatchUp: Edit | undefined;
  private stopped = false;
  private failing: DocketError | undefined;
  /** Ends the present wait, of an idle feed or of one that will try again. */
  private wake: (() => void) | undefined;
  private idle = false;
  private running: Promise<void> | undefined;
  private readonly waiters: Waiters;

  constructor(private readonly options: FeedOptions) {
    this.waiters = new Waiters(options.runtime);
  }

  /** Registry offset up to which every edit that concerns this partition is in its log. */
  get inForceThrough(): number {
    if (!this.isHere) return -1;
    if (this.catchingUpFrom !== undefined) return this.catchingUpFrom;
    const head = this.queue[this.next];
    return head === undefined ? this.passed : head.registry_offset - 1;
  }

  get pending(): number {
    return this.queue.length - this.next;
  }

  /** Why the present edit is not through yet. */
  get problem(): DocketError | undefined {
    return this.failing;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** The registry has been read up to `offset`; `edit` is what stands there, if it concerns this partition. */
  advance(offset: number, edit?: Edit): void {
    // Before the feed has begun, the state that it begins with will have it.
    if (this.catchingUpFrom === -1) return;
    this.passed = offset;
    if (edit !== undefined) this.queue.push(edit);
    this.progressed();
  }

  /** true once the edits up to `offset` are in the partition's log; false when `untilMs` (monotonic) has passed. */
  reach(offset: number, untilMs: number): Promise<boolean> {
    return this.waiters.reach(offset, () => this.inForceThrough, untilMs);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.waiters.giveUp();
    this.wake?.();
    await this.running;
  }

  private get isHere(): boolean {
    return this.options.port.isHere(this.options.partition);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.resume();
      await this.carry();
      this.forget();
    }
  }

  private async carry(): Promise<void> {
    while (!this.stopped && this.isHere) {
      const edit = this.queue[this.next];
      if (edit !== undefined) {
        if (await this.submit(edit)) this.done();
        continue;
      }
      this.idle = true;
      await this.sleep(IDLE_LOOK_MS);
      this.idle = false;
    }
  }

  private forget(): void {
    this.queue = [];
    this.next = 0;
    this.catchingUpFrom = -1;
    this.lastOfCatchUp = undefined;
    this.failing = undefined;
  }

  /** What the partition's state says it has applied may not be in its log yet: so its last edit is sent again, and acknowledged. */
  private async resume(): Promise<void> {
    let applied = this.options.port.appliedThrough(this.options.partition);
    for (let attempt = 0; applied === undefined && !this.stopped; attempt += 1) {
      await this.sleep(Math.min(LOOK_MS, retryMs(attempt)));
      applied = this.options.port.appliedThrough(this.options.partition);
    }
    if (applied === undefined) return;
    const from = Math.max(0, applied - 1);
    const { edits, through } = this.options.editsAfter(from);
    if (applied > through) this.options.onAlarm(`decisions partition ${this.options.partition} has applied registry offset ${applied}, but the registry ends at ${through}`);
    this.queue = [...edits];
    this.passed = through;
    this.lastOfCatchUp = edits.at(-1);
    this.catchingUpFrom = edits.length === 0 ? undefined : from;
    this.progressed();
  }

  private async submit(edit: Edit): Promise<boolean> {
    const { port, partition, runtime } = this.options;
    for (let attempt = 0; !this.stopped && this.isHere; attempt += 1) {
      try {
        await port.submit(partition, edit, runtime.monotonicMs() + SUBMIT_DEADLINE_MS);
        this.failing = undefined;
        return true;
      } catch (error) {
        this.report(error);
      }
      await this.sleep(retryMs(attempt));
    }
    return false;
  }

  private done(): void {
    const edit = this.queue[this.next];
    this.next += 1;
    if (this.next === this.queue.length || this.next >= 1_000) {
      this.queue = this.queue.slice(this.next);
      this.next = 0;
    }
    if (edit === this.lastOfCatchUp) {
      this.catchingUpFrom = undefined;
      this.lastOfCatchUp = undefined;
    }
    this.progressed();
  }

  private report(error: unknown): void {
    const problem = error instanceof DocketError ? error : new DocketError('internal', { reason: 'INTERNAL', message: String(error), cause: error });
    const known = this.failing?.reason === problem.reason;
    this.failing = problem;
    if (known || PATIENCE.has(problem.kind)) return;
    this.options.onAlarm(`decisions partition ${this.options.partition} refuses a registry edit: ${problem.reason}: ${problem.message}`);
  }

  private progressed(): void {
    this.waiters.reached(this.inForceThrough);
    if (this.idle && this.next < this.queue.length) this.wake?.();
  }

  private sleep(ms: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.options.runtime.after(ms, () => wake());
      const wake = (): void => {
        cancel();
        if (this.wake === wake) this.wake = undefined;
        resolve();
      };
      this.wake = wake;
    });
  }
}

function retryMs(attempt: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(attempt, 10), RETRY_MAX_MS);
}
