import { durationOf, timestampOf } from '#contracts';
import type { query } from '#contracts';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { livePositions, type LivePositions } from '#read-models';
import type { LogEnds } from './log.ends.js';
import type { ReceiptInput } from './request.fields.js';
import type { RowsDatabase } from './rows.database.js';

/** Rows that are older than this are called behind. */
const BEHIND_MS = 10_000;
const WAITING_MAX = 256;
const POLL_MS_MIN = 20;
const POLL_MS_MAX = 200;
const RETRY_MS = 1_000;
/** The answer must still be made, and leave, before the caller gives up. */
const MARGIN_MS_MAX = 500;
/** That a receipt is of no record is said once it was seen so often: the end may step back for a moment when a partition gets another leader. */
const LOOKS = 3;
const LOOK_AGAIN_MS = 200;
/** In so many partitions the oldest missing record is looked for. */
const LOOKED_INTO = 4;

export interface PositionsOptions {
  readonly rows: RowsDatabase;
  readonly ends: LogEnds;
  readonly runtime: Runtime;
}

/** How far projections have come, and waiting until one has come far enough. */
export class Positions {
  readonly #o: PositionsOptions;
  readonly #reading = new Map<string, Promise<LivePositions | undefined>>();
  #waiting = 0;

  constructor(options: PositionsOptions) {
    this.#o = options;
  }

  /**
   * Resolves once the rows of `projection` hold what a receipt names. Rejects with DocketError: failed_precondition
   * (RECEIPT_MISMATCH, the log holds something else there), invalid_argument (the log has nothing there), unavailable
   * (PROJECTION_BEHIND at the deadline, PROJECTION_STOPPED at once), resource_exhausted (TOO_MANY_WAITING).
   */
  async passed(projection: string, receipt: ReceiptInput, deadlineMs: number, signal: AbortSignal): Promise<void> {
    await this.#check(receipt);
    if (this.#waiting >= WAITING_MAX) throw new DocketError('resource_exhausted', { reason: 'TOO_MANY_WAITING', message: 'too many calls wait for projections already', retryAfterMs: RETRY_MS });
    this.#waiting += 1;
    try {
      const leftMs = deadlineMs - this.#o.runtime.monotonicMs();
      await this.#wait(projection, receipt, deadlineMs - Math.min(MARGIN_MS_MAX, leftMs / 4), signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** What an answer says about the age of its rows. `live`: as it was when they were read. */
  async asOf(live: LivePositions): Promise<query.AsOf> {
    const ends = await this.#o.ends.ends(live.topic);
    const missing = ends === undefined ? [] : missingIn(live, ends);
    const lagRecords = missing.reduce((sum, { records }) => sum + records, 0);
    const lagMs = lagRecords === 0 ? 0 : await this.#lagMs(live, missing);
    return {
      projection: live.projection, topic: live.topic, state: live.stopped !== undefined ? 'STOPPED' : lagMs > BEHIND_MS ? 'BEHIND' : 'CURRENT',
      positions: live.positions.map(({ partition, nextOffset }) => ({ partition, nextOffset })),
      lagRecords, lagIsKnown: ends !== undefined, lag: durationOf(lagMs), newestEventAt: live.newestEventMs === 0 ? null : timestampOf(live.newestEventMs),
      stopped: live.stopped ?? null,
    };
  }

  async #check({ topic, partition, offset, hash }: ReceiptInput): Promise<void> {
    const { ends } = this.#o;
    const partitions = ends.partitionsOf(topic);
    if (partition >= partitions) throw notInLog(topic, 'partition', `found ${partition}, expected a partition of ${topic}: 0 to ${partitions - 1}`);
    const known = (await ends.ends(topic))?.[partition];
    for (let looks = 1; known !== undefined && offset >= known; looks += 1) {
      const end = await ends.end(topic, partition);
      if (end === undefined || offset < end) break;
      if (looks === LOOKS) throw notInLog(topic, 'offset', `found ${offset}, but ${topic}/${partition} ends at ${end}`);
      await new Promise<void>((resolve) => void this.#o.runtime.after(LOOK_AGAIN_MS, resolve));
    }
    if (hash === undefined) return;
    const found = await ends.record(topic, partition, offset);
    if (found === undefined || found.hash === hash) return;
    throw new DocketError('failed_precondition', {
      reason: 'RECEIPT_MISMATCH', message: `the log holds something else at ${topic}/${partition}, offset ${offset}, than the receipt says: it is another log, or was changed`,
      metadata: { topic, partition: String(partition), offset: String(offset), hash: found.hash },
    });
  }

  async #wait(projection: string, receipt: ReceiptInput, deadlineMs: number, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#o;
    for (let pauseMs = POLL_MS_MIN; ; pauseMs = Math.min(POLL_MS_MAX, pauseMs * 1.5)) {
      const live = await this.#live(projection, deadlineMs);
      const nextOffset = live?.positions.find(({ partition }) => partition === receipt.partition)?.nextOffset ?? 0;
      if (nextOffset > receipt.offset) return;
      const leftMs = deadlineMs - runtime.monotonicMs();
      if (live?.stopped !== undefined || leftMs <= 0) throw await this.#behind(projection, receipt, nextOffset, live);
      if (signal.aborted) throw new DocketError('unavailable', { reason: 'STOPPING', message: 'the call was cancelled, or this node is stopping', retryAfterMs: RETRY_MS });
      await new Promise<void>((resolve) => void runtime.after(Math.min(pauseMs, leftMs), resolve));
    }
  }

  /** Those who look at the same moment share one question. One that began a little earlier only shows a little less. */
  #live(projection: string, deadlineMs: number): Promise<LivePositions | undefined> {
    const known = this.#reading.get(projection);
    if (known !== undefined) return known;
    const reading = this.#o.rows.read(deadlineMs + RETRY_MS, async (run) => (await livePositions(run, [projection]))[0]).finally(() => this.#reading.delete(projection));
    this.#reading.set(projection, reading);
    return reading;
  }

  async #behind(projection: string, { topic, partition, offset }: ReceiptInput, nextOffset: number, live: LivePositions | undefined): Promise<DocketError> {
    const ends = live && await this.#o.ends.ends(topic);
    const lagRecords = ends && missingIn(live, ends).reduce((sum, { records }) => sum + records, 0);
    const stopped = live?.stopped;
    const place = `${topic}/${partition}`;
    return new DocketError('unavailable', {
      reason: stopped === undefined ? 'PROJECTION_BEHIND' : 'PROJECTION_STOPPED',
      message: stopped === undefined
        ? `docket.${projection} holds ${place} up to offset ${nextOffset} (exclusive), not yet offset ${offset}${lagRecords === undefined ? '' : `; it is ${lagRecords} records behind`}`
        : `docket.${projection} has stopped at ${topic}/${stopped.partition}, offset ${stopped.offset}, and will not come to ${place}, offset ${offset}, until it is repaired: ${stopped.reason}`,
      metadata: {
        projection, topic, partition: String(partition), wanted_offset: String(offset), next_offset: String(nextOffset),
        ...(lagRecords !== undefined && { lag_records: String(lagRecords) }), ...(stopped && { stopped_partition: String(stopped.partition), stopped_offset: String(stopped.offset) }),
      },
      retryAfterMs: RETRY_MS,
    });
  }

  /** The age of the newest row is no measure: nothing may have happened for a day before the record that is missing. */
  async #lagMs(live: LivePositions, missing: readonly Missing[]): Promise<number> {
    const { runtime, ends } = this.#o;
    const nowMs = runtime.wallMs();
    const ageMs = live.newestEventMs === 0 ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - live.newestEventMs);
    if (ageMs <= BEHIND_MS) return ageMs;
    const looked = [...missing].sort((a, b) => b.records - a.records).slice(0, LOOKED_INTO);
    const found = await Promise.all(looked.map(({ partition, nextOffset }) => ends.record(live.topic, partition, nextOffset)));
    const times = found.flatMap((one) => (one === undefined ? [] : [one.record.timestampMs]));
    if (times.length > 0) return Math.max(0, nowMs - Math.min(...times));
    return Number.isFinite(ageMs) ? ageMs : 0;
  }
}

interface Missing {
  readonly partition: number;
  readonly nextOffset: number;
  readonly records: number;
}

function missingIn({ positions }: LivePositions, ends: readonly number[]): Missing[] {
  const next = new Map(positions.map(({ partition, nextOffset }) => [partition, nextOffset]));
  return ends.map((end, partition) => ({ partition, nextOffset: next.get(partition) ?? 0, records: end - (next.get(partition) ?? 0) })).filter(({ records }) => records > 0);
}

function notInLog(topic: string, field: string, description: string): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'RECEIPT_NOT_IN_LOG', message: `at_least is no receipt of this log's ${topic}: ${description}`, violations: [{ field: `at_least.${field}`, description }],
  });
}
