import type { CompiledLimit } from '#policy';
import type { GrantSet, LimitReading } from './model.js';

/** What of a call a counter's identity may take. */
export interface CountedCall {
  readonly grant: GrantSet;
  readonly tool: string;
  readonly session_id: string;
  readonly agent: string;
}

/** Identities of grants' own counters that are kept: with one text for all calls, a counter is found several times as fast. */
const KEPT_MAX = 100_000;
let kept = new WeakMap<CompiledLimit, Map<GrantSet, string>>();
let keptCount = 0;

/** The counter's identity (policy.md 3) as a JSON array: server, scope, the scope's key, counter, window, sliding. */
export function counterIdentity(limit: CompiledLimit, call: CountedCall): string {
  if (limit.scope !== 'grant' || limit.perTool) return writeIdentity(limit, call);
  const identities = kept.get(limit);
  const known = identities?.get(call.grant);
  if (known !== undefined) return known;
  const identity = writeIdentity(limit, call);
  if (identities === undefined || keptCount >= KEPT_MAX) keepAnew(limit, call.grant, identity);
  else identities.set(call.grant, identity);
  keptCount++;
  return identity;
}

function keepAnew(limit: CompiledLimit, grant: GrantSet, identity: string): void {
  if (keptCount >= KEPT_MAX) {
    kept = new WeakMap();
    keptCount = 0;
  }
  kept.set(limit, new Map([[grant, identity]]));
}

function writeIdentity(limit: CompiledLimit, call: CountedCall): string {
  const grant = quoted(call.grant.grant_id);
  const { scope } = limit;
  if (limit.isWider) return writeWiderIdentity(limit, call);
  const key = scope === 'grant' ? grant : `[${grant},${quoted(scope === 'session' ? call.session_id : call.agent)}]`;
  return `[${quoted(call.grant.server_id)},"${scope}",${key},${quoted(counterName(limit, call.tool))},"${limit.windowKey}",${limit.sliding ? SLIDING : FIXED}`;
}

/** Of a server, which is one of its organisation's, or of the organisation, whatever the server. */
function writeWiderIdentity(limit: CompiledLimit, { grant, tool }: CountedCall): string {
  const server = limit.scope === 'server' ? grant.server_id : '';
  return `[${quoted(server)},"${limit.scope}",${quoted(grant.organisation)},${quoted(counterName(limit, tool))},"${limit.windowKey}",${limit.sliding ? SLIDING : FIXED}`;
}

const SLIDING = 'true]';
const FIXED = 'false]';

/** Whether the counter of this identity slides. */
export function isSliding(counter: string): boolean {
  return counter.endsWith(SLIDING);
}

export function counterName(limit: CompiledLimit, tool: string): string {
  return limit.perTool ? `rate_limit:${tool}` : limit.counter;
}

/** Whether a reading is of this counter, for settling. */
export function isReadingOf(one: LimitReading, counter: string): boolean {
  const [, scope, , name, window, sliding] = JSON.parse(counter) as readonly unknown[];
  return one.scope === scope && one.counter === name && one.window === window && one.sliding === sliding;
}

/** JSON.stringify, which costs more to call than to look at a name that needs no escape. */
function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 || unit > 126 || unit === 34 || unit === 92) return JSON.stringify(text);
  }
  return `"${text}"`;
}
