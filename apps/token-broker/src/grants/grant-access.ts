import { DocketError } from '#errors';
import { findGrant, type RegistryState } from '#registry';

export interface GrantAccessOptions {
  /** This node's copy of the registry. */
  readonly registry: { readonly state: RegistryState };
  /** Resolves when the copy has all that was in the registry's log when it was asked, or cannot have it soon. */
  readonly heardAll: () => Promise<void>;
  /** Cut off from all connections, as far as this node has heard. */
  readonly isBarred: (tenant: string, grantId: string) => boolean;
  /** Ms since the epoch. */
  readonly wallMs: () => number;
}

/** Reasons that are for good, or until somebody lifts them: what such a grant holds has ended, too. */
const ENDED: ReadonlySet<string> = new Set(['GRANT_REVOKED', 'GRANT_EXPIRED', 'GRANT_CUT_OFF']);

/**
 * Whether a grant may have tokens: known to the registry, neither revoked nor over there, and not cut off here. Asked for every
 * call, before any cache is.
 */
export class GrantAccess {
  readonly #o: GrantAccessOptions;

  constructor(options: GrantAccessOptions) {
    this.#o = options;
  }

  /** Why the grant gets nothing, as far as this node knows; undefined if it may, or where no grant is named. */
  refusalOf(tenant: string, grantId: string): DocketError | undefined {
    if (grantId === '') return undefined;
    const grant = findGrant(this.#o.registry.state, tenant, grantId);
    // Does not say the id back: it may be a token in the wrong place.
    if (grant === undefined) return refused('GRANT_UNKNOWN', 'the registry knows no grant of this id');
    if (grant.revoked_at_ms !== null) return refused('GRANT_REVOKED', 'the grant was revoked');
    if (grant.expires_at_ms !== null && this.#o.wallMs() >= grant.expires_at_ms) return refused('GRANT_EXPIRED', 'the grant has expired');
    return this.#o.isBarred(tenant, grantId) ? refused('GRANT_CUT_OFF', 'no connection gives anything to this grant any more') : undefined;
  }

  /** Whether what the grant holds must end: for an unknown one that is not known. */
  hasEnded(tenant: string, grantId: string): boolean {
    return ENDED.has(this.refusalOf(tenant, grantId)?.reason ?? '');
  }

  /** Throws permission_denied, or rejects with it where the registry must be asked first: a grant may have been issued a moment ago. */
  assertGood(tenant: string, grantId: string): Promise<void> | undefined {
    const refusal = this.refusalOf(tenant, grantId);
    if (refusal?.reason === 'GRANT_UNKNOWN') return this.#assertKnown(tenant, grantId);
    if (refusal) throw refusal;
    return undefined;
  }

  /** Rejects with not_found for a grant that the registry does not have. */
  async assertExists(tenant: string, grantId: string): Promise<void> {
    const isKnown = (): boolean => findGrant(this.#o.registry.state, tenant, grantId) !== undefined;
    if (!isKnown()) await this.#o.heardAll();
    if (!isKnown()) throw new DocketError('not_found', { reason: 'GRANT_NOT_FOUND', message: 'the registry knows no grant of this id' });
  }

  async #assertKnown(tenant: string, grantId: string): Promise<void> {
    await this.#o.heardAll();
    const refusal = this.refusalOf(tenant, grantId);
    if (refusal) throw refusal;
  }
}

function refused(reason: string, message: string): DocketError {
  return new DocketError('permission_denied', { reason, message });
}
