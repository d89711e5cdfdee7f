import { hash } from 'node:crypto';

/** A key's id follows from the key, so that one can never be taken for another. */
export function kekId(key: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from('docket key-encryption key id v1\0'), key]), 'hex').slice(0, 16);
}
