import { randomFillSync } from 'node:crypto';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Asking the system for randomness costs more than the rest of an id. */
const POOL_BYTES = 10 * 400;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let at = POOL_BYTES;

/** A new call id: a UUID version 7 (RFC 9562), 48 bits of time and random bits. */
export function newCallId(nowMs: number = Date.now()): string {
  if (at === POOL_BYTES) {
    randomFillSync(pool);
    at = 0;
  }
  const random = pool.toString('hex', at, at + 10);
  at += 10;
  return spellCallId(nowMs.toString(16).padStart(12, '0'), random);
}

/** A UUID of version 7 in its usual spelling. @param time 12 hex digits of milliseconds @param random at least 19 hex digits */
export function spellCallId(time: string, random: string): string {
  const variant = ((parseInt(random[3]!, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

/** The id in lower case, or undefined for what is no UUID version 7. */
export function readCallId(text: string): string | undefined {
  const id = text.toLowerCase();
  return UUID_V7.test(id) ? id : undefined;
}
