import type { ArgumentRow } from './argument-rows.js';

/** A value beside that of the call that was approved last. */
export interface ComparedRow extends ArgumentRow {
  readonly change: 'same' | 'changed' | 'new' | 'gone';
  /** What it was, where it has changed. */
  readonly before: ArgumentRow | undefined;
}

/** Every value of either call, in the order of the one that waits; what is gone comes last. A path that occurs twice is compared in its order. */
export function compareRows(now: readonly ArgumentRow[], before: readonly ArgumentRow[]): ComparedRow[] {
  const earlier = new Map<string, ArgumentRow[]>();
  for (const row of before) earlier.set(row.path, [...earlier.get(row.path) ?? [], row]);
  const compared = now.map((row): ComparedRow => {
    const was = earlier.get(row.path)?.shift();
    if (was === undefined) return { ...row, change: 'new', before: undefined };
    return { ...row, change: was.type === row.type && was.value === row.value ? 'same' : 'changed', before: was };
  });
  const gone = [...earlier.values()].flat().map((row): ComparedRow => ({ ...row, change: 'gone', before: row }));
  return [...compared, ...gone];
}
