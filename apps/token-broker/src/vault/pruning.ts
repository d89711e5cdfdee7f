import type { ConnectionRecord } from '#access-token';
import type { Runtime } from '#ledger';
import type { Logger } from '#platform';
import { canRevoke } from '../revoking/upstream-revoker.js';
import type { TokenVault } from './token-vault.js';

export interface PruningOptions {
  readonly vault: Pick<TokenVault, 'prune'>;
  /** The connections of the partitions that this node owns, removed ones too. */
  readonly owned: () => readonly ConnectionRecord[];
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly everyMs?: number;
}

const EVERY_MS = 300_000;

/** Deletes sealed values that no event names any more: replaced secrets, ended tokens, what a mint left that was never published. */
export class Pruning {
  readonly #o: PruningOptions;
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: PruningOptions) {
    this.#o = options;
  }

  start(): void {
    this.#cancel = this.#o.runtime.after(this.#o.everyMs ?? EVERY_MS, () => {
      this.#running = this.prune().then((deleted) => {
        if (deleted > 0) this.#o.logger.info({ deleted }, 'sealed values that nothing names any more are deleted');
      }, (err: unknown) => this.#o.logger.warn({ err }, 'the vault could not be pruned; it is tried again')).then(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  /** One round. Resolves to how many values were deleted. */
  async prune(): Promise<number> {
    let deleted = 0;
    for (const connection of this.#o.owned()) {
      if (this.#isStopped) break;
      const { tenant, connection_id: connectionId } = connection;
      const isRemoved = connection.status === 'removed';
      const minted = [...connection.slots.values()].flatMap(({ token, minting }) => [token?.mint_id, minting?.mint_id]).filter((id) => id !== undefined);
      // What was replaced may be revoked yet, and its issuer is then told what.
      if (canRevoke(connection)) minted.push(...connection.replaced.filter(({ ended_by }) => ended_by !== 'revocation').map(({ mint_id }) => mint_id));
      deleted += await this.#o.vault.prune({ tenant, connectionId, kind: 'secret' }, isRemoved ? [] : [connection.secret_id]);
      deleted += await this.#o.vault.prune({ tenant, connectionId, kind: 'token' }, isRemoved ? [] : minted);
    }
    return deleted;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#running;
  }
}
