import type { DecisionEvent, DecisionState } from '#decision';
import { DocketError } from '#errors';
import { Fold } from '#ledger';
import type { Json, ResumeState } from '#ledger';
import type { Column, Transaction } from '../database.js';
import { isDataLoss } from '../feed.js';
import { anotherLog } from '../lost-place.js';
import type { Batch, LogReader, Projection, Target, Writer } from '../projection.js';
import { keyOf, touchedWindows, windowMachine, type WindowUse } from './window-fold.js';

/** The fold's state is written after so many events of a partition: as much is folded again at a start. */
const SAVE_EVENTS = 5_000;
const READ_RECORDS = 2_000;
const READ_WAIT_MS = 5_000;

interface Row extends WindowUse {
  readonly firstMs: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'log_partition', type: 'int4', of: ({ partition }) => partition },
  { name: 'counter_id', type: 'text', of: ({ counter }) => counter },
  { name: 'window_end_ms', type: 'int8', of: ({ windowEndMs }) => windowEndMs },
  { name: 'server_id', type: 'text', of: ({ id }) => id.server_id },
  { name: 'scope', type: 'text', of: ({ id }) => id.scope },
  { name: 'grant_id', type: 'text', of: ({ id }) => id.grant_id },
  { name: 'scope_key', type: 'text', of: ({ id }) => id.scope_key },
  { name: 'counter', type: 'text', of: ({ id }) => id.counter },
  { name: 'time_window', type: 'text', of: ({ id }) => id.time_window },
  { name: 'sliding', type: 'bool', of: ({ id }) => id.sliding },
  { name: 'used', type: 'numeric', of: ({ used }) => used },
  { name: 'limit_max', type: 'numeric', of: ({ limitMax }) => limitMax },
  { name: 'first_at', type: 'timestamptz', of: ({ firstMs }) => firstMs },
  { name: 'last_at', type: 'timestamptz', of: ({ timeMs }) => timeMs },
];

interface PartitionFold {
  state: DecisionState;
  eventsSinceSaved: number;
}

/** What every counter has used in each of its windows, in `docket.limit_windows`: the owner's fold, written down. */
export const limitWindowsProjection: Projection<DecisionEvent> = {
  name: 'limit_windows',
  version: 3,
  topic: 'docket.decisions',
  file: 'limit_windows',
  async open(target) {
    const folds = await Promise.all(target.positions.map((position, partition) => resume(target, partition, position).catch((error: unknown) => {
      throw isDataLoss(error) ? new DocketError('data_loss', { reason: error.reason, message: error.message, metadata: { partition: String(partition), offset: String(position.offset) }, cause: error }) : error;
    })));
    return new LimitWindowsWriter(target.table, folds);
  },
};

class LimitWindowsWriter implements Writer<DecisionEvent> {
  constructor(private readonly table: string, private readonly folds: readonly PartitionFold[]) {}

  async write(transaction: Transaction, batches: readonly Batch<DecisionEvent>[]): Promise<void> {
    const rows = new Map<string, Row>();
    for (const { partition, events } of batches) {
      const fold = this.folds[partition]!;
      for (const { event, at } of events) {
        fold.state = windowMachine.evolve(fold.state, event, at);
        for (const use of touchedWindows(fold.state, event, at)) {
          const key = keyOf(use);
          const earlier = rows.get(key);
          rows.set(key, { ...use, limitMax: use.limitMax ?? earlier?.limitMax ?? null, firstMs: earlier?.firstMs ?? use.timeMs });
        }
      }
      fold.eventsSinceSaved += events.length;
    }
    await transaction.insert(
      `${this.table} AS w`, COLUMNS, [...rows.values()],
      `ON CONFLICT (log_partition, counter_id, window_end_ms) DO UPDATE SET used = excluded.used, limit_max = coalesce(excluded.limit_max, w.limit_max), last_at = excluded.last_at`,
    );
    for (const { partition, to } of batches) await this.#save(transaction, partition, to);
  }

  async #save(transaction: Transaction, partition: number, resume: ResumeState): Promise<void> {
    const fold = this.folds[partition]!;
    if (fold.eventsSinceSaved < SAVE_EVENTS) return;
    fold.eventsSinceSaved = 0;
    await transaction.query(
      `INSERT INTO ${this.table}_state (log_partition, resume, state) VALUES ($1, $2, $3)
       ON CONFLICT (log_partition) DO UPDATE SET resume = excluded.resume, state = excluded.state`,
      [partition, JSON.stringify(resume), JSON.stringify(windowMachine.snapshot(fold.state))]);
  }
}

/** The state at `position`: from the newest that was saved, or from the log's beginning. */
async function resume({ table, log, readModels }: Target, partition: number, position: ResumeState): Promise<PartitionFold> {
  if (position.offset === 0) return { state: windowMachine.initialState(), eventsSinceSaved: 0 };
  const [saved] = await readModels.source.query<{ resume: ResumeState; state: Json }[]>(`SELECT resume, state FROM ${table}_state WHERE log_partition = $1`, [partition]);
  const from = saved !== undefined && saved.resume.offset <= position.offset ? restored(saved) : undefined;
  const fold = new Fold(windowMachine, 'docket.decisions', partition, from);
  const eventsSinceSaved = await foldTo(fold, log, partition, position.offset);
  if (fold.resume.head !== position.head) {
    throw new DocketError('data_loss', { reason: 'LOG_CHANGED', message: anotherLog({ topic: 'docket.decisions', partition }, position.offset, 'its chain comes to another head') });
  }
  return { state: fold.state, eventsSinceSaved };
}

/** Written by another version of the state machine it is of no use. */
function restored(saved: { resume: ResumeState; state: Json }): { resume: ResumeState; state: DecisionState } | undefined {
  try {
    return { resume: saved.resume, state: windowMachine.restore(saved.state) };
  } catch {
    return undefined;
  }
}

/** Folds up to `offset`, exclusive; resolves to the number of events. */
async function foldTo(fold: Fold<DecisionState, DecisionEvent>, log: LogReader, partition: number, offset: number): Promise<number> {
  let events = 0;
  while (fold.resume.offset < offset) {
    const records = await log.read({ topic: 'docket.decisions', partition }, fold.resume.offset, { maxRecords: Math.min(READ_RECORDS, offset - fold.resume.offset), maxWaitMs: READ_WAIT_MS });
    if (records.length === 0) {
      // If even the log's end is below, records are gone: that rejects.
      await log.read({ topic: 'docket.decisions', partition }, offset, { maxRecords: 1 });
      throw new DocketError('unavailable', { reason: 'LOG_BEHIND', message: `docket.decisions/${partition}: offset ${fold.resume.offset} cannot be read yet` });
    }
    for (const record of records) if (fold.apply(record).kind === 'event') events += 1;
  }
  return events;
}
