import type { Runtime } from '#ledger';
import type { LogEnds } from './log.ends.js';
import { Positions } from './positions.js';
import type { RowsDatabase } from './rows.database.js';

const TOPIC = 'docket.decisions';
const signal = new AbortController().signal;
const receipt = { topic: TOPIC, partition: 0, offset: 99, hash: undefined };

/** The log's end as it is told at each look; the rows hold everything. */
function positionsWith(ends: readonly (number | undefined)[]): { readonly positions: Positions; readonly looks: () => number } {
  let looked = 0;
  const look = async (): Promise<number | undefined> => ends[Math.min(looked++, ends.length - 1)];
  const row = { projection: 'decisions', topic: TOPIC, version: 1, positions: [[0, 1_000]], newest: null, stopped_partition: null, stopped_offset: null, stopped_reason: null };
  const rows = { read: async (_deadlineMs: number, work: (run: () => Promise<object[]>) => Promise<unknown>) => work(async () => [row]) };
  const runtime: Pick<Runtime, 'wallMs' | 'monotonicMs' | 'after'> = {
    wallMs: () => 0, monotonicMs: () => 0,
    after: (_ms, callback) => {
      setImmediate(callback);
      return () => undefined;
    },
  };
  return {
    positions: new Positions({
      rows: rows as unknown as RowsDatabase, runtime: runtime as Runtime,
      ends: { partitionsOf: () => 1, ends: async () => [50], end: look, record: async () => undefined } as unknown as LogEnds,
    }),
    looks: () => looked,
  };
}

test('a receipt beyond the end of the log is refused, once that was seen more often than a change of leaders lasts', async () => {
  const { positions, looks } = positionsWith([50]);
  await expect(positions.passed('decisions', receipt, 60_000, signal)).rejects.toMatchObject({ kind: 'invalid_argument', reason: 'RECEIPT_NOT_IN_LOG', message: expect.stringContaining('found 99, but docket.decisions/0 ends at 50') as string });
  expect(looks()).toBe(3);
});

test.each([
  ['has stepped back for a moment', [50, 60, 120]],
  ['cannot be asked for', [undefined]],
  ['was known a moment too early', [100]],
])('a receipt is waited for where the end %s', async (_, ends) => {
  await expect(positionsWith(ends).positions.passed('decisions', receipt, 60_000, signal)).resolves.toBeUndefined();
});
