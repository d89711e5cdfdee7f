import type { Judged } from './chain.js';
import type { Findings } from './findings.js';
import { readPolicy } from './policy.js';
import type { Limit, Policy } from './policy.js';
import { sha256 } from './record.js';

interface Version { readonly version: string; readonly offset: number }

/** What the registry's log says: documents by their hash, and when which was published. */
export class Registry {
  readonly #documents = new Map<string, Policy>();
  /** Versions of each policy in the order in which they were published. */
  readonly #versions = new Map<string, Version[]>();
  readonly #revoked = new Map<string, number>();
  decisionsPartitions: number | undefined;

  constructor(private readonly findings: Findings) {}

  apply(judged: Judged): void {
    if (judged.kind !== 'event') return;
    const { data, offset } = judged;
    switch (judged.type) {
      case 'docket.registry.RegistryCreated.v1':
        this.decisionsPartitions = data['decisions_partitions'] as number;
        return;
      case 'docket.registry.PolicyPublished.v1': {
        const { policy_id: policy, version, document } = data as { policy_id: string; version: string; document: string };
        if (sha256(Buffer.from(document)) !== version) this.findings.add('verdict-follows', `registry offset ${offset}: the document of policy ${policy} does not hash to its version ${version}`);
        this.#documents.set(version, readPolicy(document));
        this.#versions.set(policy, [...(this.#versions.get(policy) ?? []), { version, offset }]);
        return;
      }
      case 'docket.registry.GrantRevoked.v1':
        this.#revoked.set(data['grant_id'] as string, offset);
    }
  }

  document(version: string): Policy | undefined {
    return this.#documents.get(version);
  }

  /** Registry offset of a publication of this version at or after `notBelow`: the same document may be published again later. */
  publishedAt(policy: string, version: string, notBelow: number): number | undefined {
    return this.#versions.get(policy)?.find((one) => one.version === version && one.offset >= notBelow)?.offset;
  }

  /** Whether any version of any policy has a limit about which this holds. */
  hasLimit(is: (limit: Limit) => boolean): boolean {
    for (const { allTools, tools } of this.#documents.values()) if (allTools.some(is) || [...tools.values()].some(({ limits }) => limits.some(is))) return true;
    return false;
  }

  revokedAt(grant: string): number | undefined {
    return this.#revoked.get(grant);
  }
}
