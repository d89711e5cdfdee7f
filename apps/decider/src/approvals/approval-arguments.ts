import type { approval } from '#contracts';
import { argumentsAad } from '#decision';
import type { SealedArguments } from '#decision';
import type { GrantKey } from '#ledger';

/** Grant keys for opening values: never from memory alone, since another node may have destroyed one. undefined: never made, or erased. */
export interface ValueKeys {
  getCurrent(grantId: string): Promise<GrantKey | undefined>;
}

/** The argument values of a call as far as somebody may see them. */
export interface OpenedArguments {
  /** Canonical JSON in UTF-8; empty unless SHOWN. */
  readonly bytes: Uint8Array;
  readonly shown: Extract<approval.ArgumentsShown__Output, string>;
}

export const NOT_SHOWN: OpenedArguments = { bytes: new Uint8Array(), shown: 'NOT_SHOWN' };
const ERASED: OpenedArguments = { bytes: new Uint8Array(), shown: 'ERASED' };

/** Opens the values that were sealed with a call. Rejects with data_loss if they do not open with the grant's key. */
export async function openArguments(keys: ValueKeys, grantId: string, callId: string, sealed: SealedArguments): Promise<OpenedArguments> {
  const key = await keys.getCurrent(grantId);
  return key === undefined ? ERASED : { bytes: key.open(sealed.sealed, argumentsAad(grantId, callId)), shown: 'SHOWN' };
}
