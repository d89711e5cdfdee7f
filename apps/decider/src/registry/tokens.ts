import { sha256 } from '#ledger';
import type { Runtime } from '#ledger';

export { parseCredentialToken } from '#access';

/** What a new token is made of. Only `secretHash` is ever stored; `token` is shown once. */
export interface NewToken {
  readonly id: string;
  readonly token: string;
  /** SHA-256 of the secret part, hex. */
  readonly secretHash: string;
}

const SECRET_BYTES = 32;

/** `dg_<grant id>_<secret>`; the id is a UUID version 7 without its dashes. */
export function newGrantToken(runtime: Runtime): NewToken {
  return tokenFor('dg', uuidV7(runtime), runtime);
}

/** `dk_<credential id>_<secret>`. */
export function newCredentialToken(runtime: Runtime): NewToken {
  return tokenFor('dk', runtime.randomHex(8), runtime);
}

function tokenFor(prefix: 'dg' | 'dk', id: string, runtime: Runtime): NewToken {
  const secret = Buffer.from(runtime.randomHex(SECRET_BYTES), 'hex').toString('base64url');
  return { id, token: `${prefix}_${id}_${secret}`, secretHash: sha256(secret) };
}

/** RFC 9562, section 5.7: 48 bits of time, the version, 12 random bits, the variant, 62 random bits. */
function uuidV7(runtime: Runtime): string {
  const time = runtime.wallMs().toString(16).padStart(12, '0');
  const random = runtime.randomHex(10);
  const variant = ((Number.parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${time}7${random.slice(0, 3)}${variant}${random.slice(4, 19)}`;
}
