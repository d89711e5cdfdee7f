import { DocketError } from '#errors';
import { sha256 } from '../envelope.js';
import type { EventLog, TopicPartition } from '../event-log.js';
import { dataLoss } from '../fold.js';
import type { OnAlarm } from '../observer.js';
import type { PartitionStatus } from '../partition-status.js';
import { PendingCommand } from '../pending-command.js';
import type { ResumeState, Runtime } from '../resume-state.js';
import type { Position } from '../state-machine.js';
import { PartitionHeads } from './partition-heads.js';
import { SignHead } from './sign-head.js';
import type { HeadKey } from './signed-head.js';

/** A signed head that the log has acknowledged. */
export interface LoggedHead {
  readonly at: Position;
  /** The record's value, byte for byte. */
  readonly value: Uint8Array;
}

/** How a ledger signs heads. */
export interface HeadSigning {
  readonly key: HeadKey;
  /** How often a partition's head is signed if anything else was logged since; default: a minute. */
  readonly everyMs?: number;
  readonly treeRecordsMax?: number;
  /** Told once for each, as soon as it is acknowledged: for copies that are kept elsewhere. */
  readonly onSigned?: (head: LoggedHead) => void;
}

/** What the writer needs of a partition's owner. */
export interface HeadSource {
  readonly tp: TopicPartition;
  /** Where everything is acknowledged, while it serves. */
  acknowledged(): ResumeState | undefined;
  status(): { readonly role: PartitionStatus['role'] };
  submit(item: PendingCommand<SignHead, Position>): void;
}

export interface HeadWriterOptions extends HeadSigning {
  readonly log: EventLog;
  readonly runtime: Runtime;
  readonly onAlarm: OnAlarm;
}

const EVERY_MS = 60_000;
const TREE_RECORDS_MAX = 1_000_000;
/** Soon after the start, so that from then on acknowledgements are followed and little is read. */
const FIRST_LOOK_MS = 1_000;
const DEADLINE_MS = 10_000;
/** A process that stops waits at most so long for its last heads. */
const FINISH_MS = 3_000;
/** Of that, for an owner that is just finding out what became of its last batch. */
const CLAIMING_MS = 1_000;
const LOOK_MS = 20;

interface Source {
  readonly owner: HeadSource;
  readonly heads: PartitionHeads;
  busy: Promise<void> | undefined;
}

/** Has the heads of one topic's partitions signed: every minute if anything else was logged, and when it is told to finish. */
export class HeadWriter {
  readonly #o: HeadWriterOptions;
  readonly #treeRecordsMax: number;
  readonly #sources = new Map<number, Source>();
  #cancel: (() => void) | undefined;
  #isEnded = false;

  constructor(options: HeadWriterOptions) {
    this.#o = options;
    this.#treeRecordsMax = options.treeRecordsMax ?? TREE_RECORDS_MAX;
  }

  add(owner: HeadSource): void {
    const heads = new PartitionHeads({ log: this.#o.log, tp: owner.tp, treeRecordsMax: this.#treeRecordsMax });
    this.#sources.set(owner.tp.partition, { owner, heads, busy: undefined });
  }

  /** An owner's event is acknowledged. */
  acknowledged(at: Position, isSignedHead: boolean): void {
    this.#sources.get(at.partition)?.heads.acknowledged(at, isSignedHead);
  }

  start(): void {
    const { runtime, everyMs = EVERY_MS } = this.#o;
    const tick = (sign: boolean): void => {
      if (this.#isEnded) return;
      this.#cancel = runtime.after(everyMs, () => tick(true));
      void this.#round(sign);
    };
    this.#cancel = runtime.after(Math.min(FIRST_LOOK_MS, everyMs), () => tick(false));
  }

  /** Signs what is not signed yet, and goes on as before. */
  async sign(): Promise<void> {
    if (!this.#isEnded) await this.#round(true);
  }

  /** Signs what is not signed yet, for a few seconds at most, and then never again. */
  async finish(limitMs = FINISH_MS): Promise<void> {
    this.#cancel?.();
    await new Promise<void>((resolve) => {
      // A log that does not answer any more must not keep the process from stopping.
      const cancel = this.#o.runtime.after(limitMs, resolve);
      void this.#served().then(() => this.#round(true)).then(() => {
        cancel();
        resolve();
      });
    });
    this.#isEnded = true;
  }

  async #served(): Promise<void> {
    const { runtime } = this.#o;
    const untilMs = runtime.monotonicMs() + CLAIMING_MS;
    while ([...this.#sources.values()].some(({ owner }) => owner.status().role === 'claiming') && runtime.monotonicMs() < untilMs) {
      await new Promise<void>((resolve) => runtime.after(LOOK_MS, resolve));
    }
  }

  async #round(sign: boolean): Promise<void> {
    await Promise.all([...this.#sources.values()].map(async (source) => {
      // One that is still being caught up goes on; at the end it is waited for, and signed then.
      if (source.busy !== undefined && !sign) return;
      await source.busy;
      source.busy ??= this.#run(source, sign).finally(() => (source.busy = undefined));
      await source.busy;
    }));
  }

  async #run({ owner, heads }: Source, sign: boolean): Promise<void> {
    const known = (): ResumeState | undefined => (this.#isEnded ? undefined : owner.acknowledged());
    try {
      if (!sign) return await heads.follow(known);
      for (let isMore = true; isMore && !this.#isEnded;) {
        const statement = await heads.next(known);
        if (statement === undefined) return;
        const at = await this.#submit(owner, new SignHead(statement, this.#o.key));
        heads.logged(at.hash);
        await this.#tell(at);
        isMore = statement.tree_size === this.#treeRecordsMax;
      }
    } catch (error) {
      // The next round finds anew what counts.
      heads.forget();
      if (this.#isEnded || (error instanceof DocketError && error.kind !== 'data_loss')) return;
      this.#o.onAlarm({ kind: 'head_not_signed', message: error instanceof Error ? error.message : String(error), ...owner.tp });
    }
  }

  async #tell(at: Position): Promise<void> {
    const { log, onSigned } = this.#o;
    if (onSigned === undefined) return;
    const [record] = await log.read(at, at.offset, { maxRecords: 1 });
    if (record?.offset !== at.offset || sha256(record.value) !== at.hash) throw dataLoss('LOG_TRUNCATED', at.topic, at.partition, at.offset, 'the signed head that was acknowledged there is not there');
    onSigned({ at, value: record.value });
  }

  #submit(owner: HeadSource, command: SignHead): Promise<Position> {
    return new Promise((resolve, reject) => {
      owner.submit(new PendingCommand(command, this.#o.runtime.monotonicMs() + DEADLINE_MS, resolve, reject));
    });
  }
}
