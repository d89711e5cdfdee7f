/** JSON-RPC's own codes, the three that MCP has reserved (2026-07-28), and ours, which lie outside of what JSON-RPC reserves. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
  /** The gateway has no room for this now: too many requests or streams at once. */
  busy: -31001,
  /** The client has cancelled the request: whoever still waits need not. */
  cancelled: -31002,
  /** The session of this request has ended. */
  sessionEnded: -31003,
  /** Of an HTTP 401 or 403. */
  notAdmitted: -31004,
} as const;

/**
 * The code that a modern client may be sent for one that a handler or an upstream gave (R1, R2): -32002 was "resource not found"
 * and is invalid parameters now; what the specification reserves and does not define becomes an internal error, and so does what says
 * that a version is not served: that of this request is. An upstream's own complaints about our request are translated where they arrive.
 */
export function modernErrorCode(code: number): number {
  if (!Number.isSafeInteger(code)) return RPC.internalError;
  if (code === -32002) return RPC.invalidParams;
  if (code === RPC.missingClientCapability || code === RPC.headerMismatch) return code;
  const isReserved = code >= -32768 && code <= -32000;
  const isDefined = code === RPC.parseError || (code <= RPC.invalidRequest && code >= RPC.internalError);
  return isReserved && !isDefined ? RPC.internalError : code;
}
