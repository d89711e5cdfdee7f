import type { CallDecided, ScopeAnswer, ScopedLimit } from './model.js';
import { ruledVerdict } from './state.js';

const NONE: readonly ScopeAnswer[] = [];

/** The reservations that count for this call, which was let pass by them. */
export function heldBy(event: CallDecided): readonly ScopeAnswer[] {
  if (event.scoped === undefined || ruledVerdict(event) !== 'ALLOW') return NONE;
  return event.scoped.filter(({ outcome }) => outcome === 'held');
}

/** One limit for each counter: a call adds once to it. */
export function countersOf(limits: readonly ScopedLimit[]): readonly ScopedLimit[] {
  const counters = new Map<string, ScopedLimit>();
  for (const one of limits) if (!counters.has(one.counter)) counters.set(one.counter, one);
  return [...counters.values()];
}
