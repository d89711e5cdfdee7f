import { sha256 } from '#ledger';

const CREDENTIAL_TOKEN = /^dk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** Id and secret hash of a credential token, or undefined if it is none. */
export function parseCredentialToken(token: string): { readonly id: string; readonly secretHash: string } | undefined {
  const match = CREDENTIAL_TOKEN.exec(token);
  return match === null ? undefined : { id: match[1] as string, secretHash: sha256(match[2] as string) };
}
