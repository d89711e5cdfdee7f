import { isObject, isRawNumber, metaOf, type Json, type JsonObject } from '#mcp';
import type { McpNotification, UpstreamCall } from '../ports.js';

/** Syslog's, mildest first. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
/** One call's: who sends more is heard no more, and its answer is still waited for. */
const NOTIFICATIONS_MAX = 10_000;

/** Whether a message of this level is to be shown to who asked for that one; unknown levels are none. */
export function isLoud(level: Json | undefined, asked: string): boolean {
  const levels: readonly string[] = LOG_LEVELS;
  return typeof level === 'string' && levels.includes(level) && levels.includes(asked) && levels.indexOf(level) >= levels.indexOf(asked);
}

/**
 * What an upstream says while it works on one call, on to the client: progress under the client's own token, only if it gave one and only
 * ever further (C7); log messages no milder than it asked for. Everything ends with the call.
 */
export class Relay {
  readonly #call: UpstreamCall;
  readonly #token: string;
  #furthest = -Infinity;
  #left = NOTIFICATIONS_MAX;

  /** @param token what stands for the client's progress token upstream: unique there, where many clients share a session */
  constructor(call: UpstreamCall, token: string) {
    this.#call = call;
    this.#token = token;
  }

  /** `_meta.progressToken` of the request upstream; undefined where the client gave none. */
  get progressToken(): string | undefined {
    return this.#call.progressToken === undefined ? undefined : this.#token;
  }

  get logLevel(): string | undefined {
    return this.#call.logLevel;
  }

  /** Whether the notification is of this call and was taken, passed on or not. */
  take({ method, params }: McpNotification): boolean {
    if (method === 'notifications/progress') {
      if (params['progressToken'] !== this.#token) return false;
      const progress = numberOf(params['progress']);
      if (this.#call.progressToken !== undefined && progress !== undefined && progress > this.#furthest) {
        this.#furthest = progress;
        this.#pass(method, { ...params, progressToken: this.#call.progressToken });
      }
      return true;
    }
    if (method !== 'notifications/message') return false;
    if (this.#call.logLevel === undefined || isLoud(params['level'], this.#call.logLevel)) this.#pass(method, params);
    return true;
  }

  #pass(method: string, params: JsonObject): void {
    if (this.#left <= 0 || this.#call.signal.aborted) return;
    this.#left -= 1;
    const meta = metaOf(params);
    // What ties a message to a subscription upstream means nothing here.
    const own = Object.fromEntries(Object.entries(meta).filter(([key]) => !key.startsWith('io.modelcontextprotocol/')));
    const { _meta, ...rest } = params;
    this.#call.onNotification?.({ method, params: isObject(_meta) && Object.keys(own).length > 0 ? { ...rest, _meta: own } : rest });
  }
}

function numberOf(value: Json | undefined): number | undefined {
  const number = isRawNumber(value) ? Number(value.rawJSON) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}
