import { isObject, type JsonObject, parseJson, writeJson } from '#mcp';
import type { Secret } from '#platform';
import { Sealer } from './sealer.js';

export const STATE_LENGTH_MAX = 256 * 1024;
/** As long as a call's id is remembered: a later retry would be charged anew. */
const GOOD_MS = 10 * 60_000;

/** What a state is good for: nothing but a retry of the same request by the same grant. */
export interface StateBinding {
  readonly grantId: string;
  readonly serverId: string;
  readonly method: string;
  /** The tool, prompt or resource. */
  readonly name: string;
  /** The arguments as text. */
  readonly arguments: string;
}

/**
 * `requestState` as clients hold it: sealed, bound to grant, server, method, name and arguments, and good for ten minutes (I2, I3). It
 * permits nothing: each retry is decided anew, under an id that follows from it, so it serves once. All gateways with the same credential open each other's.
 */
export class RequestStates {
  readonly #sealer: Sealer;

  constructor(credential: Secret, readonly wallMs: () => number) {
    this.#sealer = new Sealer(credential, 'docket mcp requestState');
  }

  seal(content: JsonObject, binding: StateBinding): string {
    return this.#sealer.seal(Buffer.from(writeJson({ until: this.wallMs() + GOOD_MS, content })), bound(binding));
  }

  /** Undefined for what was tampered with, has ended, or is another grant's or request's. */
  open(text: string, binding: StateBinding): JsonObject | undefined {
    const bytes = text.length > STATE_LENGTH_MAX ? undefined : this.#sealer.open(text, bound(binding));
    if (bytes === undefined) return undefined;
    const opened = parseJson(bytes);
    if (!isObject(opened) || typeof opened['until'] !== 'number' || opened['until'] <= this.wallMs()) return undefined;
    return isObject(opened['content']) ? opened['content'] : undefined;
  }
}

function bound({ grantId, serverId, method, name, arguments: args }: StateBinding): readonly string[] {
  return [grantId, serverId, method, name, args];
}
