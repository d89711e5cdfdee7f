import { decisionMachine } from '#decision';
import type { DecisionEvent, DecisionState } from '#decision';
import { DocketError } from '#errors';
import { Fold } from '#ledger';
import type { ResumeState, StateMachine } from '#ledger';
import { compareExact, parseExactNumber } from '#policy';
import type { LogReader } from './projection.js';
import { keyOf, touchedWindows, type WindowUse } from './projections/window-fold.js';
import type { ReadModels } from './read-models.js';

const READ_RECORDS = 2_000;
const DIFFERENCES_SHOWN = 20;

export interface WindowDifference {
  readonly counter_id: string;
  /** ms since the epoch; 0: sliding. */
  readonly window_end_ms: number;
  /** Exact decimals; null: no such row, or no such window. */
  readonly in_rows: string | null;
  readonly in_log: string | null;
}

export interface VerifiedPartition {
  readonly partition: number;
  /** Rows and fold are compared at this offset. */
  readonly offset: number;
  readonly windows: number;
  readonly differing: number;
  /** The first few. */
  readonly differences: readonly WindowDifference[];
}

export interface VerifyOptions {
  readonly readModels: ReadModels;
  readonly log: LogReader;
  /** The live generation of `limit_windows`. */
  readonly generation: { readonly id: number; readonly table: string };
  readonly partition: number;
  /** As the registry's first event fixed it. */
  readonly settings: { readonly callIdMemoryMs: number; readonly callIdAheadMs: number };
  readonly onProgress?: (records: number) => void;
}

/**
 * Folds one partition anew, from its first record to where the rows stand, with the owner's whole state machine, and
 * compares every window. Rows and their checkpoint are read in one snapshot, so this works while both move on.
 */
export async function verifyLimitWindows(options: VerifyOptions): Promise<VerifiedPartition> {
  const { partition } = options;
  const { offset, rows } = await rowsOf(options);
  const { expected, state, timeMs } = await foldOf(options, offset);
  const differences: WindowDifference[] = [];
  for (const [key, use] of expected) {
    const inRows = rows.get(key);
    rows.delete(key);
    // A window that the owner still holds must be what the owner holds, not only what this fold wrote down on its way.
    const held = !use.id.sliding && use.windowEndMs > timeMs ? state.windows.used(use.windowEndMs, use.counter) : parseExactNumber(use.used)!;
    if (inRows !== undefined && compareExact(parseExactNumber(inRows.used)!, held) === 0) continue;
    differences.push({ counter_id: use.counter, window_end_ms: use.windowEndMs, in_rows: inRows?.used ?? null, in_log: use.used });
  }
  for (const { counter, windowEndMs, used } of rows.values()) differences.push({ counter_id: counter, window_end_ms: windowEndMs, in_rows: used, in_log: null });
  return { partition, offset, windows: expected.size, differing: differences.length, differences: differences.slice(0, DIFFERENCES_SHOWN) };
}

async function rowsOf({ readModels, generation, partition }: VerifyOptions): Promise<{ offset: number; rows: Map<string, { counter: string; windowEndMs: number; used: string }> }> {
  return readModels.transaction(async (transaction) => {
    await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    const { rows: [checkpoint] } = await transaction.query<{ resume: ResumeState | null }>(
      'SELECT resume FROM docket_tables.checkpoint WHERE generation_id = $1 AND log_partition = $2', [generation.id, partition]);
    const { rows } = await transaction.query<{ counter_id: string; window_end_ms: string; used: string }>(
      `SELECT counter_id, window_end_ms, trim_scale(used)::text AS used FROM ${generation.table} WHERE log_partition = $1`, [partition]);
    const found = rows.map(({ counter_id, window_end_ms, used }) => ({ counter: counter_id, windowEndMs: Number(window_end_ms), used }));
    return { commit: false, value: { offset: checkpoint?.resume?.offset ?? 0, rows: new Map(found.map((row) => [keyOf({ ...row, partition } as WindowUse), row])) } };
  });
}

async function foldOf({ log, partition, settings, onProgress }: VerifyOptions, offset: number): Promise<{ expected: Map<string, WindowUse>; state: DecisionState; timeMs: number }> {
  const machine = decisionMachine(settings, () => undefined) as unknown as StateMachine<DecisionState, never, DecisionEvent, unknown>;
  const fold = new Fold(machine, 'docket.decisions', partition);
  const expected = new Map<string, WindowUse>();
  while (fold.resume.offset < offset) {
    const records = await log.read({ topic: 'docket.decisions', partition }, fold.resume.offset, { maxRecords: Math.min(READ_RECORDS, offset - fold.resume.offset) });
    if (records.length === 0) throw new DocketError('data_loss', { reason: 'LOG_TRUNCATED', message: `docket.decisions/${partition} ends at offset ${fold.resume.offset}, before the rows' ${offset}` });
    for (const record of records) {
      const applied = fold.apply(record);
      if (applied.kind !== 'event') continue;
      for (const use of touchedWindows(fold.state, applied.event, applied.at)) expected.set(keyOf(use), use);
    }
    onProgress?.(records.length);
  }
  return { expected, state: fold.state, timeMs: fold.resume.timeMs };
}
