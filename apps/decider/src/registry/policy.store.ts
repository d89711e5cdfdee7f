import { DocketError } from '#errors';
import { compilePolicy, parsePolicy, type CompiledPolicy } from '#policy';

/** Compiled documents are several times larger than their text; the text stays, so any of them can be made again. */
const COMPILED_MAX = 2_000;

/**
 * Policies by content hash, compiled when they are first asked for. The texts are the registry's own: a decider that
 * has read the registry past a publication holds its document, and keeps it.
 */
export class PolicyStore {
  private readonly compiled = new Map<string, CompiledPolicy>();

  constructor(private readonly documentOf: (version: string) => string | undefined) {}

  /** The compiled policy, or undefined for a document that this process does not hold yet. A field, since it is passed around. */
  readonly lookup = (version: string): CompiledPolicy | undefined => this.compiled.get(version) ?? this.compile(version);

  private compile(version: string): CompiledPolicy | undefined {
    const document = this.documentOf(version);
    if (document === undefined) return undefined;
    const parsed = parsePolicy(document);
    if (!parsed.ok) {
      throw new DocketError('data_loss', {
        reason: 'POLICY_UNREADABLE',
        message: `the policy document ${version} in the registry cannot be read by this version of Docket: ${parsed.problems[0]?.message ?? ''}`,
      });
    }
    const policy = compilePolicy(parsed.policy);
    const oldest = this.compiled.size < COMPILED_MAX ? undefined : this.compiled.keys().next().value;
    if (oldest !== undefined) this.compiled.delete(oldest);
    this.compiled.set(version, policy);
    return policy;
  }
}
