import { CoreDriver, START_MS, runCase } from '#scenarios';
import type { Scenario } from '#scenarios';

const WEEK_MS = 7 * 86_400_000;
/** The calendar repeats itself after this time: leap years, lengths of months, days of the week. */
const CALENDAR_MS = 146_097 * 86_400_000;

/** A case and by how much later than it says it is played. */
export interface Scheduled {
  readonly scenario: Scenario;
  readonly shiftMs: number;
}

/** At most so many cases are played at once. */
const GROUP_MAX = 12;

/**
 * Puts cases on one clock that never runs backwards, in groups: the cases of a group move no clock, so they may be played
 * at once. A case is moved by as many weeks as it takes, which changes no window of a week or less; by whole calendars if it
 * counts months; not at all if its windows of seconds are of another length. What cannot be placed is in `unplaced`.
 */
export function schedule(cases: readonly Scenario[]): { readonly groups: readonly (readonly Scheduled[])[]; readonly unplaced: readonly Scenario[] } {
  const groups: Scheduled[][] = [];
  const unplaced: Scenario[] = [];
  let nowMs = -Infinity;
  let open: Scheduled[] = [];
  for (const { scenario, unitMs, startMs, lastsMs } of inOrder(cases)) {
    const lateMs = Math.max(0, nowMs - startMs);
    if (lateMs > 0 && unitMs === 0) {
      unplaced.push(scenario);
      continue;
    }
    const shiftMs = lateMs === 0 ? 0 : Math.ceil(lateMs / unitMs) * unitMs;
    const isStill = lastsMs === 0 && !restarts(scenario);
    if (!isStill || startMs + shiftMs !== nowMs || open.length === GROUP_MAX || open.length === 0) groups.push(open = []);
    open.push({ scenario, shiftMs });
    if (!isStill) open = [];
    nowMs = startMs + shiftMs + lastsMs;
  }
  return { groups, unplaced };
}

/** Those that cannot be moved freely first; of the others, those first that move no clock. */
function inOrder(cases: readonly Scenario[]): { readonly scenario: Scenario; readonly unitMs: number; readonly startMs: number; readonly lastsMs: number }[] {
  return cases.map((scenario) => {
    const startMs = scenario.at ?? START_MS;
    // How long a case takes is known from playing it.
    return { scenario, startMs, unitMs: unitOf(scenario), lastsMs: runCase(scenario, new CoreDriver()).endMs - startMs };
  }).sort((a, b) => Number(a.unitMs === WEEK_MS) - Number(b.unitMs === WEEK_MS) || a.startMs - b.startMs || a.lastsMs - b.lastsMs);
}

function restarts({ steps = [] }: Scenario): boolean {
  return steps.some(({ restart }) => restart === true);
}

function unitOf(scenario: Scenario): number {
  const texts = [scenario.policy?.text, scenario.policy_text, ...Object.values(scenario.policies).map(({ text }) => text), ...(scenario.steps ?? []).map(({ publish }) => publish?.text)].join(' ');
  const seconds = [...texts.matchAll(/"seconds"\s*:\s*(\d+)/g)].map(([, text]) => Number(text) * 1_000);
  const unitMs = /"month"|\/month/.test(texts) ? CALENDAR_MS : WEEK_MS;
  return seconds.every((windowMs) => unitMs % windowMs === 0) ? unitMs : 0;
}
