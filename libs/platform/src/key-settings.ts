import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, setting } from './config.js';
import type { Secret } from './secret.js';

/** The variables that say where the key-encryption keys are; every app that opens sealed values has them. */
export const keySettings = {
  KEYRING_FILE: setting.optionalPath(),
  KEK: setting.optionalSecret(),
  KEK_FILE: setting.optionalPath(),
  KMS_KEY_ID: z.string().regex(/^[\w:/.-]{1,2048}$/, { error: 'expected a key id, ARN or alias of AWS KMS' }).optional(),
  KMS_ENDPOINT: z.string().regex(/^https?:\/\/[^\s@?#]+$/, { error: 'expected https://host' }).optional(),
} as const;

interface Given {
  readonly DATA_DIR: string;
  readonly KEYRING_FILE?: string | undefined;
  readonly KEK?: Secret | undefined;
  readonly KEK_FILE?: string | undefined;
  readonly KMS_KEY_ID?: string | undefined;
  readonly KMS_ENDPOINT?: string | undefined;
}

/** Where the key-encryption keys are: the ledger's `KeysConfig`. */
export interface KeysSettings {
  readonly file: string;
  readonly isFileNamed: boolean;
  readonly create: boolean;
  readonly kek?: Secret;
  readonly kekFile?: string;
  readonly kms?: { readonly keyId: string; readonly endpoint?: string };
}

/** Throws a ConfigError if more than one place is named: which one counts must not be chance. */
export function keysSettingsOf({ DATA_DIR, KEYRING_FILE, KEK, KEK_FILE, KMS_KEY_ID, KMS_ENDPOINT }: Given, create: boolean): KeysSettings {
  const named = Object.entries({ KEK, KEK_FILE, KMS_KEY_ID }).filter(([, value]) => value !== undefined).map(([name]) => name);
  if (named.length > 1) throw new ConfigError([`${named[1]}: expected only one of KEK, KEK_FILE and KMS_KEY_ID, found ${named.join(' and ')}`]);
  if (KMS_ENDPOINT !== undefined && KMS_KEY_ID === undefined) throw new ConfigError(['KMS_ENDPOINT: expected KMS_KEY_ID beside it']);
  return {
    file: KEYRING_FILE ?? join(DATA_DIR, 'keyring.json'), isFileNamed: KEYRING_FILE !== undefined, create: create && named.length === 0,
    ...(KEK && { kek: KEK }), ...(KEK_FILE !== undefined && { kekFile: KEK_FILE }),
    ...(KMS_KEY_ID !== undefined && { kms: { keyId: KMS_KEY_ID, ...(KMS_ENDPOINT !== undefined && { endpoint: KMS_ENDPOINT }) } }),
  };
}
