import { isObject, type Json, type JsonObject, META, metaOf, MODERN_VERSIONS, requestMessage, RPC } from '#mcp';
import type { UpstreamCall, UpstreamDescription } from '../ports.js';
import type { HttpDoor, Posted } from './http-door.js';
import { modernRequest } from './outgoing.js';
import { Relay } from './relay.js';
import { refusal } from './refusals.js';
import { UpstreamTrouble } from './upstream-trouble.js';

const NO_CALL = { clientCapabilities: {} };
/** Servers that say "do not keep it" are believed for this long all the same: or every call would be two. */
const BELIEF_MS_MIN = 60_000;

/** What an upstream is: a modern one's description, for as long as it may be believed, or that it is none. */
export type Found = { readonly era: 'modern'; readonly description: UpstreamDescription; readonly ttlMs: number } | { readonly era: 'legacy' };

/**
 * Finds out whether an upstream speaks the modern era. Only an answer that says so makes a verdict (E6): a refusal for want of a
 * credential, an illness of the server or of the network rejects with an UpstreamTrouble.
 */
export async function discover(door: HttpDoor, send: typeof fetch, signal: AbortSignal, beliefMs: number): Promise<Found> {
  const call: UpstreamCall = { ...NO_CALL, signal };
  const { params, headers } = modernRequest('server/discover', {}, call, new Relay(call, ''));
  const ask = (id: number): Promise<Posted> => door.post(send, { headers, message: requestMessage(id, 'server/discover', params), id, signal, silenceMs: Infinity });
  let posted = await ask(0);
  // It refuses the version and names it among those that it takes: half of a fleet may have been renewed.
  if (namesOurs(posted)) posted = await ask(1);
  if (posted.kind === 'answered') return 'result' in posted.answer ? found(posted.answer.result, beliefMs) : { era: 'legacy' };
  if (posted.kind === 'refused' && !isAboutTheRequest(posted)) throw refusal(posted);
  return { era: 'legacy' };
}

function namesOurs(posted: Posted): boolean {
  const error = posted.kind === 'refused' ? posted.error : posted.kind === 'answered' && 'error' in posted.answer ? posted.answer.error : undefined;
  return error?.code === RPC.unsupportedProtocolVersion && isObject(error.data) && isModern(error.data['supported']);
}

function isModern(versions: Json | undefined): boolean {
  return Array.isArray(versions) && (versions as readonly Json[]).some((version) => (MODERN_VERSIONS as readonly unknown[]).includes(version));
}

/** A refusal that says something about what was asked, and nothing about who asked or how the server fares. */
export function isAboutTheRequest({ status }: Extract<Posted, { kind: 'refused' }>): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 407 && status !== 408 && status !== 429;
}

/** A refusal that a server of the other era, or one that has lost a session, gives: nothing was done, and it is worth finding out. */
export function mayBeOtherwise(refused: Extract<Posted, { kind: 'refused' }>): boolean {
  if (!isAboutTheRequest(refused)) return false;
  const { error } = refused;
  return error === undefined || (error.code <= -32000 && error.code >= -32019) || error.code === RPC.unsupportedProtocolVersion || error.code === RPC.invalidRequest;
}

function found(result: JsonObject, beliefMs: number): Found {
  const { supportedVersions, capabilities, instructions, ttlMs } = result;
  if (!isModern(supportedVersions)) return { era: 'legacy' };
  const serverInfo = metaOf(result)[META.serverInfo] ?? result['serverInfo'];
  return {
    era: 'modern', ttlMs: Math.min(beliefMs, Math.max(typeof ttlMs === 'number' ? ttlMs : 0, BELIEF_MS_MIN)),
    description: {
      era: 'modern', protocolVersion: MODERN_VERSIONS[0], capabilities: isObject(capabilities) ? capabilities : {}, serverInfo: isObject(serverInfo) ? serverInfo : {}, ...(typeof instructions === 'string' && { instructions }),
    },
  };
}

/** Nothing can be found out: the trouble is the caller's as well, and his request was not sent. */
export function unsent(error: unknown): unknown {
  return error instanceof UpstreamTrouble ? new UpstreamTrouble('not_sent', error.reason, error.message, error.retryAfterMs) : error;
}
