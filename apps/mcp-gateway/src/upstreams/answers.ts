import { isObject, type Json, RPC } from '#mcp';
import { scrub } from '#upstream';
import type { RpcAnswer, RpcError, UpstreamAnswer } from '../ports.js';
import type { SentTokens } from './sent-tokens.js';
import { UpstreamTrouble } from './upstream-trouble.js';

/** Of `data` of an upstream's error, as text: what is longer is left out. */
const DATA_CHARS_MAX = 4_096;
const METHODS_WITH_INPUT: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/**
 * An upstream's answer as it goes on: masked; a result has its `resultType` (C4: absent is `complete`, an unknown one is no answer),
 * an error a code that a client may be sent.
 */
export function answerOf(method: string, answer: RpcAnswer, sent: SentTokens): UpstreamAnswer {
  if ('error' in answer) return { outcome: 'answered', error: errorOf(answer.error, sent) };
  const result = sent.mask(answer.result);
  const type = result['resultType'] ?? 'complete';
  if (type === 'complete') return { outcome: 'answered', result: { ...result, resultType: 'complete' } };
  const isInput = type === 'input_required' && METHODS_WITH_INPUT.has(method);
  const hasWhatItNeeds = isObject(result['inputRequests']) || typeof result['requestState'] === 'string';
  if (isInput && hasWhatItNeeds) return { outcome: 'answered', result };
  return troubleAnswer(new UpstreamTrouble('unknown', 'UPSTREAM_MALFORMED', 'the server answered with a result of a kind that cannot be passed on'));
}

/** What stands for codes that mean something between the gateway and the upstream only (R2, R5), or that were never to be used. */
const OWN_WORDS = new Map<number, { readonly code: number; readonly message: string; readonly reason?: string }>([
  [-32042, { code: RPC.internalError, message: 'the server wants its user to open a page first, which cannot be done through this gateway', reason: 'UPSTREAM_WANTS_URL' }],
  [RPC.missingClientCapability, { code: RPC.internalError, message: 'the server needs something of the client that this client, or this gateway, does not offer', reason: 'UPSTREAM_WANTS_CAPABILITY' }],
  [RPC.headerMismatch, { code: RPC.internalError, message: 'the server did not accept how it was asked: its tools may have changed', reason: 'UPSTREAM_REFUSES_HEADERS' }],
  [RPC.unsupportedProtocolVersion, { code: RPC.internalError, message: 'the server and this gateway have no version of the protocol in common', reason: 'UPSTREAM_REFUSES_VERSION' }],
  [RPC.parseError, { code: RPC.internalError, message: 'the server could not read the request', reason: 'UPSTREAM_REFUSES_REQUEST' }],
  [RPC.invalidRequest, { code: RPC.internalError, message: 'the server could not read the request', reason: 'UPSTREAM_REFUSES_REQUEST' }],
]);

function errorOf({ code, message, data }: RpcError['error'], sent: SentTokens): RpcError['error'] {
  const own = OWN_WORDS.get(code);
  if (own !== undefined) {
    // Names of capabilities are the specification's words; anything else of the upstream's stays behind.
    const required = code === RPC.missingClientCapability && isObject(data) && isObject(data['requiredCapabilities']) ? Object.keys(data['requiredCapabilities']).filter((name) => /^[a-z]{1,32}$/.test(name)) : undefined;
    return { code: own.code, message: own.message, data: { reason: own.reason, ...(required && { requiredCapabilities: required }) } };
  }
  const isReserved = code >= -32768 && code <= -32000;
  const isKnown = code === RPC.methodNotFound || code === RPC.invalidParams || code === RPC.internalError;
  const kept = code === -32002 ? RPC.invalidParams : isReserved && !isKnown ? RPC.internalError : code;
  return { code: kept, message: scrub(sent.maskText(message), []) || 'the server gave no reason', ...dataOf(data, sent) };
}

function dataOf(data: Json | undefined, sent: SentTokens): { readonly data?: Json } {
  if (data === undefined) return {};
  const clean = sent.mask(data);
  return JSON.stringify(clean).length > DATA_CHARS_MAX ? {} : { data: clean };
}

export function troubleAnswer({ outcome, reason, message, retryAfterMs }: UpstreamTrouble): UpstreamAnswer {
  return { outcome, reason, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
