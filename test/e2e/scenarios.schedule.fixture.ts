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

/**
 * Puts cases one after another on one clock that never runs backwards. A case is moved by as many weeks as it takes, which
 * changes no window of a week or less; by whole calendars if it counts months; not at all if its windows of seconds are of
 * another length. What cannot be placed is in `unplaced`.
 */
export function schedule(cases: readonly Scenario[]): { readonly scheduled: readonly Scheduled[]; readonly unplaced: readonly Scenario[] } {
  const scheduled: Scheduled[] = [];
  const unplaced: Scenario[] = [];
  let nowMs = -Infinity;
  const byFreedom = cases.map((scenario) => ({ scenario, unitMs: unitOf(scenario), startMs: scenario.at ?? START_MS }))
    .sort((a, b) => b.unitMs - a.unitMs || a.startMs - b.startMs)
    .sort((a, b) => (a.unitMs === WEEK_MS ? 1 : 0) - (b.unitMs === WEEK_MS ? 1 : 0) || a.startMs - b.startMs);
  for (const { scenario, unitMs, startMs } of byFreedom) {
    const lateMs = Math.max(0, nowMs - startMs);
    if (lateMs > 0 && unitMs === 0) {
      unplaced.push(scenario);
      continue;
    }
    const shiftMs = lateMs === 0 ? 0 : Math.ceil(lateMs / unitMs) * unitMs;
    // How long a case takes is known from playing it.
    nowMs = runCase(scenario, new CoreDriver()).endMs + shiftMs;
    scheduled.push({ scenario, shiftMs });
  }
  return { scheduled, unplaced };
}

function unitOf(scenario: Scenario): number {
  const texts = [scenario.policy?.text, scenario.policy_text, ...Object.values(scenario.policies).map(({ text }) => text), ...(scenario.steps ?? []).map(({ publish }) => publish?.text)].join(' ');
  const seconds = [...texts.matchAll(/"seconds"\s*:\s*(\d+)/g)].map(([, text]) => Number(text) * 1_000);
  const unitMs = /"month"|\/month/.test(texts) ? CALENDAR_MS : WEEK_MS;
  return seconds.every((windowMs) => unitMs % windowMs === 0) ? unitMs : 0;
}
