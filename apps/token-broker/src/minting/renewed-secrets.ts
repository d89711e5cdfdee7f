import type { Cause, ConnectionCommand, TokenReply } from '#access-token';
import type { Runtime } from '#ledger';
import type { Secret } from '#platform';
import type { TokenVault, VaultAddress } from '../vault/token-vault.js';

type Of = Pick<VaultAddress, 'tenant' | 'connectionId'>;

export interface RenewedSecretsOptions {
  readonly vault: Pick<TokenVault, 'put' | 'get' | 'newerSecret'>;
  readonly runtime: Pick<Runtime, 'after'>;
  readonly submit: (command: ConnectionCommand) => Promise<TokenReply>;
}

const RETRY_MS = 1_000;
/** Ten minutes: nothing else has this secret. */
const KEEP_TRIES = 600;
/** The vault has it, and an issuer that refuses the old one makes us look there. */
const SWAP_TRIES = 5;

/**
 * New refresh tokens that issuers hand out with a mint, and that must not be lost whatever becomes of it: the one before is
 * used up. They are in the vault, under the mint's id, before anything else; and take the place of the former one by
 * compare-and-swap, so that neither a slow mint nor a former owner's undoes what somebody has set since.
 */
export class RenewedSecrets {
  readonly #o: RenewedSecretsOptions;
  readonly #keeping = new Set<string>();

  constructor(options: RenewedSecretsOptions) {
    this.#o = options;
  }

  /** A new secret of the connection is in memory only, since the vault is away: nothing may be minted with the old one. */
  isKeeping({ tenant, connectionId }: Of): boolean {
    return this.#keeping.has(`${tenant}/${connectionId}`);
  }

  /** Resolves to whether it is in the vault. If it is not, that is tried again in the background, and then swapped. */
  async keep(of: Of, mintId: string, formerId: string, secret: Secret, cause: Cause): Promise<boolean> {
    const { tenant, connectionId } = of;
    const put = (): Promise<boolean> => this.#o.vault.put({ tenant, connectionId, kind: 'secret', version: mintId }, secret)
      .then(() => true, (error: { reason?: string }) => error.reason === 'VAULT_VERSION_EXISTS');
    if (await put()) return true;
    const name = `${tenant}/${connectionId}`;
    this.#keeping.add(name);
    void (async () => {
      for (let n = 0; n < KEEP_TRIES; n += 1) {
        await this.#pause();
        if (!(await put())) continue;
        await this.swap(of, formerId, mintId, cause);
        break;
      }
    })().finally(() => this.#keeping.delete(name));
    return false;
  }

  /** Has the log name the new one, if the former one is still in force. Never rejects. */
  async swap({ tenant, connectionId }: Of, formerId: string, secretId: string, { actor, grant_id, trace_id }: Cause): Promise<void> {
    for (let n = 1; ; n += 1) {
      try {
        await this.#o.submit({ type: 'RenewSecret', tenant, connection_id: connectionId, actor, grant_id, trace_id, former_secret_id: formerId, secret_id: secretId });
        return;
      } catch {
        if (n >= SWAP_TRIES) return;
        await this.#pause();
      }
    }
  }

  /** A former owner's mint got a new refresh token into the vault, and no further. */
  async adopt(of: Of, mintId: string, cause: Cause, presentId: string | undefined): Promise<void> {
    const { tenant, connectionId } = of;
    if (presentId === undefined || presentId === mintId) return;
    const found = await this.#o.vault.get({ tenant, connectionId, kind: 'secret', version: mintId });
    if (found) await this.swap(of, presentId, mintId, cause);
  }

  /** A secret in the vault that is newer than the one that the issuer has just refused, and is in force from now on; undefined if there is none. */
  async newer(of: Of, refusedId: string, cause: Cause): Promise<string | undefined> {
    const { tenant, connectionId } = of;
    try {
      const found = await this.#o.vault.newerSecret({ tenant, connectionId }, refusedId);
      if (found === undefined) return undefined;
      const { actor, grant_id, trace_id } = cause;
      const reply = await this.#o.submit({ type: 'RenewSecret', tenant, connection_id: connectionId, actor, grant_id, trace_id, former_secret_id: refusedId, secret_id: found });
      return reply.kind === 'done' ? found : undefined;
    } catch {
      return undefined;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#o.runtime.after(RETRY_MS, resolve));
  }
}
