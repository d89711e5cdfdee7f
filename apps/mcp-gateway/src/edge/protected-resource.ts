import type { JsonObject } from '#mcp';

export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/**
 * RFC 9728 metadata of one server behind the gateway, or of the gateway itself (A1). It names no authorization server and no scopes:
 * grants are issued by Docket's operator, interactive authorization is not offered (A5).
 */
export function protectedResource(baseUrl: string, path: string): JsonObject {
  return { resource: baseUrl + path, bearer_methods_supported: ['header'], resource_name: 'Docket MCP gateway' };
}

export interface Challenge {
  /** Nothing if no token was presented (RFC 6750, 3.1). */
  readonly error?: 'invalid_token' | 'insufficient_scope';
  readonly description?: string;
  /** All that the operation needs, in one challenge. */
  readonly scopes?: readonly string[];
}

/** `WWW-Authenticate` of a 401 or 403. */
export function challengeHeader(baseUrl: string, path: string, { error, description, scopes }: Challenge): string {
  const parts = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(description === undefined ? [] : [`error_description="${description.replace(/["\\]/g, '')}"`]),
    ...(scopes === undefined || scopes.length === 0 ? [] : [`scope="${scopes.filter((scope) => scope !== 'offline_access').join(' ')}"`]),
    `resource_metadata="${baseUrl}${METADATA_PATH}${path}"`,
  ];
  return `Bearer ${parts.join(', ')}`;
}
