import { windowInWords, windowKey, type Limit, type Policy, type PolicyNote } from '#policy';

interface PlacedLimit {
  readonly pointer: string;
  /** The tool's pointer, or that of all tools. */
  readonly place: string;
  readonly limit: Limit;
}

const ALL_TOOLS = '/all_tools';

/**
 * Counters keep what they have used across edits, by their identity: a limit of which any part of that changed counts
 * from zero, and its author should know (policy.md 3). A limit that was added beside another one changed nothing.
 */
export function counterWarnings(before: Policy, after: Policy): PolicyNote[] {
  const earlier = limitsOf(before);
  const later = limitsOf(after);
  const known = new Map(earlier.map(({ limit }) => [identityOf(limit), limit]));
  const staying = new Set(later.map(({ place, limit }) => placedIdentity(place, limit)));
  const replaced = earlier.filter(({ place, limit }) => ![place, ALL_TOOLS].some((one) => staying.has(placedIdentity(one, limit))));
  const replacedHere = new Map(replaced.map(({ place, limit }) => [placedCounter(place, limit), limit]));
  // One that moved elsewhere under another identity; where another tool keeps the old one, nothing moved.
  const continued = new Set(later.map(({ limit }) => identityOf(limit)));
  const gone = new Map(replaced.filter(({ limit }) => !continued.has(identityOf(limit))).map(({ limit }) => [limit.counter, limit]));
  const byPointer = new Map(earlier.map(({ pointer, limit }) => [pointer, limit]));
  const kept = new Set(later.map(({ limit }) => limit.counter));
  const told = new Set<string>();
  return later.flatMap(({ pointer, place, limit }) => {
    const identity = identityOf(limit);
    if (told.has(identity)) return [];
    told.add(identity);
    const same = known.get(identity);
    if (same !== undefined) return same.increment_from === limit.increment_from ? [] : [otherUnit(pointer, same, limit)];
    const was = replacedHere.get(placedCounter(place, limit)) ?? gone.get(limit.counter);
    if (was !== undefined) return [{ pointer, message: `the counter starts empty: it was counted ${inWords(was)}, now ${inWords(limit)}` }];
    const renamed = byPointer.get(pointer);
    if (renamed === undefined || kept.has(renamed.counter)) return [];
    return [{ pointer, message: `the counter starts empty: this limit counted ${JSON.stringify(renamed.counter)} before, now ${JSON.stringify(limit.counter)}` }];
  });
}

function otherUnit(pointer: string, was: Limit, now: Limit): PolicyNote {
  return { pointer, message: `the counter keeps what it has used: it added ${added(was)}, from now on ${added(now)}. Give it another name to begin at zero` };
}

function added({ increment_from }: Limit): string {
  return increment_from === undefined ? '1 a call' : `the value of ${increment_from}`;
}

function limitsOf(policy: Policy): PlacedLimit[] {
  const placed = (place: string, limits: readonly Limit[]): PlacedLimit[] => limits.map((limit, index) => ({ pointer: `${place}/limits/${index}`, place, limit }));
  const tools = [...policy.tools].flatMap(([name, { limits }]) => placed(`/tools/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, limits));
  return [...placed(ALL_TOOLS, policy.all_tools.limits), ...tools];
}

function inWords({ window, sliding, scope }: Limit): string {
  return `${windowInWords(window)}${sliding ? ', sliding,' : ''} and ${scope}`;
}

function identityOf({ scope, counter, window, sliding }: Limit): string {
  return JSON.stringify([scope, counter, windowKey(window), sliding]);
}

function placedIdentity(place: string, limit: Limit): string {
  return `${place} ${identityOf(limit)}`;
}

function placedCounter(place: string, { counter }: Limit): string {
  return JSON.stringify([place, counter]);
}
