import { z } from 'zod';
import type { FinishMint } from '#access-token';
import { Secret } from '#platform';

/** What is sealed with a token: all that another owner needs to publish it if the one that minted it is lost. */
const storedSchema = z.strictObject({
  token: z.string().min(1),
  fingerprint: z.string(),
  /** Wall clock. */
  sent_at_ms: z.number(),
  lifetime_ms: z.number(),
  refresh_in_ms: z.number().nullable(),
  renewed_secret_id: z.string().nullable(),
});

export interface StoredToken extends Pick<FinishMint, 'fingerprint' | 'lifetime_ms' | 'refresh_in_ms' | 'renewed_secret_id'> {
  readonly token: Secret;
  readonly sent_at_ms: number;
}

export function packToken(stored: StoredToken): Secret {
  return new Secret(JSON.stringify({ ...stored, token: stored.token.reveal() }));
}

/** Undefined if it is not a stored token. */
export function unpackToken(packed: Secret): StoredToken | undefined {
  try {
    const { token, ...rest } = storedSchema.parse(JSON.parse(packed.reveal()));
    return { ...rest, token: new Secret(token) };
  } catch {
    return undefined;
  }
}
