import { isObject, type JsonObject, writeJson } from '#mcp';
import { DocketError } from '#errors';
import type { Logger } from '#platform';
import type { McpNotification, ToolPins, Upstreams } from '../ports.js';

const EVERY_MS = 60_000;
const LOOK_MS = 30_000;
const PAGES_MAX = 100;
const TOOLS_MAX = 5_000;
const DEFINITION_BYTES_MAX = 256 * 1024;
const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

export interface ToolObserverOptions {
  readonly serverIds: readonly string[];
  readonly upstreams: Pick<Upstreams, 'of' | 'onChanged'>;
  readonly pins: Pick<ToolPins, 'observed'>;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/** Looks at what upstreams list, and lets the pins judge it: at the start, when one says that it changed, and every minute. */
export class ToolObserver {
  readonly #o: ToolObserverOptions;
  readonly #looking = new Map<string, Promise<void>>();
  #stop: () => void = () => undefined;

  constructor(options: ToolObserverOptions) {
    this.#o = options;
  }

  /** Resolves when every server was looked at once, or could not be. */
  async start(): Promise<void> {
    const off = this.#o.upstreams.onChanged((serverId, { method }: McpNotification) => {
      if (method === 'notifications/tools/list_changed') void this.look(serverId);
    });
    const timer = setInterval(() => this.#o.serverIds.forEach((serverId) => void this.look(serverId)), this.#o.everyMs ?? EVERY_MS);
    timer.unref();
    this.#stop = () => {
      off();
      clearInterval(timer);
    };
    await Promise.all(this.#o.serverIds.map((serverId) => this.look(serverId)));
  }

  stop(): void {
    this.#stop();
  }

  /** One look at a time at each. Never rejects. */
  look(serverId: string): Promise<void> {
    let looking = this.#looking.get(serverId);
    if (looking === undefined) this.#looking.set(serverId, looking = this.#look(serverId).finally(() => this.#looking.delete(serverId)));
    return looking;
  }

  async #look(serverId: string): Promise<void> {
    try {
      const upstream = await this.#o.upstreams.of(serverId, undefined);
      const { instructions, capabilities } = await upstream.describe();
      const found = isObject(capabilities['tools']) ? await this.#list(upstream) : [];
      await this.#o.pins.observed(serverId, found, instructions);
    } catch (error) {
      this.#o.logger.warn({ server: serverId, reason: error instanceof DocketError ? error.reason : 'INTERNAL' }, 'the tools of a server could not be looked at');
    }
  }

  async #list(upstream: Awaited<ReturnType<Upstreams['of']>>): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const answer = await upstream.request('tools/list', cursor === undefined ? {} : { cursor }, { signal: AbortSignal.timeout(LOOK_MS), clientCapabilities: {} });
      if (answer.outcome !== 'answered' || 'error' in answer || !Array.isArray(answer.result['tools'])) throw new DocketError('unavailable', { reason: answer.outcome === 'answered' ? 'LIST_MALFORMED' : answer.reason, message: 'the upstream did not list its tools' });
      // Of two with one name nobody can say which is called: both are reported, and neither is pinned (T10).
      found.push(...(answer.result['tools'] as readonly JsonObject[]).filter(isTool));
      const { nextCursor } = answer.result;
      // An empty text is a cursor like any other (T5).
      if (typeof nextCursor !== 'string' || found.length > TOOLS_MAX) break;
      cursor = nextCursor;
    }
    return found.slice(0, TOOLS_MAX);
  }
}

function isTool(value: unknown): boolean {
  return isObject(value) && typeof value['name'] === 'string' && NAME.test(value['name']) && Buffer.byteLength(writeJson(value)) <= DEFINITION_BYTES_MAX;
}
