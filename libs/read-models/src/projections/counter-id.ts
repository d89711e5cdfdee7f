/** What a counter's identity says (policy.md 3); it is a JSON array in the events. */
export interface CounterId {
  readonly server_id: string;
  readonly scope: string;
  /** Empty for the scopes of many grants, `server` and `organisation`. */
  readonly grant_id: string;
  /** The session, the agent, or the organisation for the scopes of many grants; null for scope grant. */
  readonly scope_key: string | null;
  readonly counter: string;
  readonly time_window: string;
  readonly sliding: boolean;
}

const REMEMBERED_MAX = 50_000;
const remembered = new Map<string, CounterId>();

/** Counters come back all the time: parsed once, as long as they are not too many. */
export function parseCounterId(text: string): CounterId {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const [server_id, scope, key, counter, time_window, sliding] = JSON.parse(text) as [string, string, string | [string, string], string, string, boolean];
  const [grant_id, scope_key] = isWider(scope) ? ['', key as string] : typeof key === 'string' ? [key, null] : key;
  const parsed: CounterId = { server_id, scope, grant_id, scope_key, counter, time_window, sliding };
  for (const one of [server_id, scope, grant_id, counter, time_window, scope_key ?? '']) if (typeof one !== 'string') throw new Error('a counter’s identity is not of a known shape');
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(text, parsed);
  return parsed;
}

/** Whether the counters of a scope are shared by many grants: they live in a partition of their own. */
function isWider(scope: string): boolean {
  return scope === 'server' || scope === 'organisation';
}
