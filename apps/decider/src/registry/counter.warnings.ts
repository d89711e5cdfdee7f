import { windowInWords, windowKey, type Limit, type Policy, type PolicyNote } from '#policy';

interface PlacedLimit {
  readonly pointer: string;
  readonly limit: Limit;
}

/**
 * Counters keep what they have used across edits, by their identity: a limit whose window or scope changed counts from
 * zero, and its author should know (policy.md 3).
 */
export function counterWarnings(before: Policy, after: Policy): PolicyNote[] {
  const known = limitsOf(before);
  const identities = new Set(known.map(({ limit }) => identityOf(limit)));
  const counters = new Map(known.map(({ limit }) => [limit.counter, limit]));
  const warned = new Set<string>();
  return limitsOf(after).flatMap(({ pointer, limit }) => {
    const identity = identityOf(limit);
    const earlier = counters.get(limit.counter);
    if (earlier === undefined || identities.has(identity) || warned.has(identity)) return [];
    warned.add(identity);
    const was = `${windowInWords(earlier.window)} and ${earlier.scope}`;
    return [{ pointer, message: `the counter starts empty: it was counted ${was}, now ${windowInWords(limit.window)} and ${limit.scope}` }];
  });
}

function limitsOf(policy: Policy): PlacedLimit[] {
  const placed = (base: string, limits: readonly Limit[]): PlacedLimit[] => limits.map((limit, index) => ({ pointer: `${base}/limits/${index}`, limit }));
  const tools = [...policy.tools].flatMap(([name, { limits }]) => placed(`/tools/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, limits));
  return [...placed('/all_tools', policy.all_tools.limits), ...tools];
}

function identityOf({ scope, counter, window }: Limit): string {
  return JSON.stringify([scope, counter, windowKey(window)]);
}
