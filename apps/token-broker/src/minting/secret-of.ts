import type { MintFailure } from '#access-token';
import { DocketError } from '#errors';
import type { Secret } from '#platform';
import type { TokenVault, VaultAddress } from '../vault/token-vault.js';

/** A connection's secret, or why it cannot be had: then nothing goes out. */
export async function secretOf(vault: Pick<TokenVault, 'get'>, { tenant, connectionId }: Pick<VaultAddress, 'tenant' | 'connectionId'>, secretId: string): Promise<Secret | MintFailure> {
  try {
    const secret = await vault.get({ tenant, connectionId, kind: 'secret', version: secretId });
    return secret ?? { class: 'permanent', code: 'secret_missing', status: 0 };
  } catch (error) {
    return error instanceof DocketError && error.kind === 'unavailable'
      ? { class: 'transient', code: 'vault_unavailable', status: 0 }
      : { class: 'permanent', code: 'secret_unreadable', status: 0 };
  }
}
