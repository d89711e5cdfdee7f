/** Headers that prove who the caller is to us, or belong to one connection alone: none of them is for an upstream. */
const NOT_FORWARDED = new Set([
  'authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'access-token', 'api-secret', 'x-api-key', 'x-auth-token', 'dpop', 'mcp-session-id',
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host', 'content-length',
]);
/** Credentials of ours, wherever they stand: `dk_…` opens the API, `dg_…` names and proves a grant, handles and stand-ins bring tokens. */
const OURS = /\b(?:dk_[A-Za-z0-9]|dg_[0-9a-f]{32}_|th_[a-z0-9-]+_[0-9a-f]{64}|si_[a-z0-9-]+_[A-Za-z0-9_-]{66})/;

/**
 * Headers of a request on its way upstream: the caller's, without his credentials and without what belongs to his connection, and the
 * token of the connection in the place that its partner wants. Nothing that the caller proves himself with goes on (MCP, "token passthrough").
 * @param incoming names in any case
 */
export function upstreamHeaders(incoming: Readonly<Record<string, string>>, token: { readonly name: string; readonly value: string }): Record<string, string> {
  const kept = Object.entries(incoming).map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name, value]) => !NOT_FORWARDED.has(name) && name !== token.name.toLowerCase() && !name.startsWith('x-docket-') && !OURS.test(value));
  return { ...Object.fromEntries(kept), [token.name.toLowerCase()]: token.value };
}

/**
 * Whether a token was issued for us: its audience names our resource, exactly (RFC 8707, RFC 9068). One without an audience is good
 * anywhere, and so not taken here.
 * @param audience the `aud` claim of the caller's verified token, as it came
 * @param resource our own identifier, a URL without fragment
 */
export function isForUs(audience: unknown, resource: string): boolean {
  const named = typeof audience === 'string' ? [audience] : Array.isArray(audience) ? audience : [];
  return resource !== '' && named.some((one) => typeof one === 'string' && withoutSlash(one) === withoutSlash(resource));
}

function withoutSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}
