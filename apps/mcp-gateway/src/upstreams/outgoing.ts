import { encodeHeaderValue, isObject, type Json, type JsonObject, META, metaOf, mirrored, MODERN_VERSIONS, nameOf, paramHeadersOf } from '#mcp';
import type { UpstreamCall } from '../ports.js';
import type { Relay } from './relay.js';

/** What the gateway says of itself to upstreams: never what a client has said of itself. */
export const GATEWAY_INFO: JsonObject = { name: 'docket-mcp-gateway', version: '1' };
/** Keys of `_meta` that belong to one hop; everything else goes through (C6). */
const HOP_META = /^(?:progressToken$|io\.modelcontextprotocol\/|docket\/)/;
/** Credentials of ours, in case a client puts one where it does not belong. */
const OURS = /\bd[gk]_[A-Za-z0-9]/;
const PARAM_HEADER = /^mcp-param-[!#$%&'*+\-.^_`|~0-9a-z]{1,128}$/;

export interface Outgoing {
  readonly params: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** Parameters of a request in a session. */
export function legacyParams(params: JsonObject, call: UpstreamCall, relay: Relay): JsonObject {
  const meta = onward(params, call, relay);
  const { _meta, ...rest } = params;
  return Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta };
}

/** A request for itself: its envelope in `_meta`, and the headers that mirror it, made from the body that is sent (H6, H7). */
export function modernRequest(method: string, params: JsonObject, call: UpstreamCall, relay: Relay): Outgoing {
  const _meta = {
    ...onward(params, call, relay), [META.protocolVersion]: MODERN_VERSIONS[0], [META.clientInfo]: GATEWAY_INFO, [META.clientCapabilities]: call.clientCapabilities,
    ...(call.logLevel !== undefined && { [META.logLevel]: call.logLevel }),
  };
  const whole = { ...params, _meta };
  const name = nameOf(method, whole)?.value;
  return {
    params: whole,
    headers: {
      'mcp-protocol-version': MODERN_VERSIONS[0], 'mcp-method': encodeHeaderValue(method), ...(name !== undefined && { 'mcp-name': encodeHeaderValue(name) }),
      ...paramHeaders(params['arguments'], call), ...traceHeaders(call),
    },
  };
}

/** What came from the client and mirrors nothing that is known goes through as it came; what is known is made anew. */
function paramHeaders(args: Json | undefined, { inputSchema, paramHeaders: given = {} }: UpstreamCall): Record<string, string> {
  const read = inputSchema === undefined ? undefined : paramHeadersOf(inputSchema);
  const declared = read?.valid ? read.headers : [];
  const known = new Set(declared.map(({ name }) => `mcp-param-${name.toLowerCase()}`));
  const others = Object.entries(given).filter(([name, value]) => PARAM_HEADER.test(name) && !known.has(name) && !OURS.test(value));
  const own = Object.entries(mirrored(declared, args)).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries([...others, ...own]);
}

/** W3C Trace Context as HTTP has it; in `_meta` it goes along as well. */
export function traceHeaders({ traceparent, tracestate, baggage }: UpstreamCall): Record<string, string> {
  const entries = Object.entries({ traceparent, tracestate, baggage }).filter((entry): entry is [string, string] => entry[1] !== undefined && /^[\x20-\x7e]{1,8192}$/.test(entry[1]) && !OURS.test(entry[1]));
  return Object.fromEntries(entries);
}

function onward(params: JsonObject, call: UpstreamCall, relay: Relay): Record<string, Json> {
  const { traceparent, tracestate, baggage } = call;
  const kept = Object.entries(metaOf(params)).filter((entry): entry is [string, Json] => entry[1] !== undefined && !HOP_META.test(entry[0]));
  return {
    ...Object.fromEntries(kept), ...(traceparent !== undefined && { traceparent }), ...(tracestate !== undefined && { tracestate }), ...(baggage !== undefined && { baggage }),
    ...(relay.progressToken !== undefined && { progressToken: relay.progressToken }),
  };
}

/** The tools of a list that a client may call over HTTP (H6); `dropped` names those whose annotation makes them invalid. */
export function withoutInvalidTools(result: JsonObject): { readonly result: JsonObject; readonly dropped: readonly string[] } {
  const { tools } = result;
  if (!Array.isArray(tools)) return { result, dropped: [] };
  const dropped: string[] = [];
  const kept = (tools as readonly Json[]).filter((tool) => {
    const schema = isObject(tool) ? tool['inputSchema'] : undefined;
    if (!isObject(schema) || paramHeadersOf(schema).valid) return true;
    dropped.push(isObject(tool) ? String(tool['name']).slice(0, 128) : '');
    return false;
  });
  return { result: dropped.length === 0 ? result : { ...result, tools: kept }, dropped };
}
