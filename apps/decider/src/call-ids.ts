import type { Runtime } from '#ledger';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A UUID version 7 in lower case with its time, or undefined for anything else. Upper case is accepted (RFC 9562). */
export function readCallId(text: string): { readonly callId: string; readonly timeMs: number } | undefined {
  if (text.length !== 36) return undefined;
  const callId = text.toLowerCase();
  if (!UUID_V7.test(callId)) return undefined;
  return { callId, timeMs: parseInt(callId.slice(0, 8) + callId.slice(9, 13), 16) };
}

/** A new UUID version 7 (RFC 9562): 48 bits of time, then random bits. */
export function newCallId(runtime: Runtime, timeMs = runtime.wallMs()): { readonly callId: string; readonly timeMs: number } {
  const time = timeMs.toString(16).padStart(12, '0');
  const random = runtime.randomHex(10);
  const variant = ((parseInt(random[3]!, 16) & 0x3) | 0x8).toString(16);
  return {
    callId: `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`,
    timeMs,
  };
}
