/** What makes a token good for one use and no other. */
export interface Binding {
  readonly tenant: string;
  readonly environment: string;
  readonly connectionId: string;
  readonly issuer: string;
  readonly tokenUrl: string;
  /** Client id or API key. */
  readonly clientId: string;
  readonly secretVersion: number;
  readonly authMethod: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  /** Resource indicator; '' for none. */
  readonly resource?: string;
  /** Bound to a key. */
  readonly dpop?: boolean;
}

/**
 * What a connection's tokens are bound to, for hashing: every field with its length before it, so that no two bindings
 * have the same material. The order of scopes does not matter, a scope named twice counts once.
 */
export function bindingMaterial(binding: Binding): string {
  const scopes = [...new Set(binding.scopes)].sort();
  return prefixed([
    'docket token binding v1', binding.tenant, binding.environment, binding.connectionId, binding.issuer, binding.tokenUrl, binding.clientId,
    String(binding.secretVersion), binding.authMethod, binding.audience, binding.resource ?? '', binding.dpop === true ? 'dpop' : 'bearer', String(scopes.length), ...scopes,
  ]);
}

/**
 * The slot of a token that is not the connection's own, for hashing: whose token it is made from ('' for none), and the
 * scopes it was stepped up to beside the connection's.
 */
export function slotMaterial(subject: string, scopes: readonly string[] = []): string {
  return prefixed(['docket token subject v1', subject, ...[...new Set(scopes)].sort()]);
}

function prefixed(fields: readonly string[]): string {
  return fields.map((field) => `${field.length}:${field}`).join('');
}
