import type { ConnectionCommand, ConnectionRecord } from '#access-token';
import type { GrantAccess } from './grant-access.js';

export interface HeldTokensOptions {
  /** The connections of the partitions that this node owns. */
  readonly owned: () => readonly ConnectionRecord[];
  readonly grants: Pick<GrantAccess, 'hasEnded'>;
  readonly submit: (command: ConnectionCommand) => Promise<unknown>;
  /** Named as the actor: `broker/<node>`. */
  readonly actor: string;
  readonly wallMs: () => number;
  readonly onError: (error: unknown) => void;
}

/**
 * Ends the tokens that a grant was handed in clear once the grant itself has ended: revoked or over in the registry, or cut off here. Its owner
 * looks, again and again, so that no restart, take-over or order of events leaves one alive.
 */
export class HeldTokens {
  readonly #o: HeldTokensOptions;
  readonly #underWay = new Set<string>();

  constructor(options: HeldTokensOptions) {
    this.#o = options;
  }

  /** Begins to end what must end; never throws. */
  look(): void {
    const nowMs = this.#o.wallMs();
    for (const { tenant, connection_id, status, holders } of this.#o.owned()) {
      if (status === 'removed') continue;
      for (const { grant_id: holder, expires_at_ms } of holders) {
        const key = `${tenant}/${connection_id}/${holder}`;
        if (expires_at_ms <= nowMs || this.#underWay.has(key) || !this.#o.grants.hasEnded(tenant, holder)) continue;
        this.#underWay.add(key);
        void this.#o.submit({ type: 'EndHeldTokens', tenant, connection_id, actor: this.#o.actor, grant_id: holder, trace_id: '', holder })
          .catch(this.#o.onError).finally(() => this.#underWay.delete(key));
      }
    }
  }
}
