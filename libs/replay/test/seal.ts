import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { GrantKey } from '#ledger';

/** A grant's key made from its id: the same in every run. The nonce follows from what is sealed, so histories are the same too. */
export function testGrantKey(grantId: string): GrantKey {
  const secret = createHash('sha256').update(`a test's key of ${grantId}`).digest();
  return {
    seal: (plaintext, aad) => {
      const nonce = createHash('sha256').update(aad).digest().subarray(0, 12);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(aad));
      return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64');
    },
    open: (sealed, aad) => {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12)).setAAD(Buffer.from(aad)).setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    },
    hmac: (data) => createHmac('sha256', secret).update(data).digest('hex'),
  };
}
