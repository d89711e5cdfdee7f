import { hash } from 'node:crypto';
import { argumentsAad } from '#decision';
import type { SealedArguments } from '#decision';
import type { GrantKey } from '#ledger';

/** Canonical arguments as the log may keep them. `keys` are the top-level ones. */
export function sealArguments(key: GrantKey, grantId: string, callId: string, canonical: string, keys: readonly string[]): SealedArguments {
  const bytes = Buffer.from(canonical);
  return { keys: [...keys].sort(), hmac: key.hmac(bytes), sealed: key.seal(bytes, argumentsAad(grantId, callId)) };
}

/**
 * Digest of everything that makes a request's content: the same call id with another digest is ALREADY_EXISTS. It takes
 * the arguments' keyed digest, since a plain one of few-valued arguments could be guessed.
 */
export function contentDigest(fields: readonly string[], argumentsHmac: string): string {
  return hash('sha256', JSON.stringify([...fields, argumentsHmac]), 'hex');
}
