import { createECDH } from 'node:crypto';
import { Secret } from '#platform';
import type { TokenVault, VaultAddress } from '../../vault/token-vault.js';

/**
 * The key that a connection's tokens are bound to (RFC 9449), as a private JWK (P-256). It follows from the connection's own
 * key in the vault, so every node that may open the tokens has it, it stays the same over refreshes, and it is stored nowhere.
 */
export async function dpopKeyOf(vault: Pick<TokenVault, 'fingerprint'>, of: Pick<VaultAddress, 'tenant' | 'connectionId'>): Promise<Secret> {
  for (let counter = 0; ; counter += 1) {
    // A keyed hash of a text that no token is: a space stands in none.
    const d = Buffer.from(await vault.fingerprint(of, new Secret(`docket dpop key v1 ${counter}`)), 'hex');
    const pair = createECDH('prime256v1');
    try {
      pair.setPrivateKey(d);
    } catch {
      // Not a number below the curve's order: about one in 2^32.
      continue;
    }
    const point = pair.getPublicKey();
    return new Secret(JSON.stringify({
      kty: 'EC', crv: 'P-256', d: d.toString('base64url'), x: point.toString('base64url', 1, 33), y: point.toString('base64url', 33, 65),
    }));
  }
}
