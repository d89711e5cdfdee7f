import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isObject, type JsonObject, parseJson, writeJson } from '#mcp';
import type { Secret } from '#platform';

const TAG_BYTES = 16;
const IV_BYTES = 12;
const STATE = /^[A-Za-z0-9_-]{40,}$/;
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
  readonly #key: KeyObject;

  constructor(credential: Secret, readonly wallMs: () => number) {
    this.#key = createSecretKey(Buffer.from(hkdfSync('sha256', credential.reveal(), '', 'docket mcp requestState', 32)));
  }

  seal(content: JsonObject, binding: StateBinding): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES }).setAAD(bound(binding));
    const sealed = cipher.update(writeJson({ until: this.wallMs() + GOOD_MS, content }), 'utf8');
    return Buffer.concat([iv, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** Undefined for what was tampered with, has ended, or is another grant's or request's. */
  open(text: string, binding: StateBinding): JsonObject | undefined {
    if (text.length > STATE_LENGTH_MAX || !STATE.test(text)) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES }).setAAD(bound(binding)).setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = parseJson(Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]));
      if (!isObject(opened) || typeof opened['until'] !== 'number' || opened['until'] <= this.wallMs()) return undefined;
      return isObject(opened['content']) ? opened['content'] : undefined;
    } catch {
      return undefined;
    }
  }
}

function bound({ grantId, serverId, method, name, arguments: args }: StateBinding): Buffer {
  return createHash('sha256').update(JSON.stringify([grantId, serverId, method, name, args])).digest();
}
