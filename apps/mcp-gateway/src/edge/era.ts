import { headerMismatch, isModernVersion, isLegacyHeaderVersion, isObject, type JsonObject, type Message, META, metaOf, MODERN_VERSIONS, LEGACY_VERSIONS, RPC, type RpcErrorObject } from '#mcp';

/** The headers that say of what era a message is, and that modern ones mirror. */
export interface MirroredHeaders {
  readonly version: string | undefined;
  readonly method: string | undefined;
  readonly name: string | undefined;
}

export type Classified =
  | { readonly era: 'legacy' }
  | { readonly era: 'modern'; readonly version: string; readonly meta: JsonObject }
  /** To be answered with HTTP 400. */
  | { readonly era: 'none'; readonly error: RpcErrorObject };

/** Levels of `notifications/message`, the least important first. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;

/**
 * Of what era a message is (E1): its body says so, headers are checked against it. A request with the modern envelope is served for itself;
 * a modern header without the envelope is an error, never completed from an earlier call (E4); everything else is of a session.
 */
export function classify(message: Message, headers: MirroredHeaders, servesLegacy: boolean): Classified {
  const saysModern = headers.version !== undefined && isModernVersion(headers.version.trim());
  if (message.kind === 'response') return saysModern ? refused(RPC.invalidRequest, 'expected a request or a notification: nobody has asked you') : legacy(headers, servesLegacy);
  const meta = metaOf(message.params);
  const isClaimed = Object.hasOwn(meta, META.protocolVersion);
  // The claim of an initialize is believed only where it names a version that has none.
  const claim = meta[META.protocolVersion];
  if (message.method === 'initialize' && !(typeof claim === 'string' && isModernVersion(claim))) {
    return servesLegacy ? { era: 'legacy' } : unsupported(message.params['protocolVersion']);
  }
  if (!isClaimed) {
    if (!saysModern) return legacy(headers, servesLegacy);
    return message.kind === 'notification' ? { era: 'modern', version: headers.version!.trim(), meta } : refused(RPC.invalidParams, `expected params._meta["${META.protocolVersion}"]: every request says it for itself`);
  }
  return modern(message, meta, headers);
}

function modern(message: Exclude<Message, { readonly kind: 'response' }>, meta: JsonObject, headers: MirroredHeaders): Classified {
  const version = meta[META.protocolVersion];
  if (typeof version !== 'string') return refused(RPC.invalidParams, `expected params._meta["${META.protocolVersion}"] to be text`);
  if (headers.version !== undefined && headers.version.trim() !== version) return refused(RPC.headerMismatch, 'the header MCP-Protocol-Version and the protocol version in _meta differ');
  if (!isModernVersion(version)) return unsupported(version);
  if (message.kind === 'notification') {
    const isOther = headers.method !== undefined && headers.method.trim() !== message.method;
    return isOther ? refused(RPC.headerMismatch, 'the header Mcp-Method and the method of the body differ') : { era: 'modern', version, meta };
  }
  if (!isObject(meta[META.clientCapabilities])) return refused(RPC.invalidParams, `expected params._meta["${META.clientCapabilities}"] to be an object: every request says it for itself`);
  if (meta[META.clientInfo] !== undefined && !isObject(meta[META.clientInfo])) return refused(RPC.invalidParams, `expected params._meta["${META.clientInfo}"] to be an object`);
  const level = meta[META.logLevel];
  if (level !== undefined && !isLogLevel(level)) return refused(RPC.invalidParams, `expected params._meta["${META.logLevel}"] to be one of ${LOG_LEVELS.join(', ')}`);
  const mismatch = headerMismatch(headers, message.method, version, message.params);
  return mismatch === undefined ? { era: 'modern', version, meta } : refused(RPC.headerMismatch, mismatch);
}

export function isLogLevel(level: unknown): level is (typeof LOG_LEVELS)[number] {
  return (LOG_LEVELS as readonly unknown[]).includes(level);
}

function legacy({ version }: MirroredHeaders, servesLegacy: boolean): Classified {
  if (!servesLegacy) return unsupported(version);
  if (version === undefined || isLegacyHeaderVersion(version.trim())) return { era: 'legacy' };
  return refused(RPC.unsupportedProtocolVersion, 'the header MCP-Protocol-Version names a version that is not served here', { supported: [...MODERN_VERSIONS, ...LEGACY_VERSIONS], requested: shown(version) });
}

function unsupported(requested: unknown): Classified {
  return refused(RPC.unsupportedProtocolVersion, 'the protocol version that was asked for is not served here', { supported: [...MODERN_VERSIONS], requested: typeof requested === 'string' ? shown(requested) : '' });
}

function refused(code: number, message: string, data?: JsonObject): Classified {
  return { era: 'none', error: { code, message, ...(data !== undefined && { data }) } };
}

function shown(version: string): string {
  return version.slice(0, 64);
}
