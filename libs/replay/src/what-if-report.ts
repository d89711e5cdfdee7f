import type { Verdict } from '#decision';
import { GAPS, type Gap } from './replay-report.js';

export const VERDICTS: readonly Verdict[] = ['ALLOW', 'DENY', 'RATE_LIMITED', 'APPROVAL_REQUIRED'];

/** `ALLOW > DENY`: what the policy in force ruled then, and what the draft rules. Equal on both sides: nothing changes. */
export type Transition = `${Verdict} > ${Verdict}`;

export interface WhatIfRow {
  readonly tool: string;
  readonly grant_id: string;
  calls: number;
  changed: number;
  readonly transitions: Partial<Record<Transition, number>>;
}

export interface WhatIfExample {
  readonly partition: number;
  readonly offset: number;
  readonly timeMs: number;
  readonly grant_id: string;
  readonly call_id: string;
  readonly tool: string;
  readonly transition: Transition;
  /** '' for ALLOW. */
  readonly recordedRule: string;
  readonly draftRule: string;
  readonly draftMessage: string;
}

/** What running a draft over one partition, or all of them, has found. Plain data. */
export interface WhatIfReport {
  records: number;
  /** Calls of the time range and the grants asked about, however they went. */
  calls: number;
  /** Of those, what the draft's verdict is known for. */
  judged: number;
  changed: number;
  /** The same verdict, by another rule. */
  otherRule: number;
  /** Repeats of a call that waited for a person, where the draft had allowed it at once: they would not have been needed. */
  notNeeded: number;
  /** The draft looks at values that cannot be opened. */
  unknown: Record<Gap, number>;
  /** Values that are not those that were sealed. */
  altered: number;
  /** Would have been refused with an error (too many approvals waiting, say), by its reason. */
  refused: Record<string, number>;
  /** Approvals that only the draft asks for: nobody was there to answer. */
  unanswered: number;
  transitions: Partial<Record<Transition, number>>;
  /** The draft's rules that changed a verdict, as `<verdict> <rule>`. */
  rules: Record<string, number>;
  /** By tool and grant; past ROWS_MAX everything else is in one row without names. */
  rows: WhatIfRow[];
  /** A few of each transition, in the order of their places in the log. */
  examples: WhatIfExample[];
  /** Where the chain of a partition broke, or records are missing: calls behind it were not tried. */
  chainBreaks: { partition: number; offset: number; reason: string }[];
}

export const ROWS_MAX = 20_000;
export const OTHERS = '(others)';

export function emptyWhatIf(): WhatIfReport {
  return {
    records: 0, calls: 0, judged: 0, changed: 0, otherRule: 0, notNeeded: 0, unknown: Object.fromEntries(GAPS.map((gap) => [gap, 0])) as Record<Gap, number>,
    altered: 0, refused: {}, unanswered: 0, transitions: {}, rules: {}, rows: [], examples: [], chainBreaks: [],
  };
}

export function addTo<K extends string>(counts: Partial<Record<K, number>>, key: K, count = 1): void {
  counts[key] = (counts[key] ?? 0) + count;
}

/** All partitions as one: rows with most changes first, at most so many examples of each transition. */
export function mergeWhatIf(reports: readonly WhatIfReport[], examplesMax: number): WhatIfReport {
  const all = emptyWhatIf();
  const rows = new WhatIfRows();
  for (const one of reports) {
    for (const key of ['records', 'calls', 'judged', 'changed', 'otherRule', 'notNeeded', 'altered', 'unanswered'] as const) all[key] += one[key];
    for (const gap of GAPS) all.unknown[gap] += one.unknown[gap];
    for (const key of ['refused', 'transitions', 'rules'] as const) for (const [name, count] of Object.entries(one[key])) addTo(all[key] as Record<string, number>, name, count);
    for (const row of one.rows) rows.addRow(row);
    all.examples.push(...one.examples);
    all.chainBreaks.push(...one.chainBreaks);
  }
  const shown: Partial<Record<Transition, number>> = {};
  all.examples = all.examples.sort((a, b) => a.timeMs - b.timeMs || a.partition - b.partition || a.offset - b.offset).filter(({ transition }) => {
    addTo(shown, transition);
    return shown[transition]! <= examplesMax;
  });
  all.rows = rows.all().sort((a, b) => b.changed - a.changed || b.calls - a.calls || (a.tool < b.tool ? -1 : a.tool > b.tool ? 1 : a.grant_id < b.grant_id ? -1 : 1));
  return all;
}

/** Counts by tool and grant, in bounded memory. */
export class WhatIfRows {
  readonly #rows = new Map<string, WhatIfRow>();

  count(tool: string, grantId: string, transition: Transition, isChanged: boolean): void {
    const row = this.#row(tool, grantId);
    row.calls += 1;
    if (isChanged) row.changed += 1;
    addTo(row.transitions, transition);
  }

  addRow({ tool, grant_id, calls, changed, transitions }: WhatIfRow): void {
    const row = this.#row(tool, grant_id);
    row.calls += calls;
    row.changed += changed;
    for (const [transition, count] of Object.entries(transitions)) addTo(row.transitions, transition as Transition, count);
  }

  all(): WhatIfRow[] {
    return [...this.#rows.values()];
  }

  #row(tool: string, grantId: string): WhatIfRow {
    const key = `${grantId}${tool}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (this.#rows.size >= ROWS_MAX && tool !== OTHERS) return this.#row(OTHERS, '');
    const row: WhatIfRow = { tool, grant_id: grantId, calls: 0, changed: 0, transitions: {} };
    this.#rows.set(key, row);
    return row;
  }
}
