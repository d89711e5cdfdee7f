import type { Exchange, ListenFilter, McpNotification, ToolPins, Upstreams } from '../ports.js';
import type { Grants } from './grants.js';

const KINDS: Readonly<Record<string, keyof ListenFilter>> = {
  'notifications/tools/list_changed': 'toolsListChanged', 'notifications/prompts/list_changed': 'promptsListChanged', 'notifications/resources/list_changed': 'resourcesListChanged',
};
/** What one listener has not read yet; of a kind one is as good as many. */
const WAITING_MAX = 256;
/** Of sessions: what they have subscribed to. One that asks for more is not told of it. */
const SESSIONS_MAX = 10_000;
const URIS_MAX = 256;
const TOOLS_CHANGED: McpNotification = { method: 'notifications/tools/list_changed', params: {} };

/** Tells those who listen what has changed for them (T7): by a policy or their grant, by an approval of tools, or at the upstream. */
export class Changes {
  readonly #listeners = new Set<{ readonly exchange: Exchange; readonly tell: (message: McpNotification) => void }>();
  readonly #stops: (() => void)[];
  readonly #subscribed = new Map<string, Set<string>>();

  constructor({ grants, pins, upstreams }: { readonly grants: Pick<Grants, 'onChanged'>; readonly pins: Pick<ToolPins, 'onChanged'>; readonly upstreams: Pick<Upstreams, 'onChanged'> }) {
    this.#stops = [
      grants.onChanged((concerns) => this.#tell(TOOLS_CHANGED, ({ caller }) => concerns(caller.grantId))),
      pins.onChanged((serverId) => this.#tell(TOOLS_CHANGED, ({ caller }) => caller.serverId === serverId)),
      // What an upstream says of its tools is no news: they are served from the pins.
      upstreams.onChanged((serverId, message) => {
        if (message.method !== TOOLS_CHANGED.method) this.#tell(message, ({ caller }) => caller.serverId === serverId);
      }),
    ];
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** What `resources/subscribe` of a session asks for, or gives up. */
  subscribe(sessionId: string, uri: string, wants: boolean): void {
    const uris = this.#subscribed.get(sessionId) ?? new Set<string>();
    if (!wants) uris.delete(uri);
    else if (uris.size < URIS_MAX) uris.add(uri);
    this.#subscribed.delete(sessionId);
    if (uris.size > 0) this.#subscribed.set(sessionId, uris);
    if (this.#subscribed.size > SESSIONS_MAX) this.#subscribed.delete(this.#subscribed.keys().next().value!);
  }

  /** What this listener wants to hear, until its signal ends it. */
  async *listen(filter: ListenFilter, exchange: Exchange): AsyncGenerator<McpNotification, void, undefined> {
    const waiting: McpNotification[] = [];
    let wake = (): void => undefined;
    const tell = (message: McpNotification): void => {
      if (!(wants(filter, message) || this.#hasSubscribed(exchange, message)) || waiting.some((other) => isSame(other, message)) || waiting.length >= WAITING_MAX) return;
      waiting.push(message);
      wake();
    };
    const listener = { exchange, tell };
    const end = (): void => wake();
    exchange.signal.addEventListener('abort', end, { once: true });
    this.#listeners.add(listener);
    try {
      while (!exchange.signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#listeners.delete(listener);
      exchange.signal.removeEventListener('abort', end);
    }
  }

  #hasSubscribed({ sessionId }: Exchange, { method, params }: McpNotification): boolean {
    return sessionId !== undefined && method === 'notifications/resources/updated' && typeof params['uri'] === 'string' && this.#subscribed.get(sessionId)?.has(params['uri']) === true;
  }

  #tell(message: McpNotification, concerns: (exchange: Exchange) => boolean): void {
    for (const { exchange, tell } of this.#listeners) if (concerns(exchange)) tell(message);
  }
}

function wants(filter: ListenFilter, { method, params }: McpNotification): boolean {
  const kind = KINDS[method];
  if (kind !== undefined) return filter[kind] === true;
  return method === 'notifications/resources/updated' && typeof params['uri'] === 'string' && filter.resourceSubscriptions?.includes(params['uri']) === true;
}

function isSame(a: McpNotification, b: McpNotification): boolean {
  return a.method === b.method && a.params['uri'] === b.params['uri'];
}
