/** An upstream's answer to a call that carried a token. */
export interface UpstreamAnswer {
  /** HTTP status; 401 for gRPC's UNAUTHENTICATED, see `httpStatusOfGrpc`. */
  readonly status: number;
  readonly wwwAuthenticate?: string | undefined;
}

/**
 * What a refusal asks for. `refresh`: the token is not good any more. `step_up`: one with the named scopes, which the
 * connection may ask for. `use_nonce`: the same token again with the DPoP nonce (RFC 9449). `pass`: nothing of ours.
 */
export type Remedy = { readonly kind: 'refresh' | 'use_nonce' | 'pass' } | { readonly kind: 'step_up'; readonly scopes: readonly string[] };

const HEADER_CHARS_MAX = 4_096;

export function remedyFor(answer: UpstreamAnswer, allowedScopes: readonly string[]): Remedy {
  const header = (answer.wwwAuthenticate ?? '').slice(0, HEADER_CHARS_MAX);
  const error = parameter(header, 'error');
  if (answer.status === 401) return { kind: error === 'use_dpop_nonce' ? 'use_nonce' : 'refresh' };
  if (answer.status !== 403 || error !== 'insufficient_scope') return { kind: 'pass' };
  const scopes = (parameter(header, 'scope') ?? '').split(' ').filter((scope) => scope !== '');
  return scopes.length > 0 && scopes.every((scope) => allowedScopes.includes(scope)) ? { kind: 'step_up', scopes } : { kind: 'pass' };
}

const GRPC_UNAUTHENTICATED = 16;

/** 401 for gRPC's UNAUTHENTICATED, 200 for every other status: those say nothing about the token. */
export function httpStatusOfGrpc(code: number): number {
  return code === GRPC_UNAUTHENTICATED ? 401 : 200;
}

/** Once, only what can be sent again, and only while the caller still waits. */
export function mayRetry(call: { readonly retries: number; readonly isReplayable: boolean; readonly remainingMs: number }): boolean {
  return call.retries === 0 && call.isReplayable && call.remainingMs > 0;
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`, 'i').exec(header);
  return match === null ? undefined : (match[1]?.replace(/\\(.)/g, '$1') ?? match[2]);
}
