import { z } from 'zod';
import { Secret } from '#platform';

const pendingSchema = z.strictObject({ token: z.string().min(1), expires_at_ms: z.number(), secret: z.string().nullable() });

/** A token that is to be revoked at its issuer, as it is sealed in the vault. */
export interface PendingRevocation {
  readonly token: Secret;
  /** Wall clock: after that there is nothing left to revoke. */
  readonly expiresAtMs: number;
  /** What it was minted with, should the connection be removed meanwhile. */
  readonly secret: Secret | undefined;
}

export function packRevocation({ token, expiresAtMs, secret }: PendingRevocation): Secret {
  return new Secret(JSON.stringify({ token: token.reveal(), expires_at_ms: expiresAtMs, secret: secret?.reveal() ?? null }));
}

/** Undefined if it is none. */
export function unpackRevocation(packed: Secret): PendingRevocation | undefined {
  try {
    const { token, expires_at_ms, secret } = pendingSchema.parse(JSON.parse(packed.reveal()));
    return { token: new Secret(token), expiresAtMs: expires_at_ms, secret: secret === null ? undefined : new Secret(secret) };
  } catch {
    return undefined;
  }
}
