import type { PolicyLookup } from '#decision';
import { sha256 } from '#ledger';
import { compilePolicy, forOneState, hasWiderLimits, parsePolicy, type CompiledPolicy } from '#policy';

/** Compiled documents are several times larger than their text. */
const COMPILED_MAX = 2_000;

/** Why a policy's document cannot be used. `changed`: its text is not the one that its hash names. */
export type PolicyGap = 'missing' | 'changed' | 'unreadable';

/** Whether a normalised document has limits that many grants share: what counts them needs all partitions. */
export function sharesLimits(document: string): boolean {
  const parsed = parsePolicy(document);
  return parsed.ok && hasWiderLimits(compilePolicy(parsed.policy));
}

/** Policy documents by content hash, compiled when they are first asked for; each is checked against the hash that names it. */
export class PolicyTexts {
  readonly #documents: ReadonlyMap<string, string>;
  readonly #compiled = new Map<string, CompiledPolicy>();
  readonly #gaps = new Map<string, PolicyGap>();

  /** `isForOneState`: wider limits are counted where everything else is. */
  constructor(documents: ReadonlyMap<string, string>, private readonly isForOneState = false) {
    this.#documents = documents;
  }

  /** A field, since it is passed around. */
  readonly lookup: PolicyLookup = (version) => this.#compiled.get(version) ?? this.#compile(version);

  /** Why `lookup` found nothing. */
  gapOf(version: string): PolicyGap | undefined {
    return this.#gaps.get(version);
  }

  #compile(version: string): CompiledPolicy | undefined {
    if (this.#gaps.has(version)) return undefined;
    const document = this.#documents.get(version);
    if (document === undefined) return this.#gap(version, 'missing');
    if (sha256(document) !== version) return this.#gap(version, 'changed');
    const parsed = parsePolicy(document);
    if (!parsed.ok) return this.#gap(version, 'unreadable');
    const compiled = compilePolicy(parsed.policy);
    const policy = this.isForOneState ? forOneState(compiled) : compiled;
    const oldest = this.#compiled.size < COMPILED_MAX ? undefined : this.#compiled.keys().next().value;
    if (oldest !== undefined) this.#compiled.delete(oldest);
    this.#compiled.set(version, policy);
    return policy;
  }

  #gap(version: string, gap: PolicyGap): undefined {
    this.#gaps.set(version, gap);
    return undefined;
  }
}
