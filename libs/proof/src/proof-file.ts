/** A self-contained proof of one decision (docs/proof-format.md). */
export interface ProofFile {
  readonly format: 'docket.proof';
  readonly version: 1;
  readonly grant_id: string;
  readonly call_id: string;
  /** The decision: a CallDecided event. */
  readonly call: ProvenRecord;
  /** The newest GrantSet of the grant in the partition before the call: what the grant was; null if it was not found. */
  readonly grant: ProvenRecord | null;
  /** The PolicyVersionSet that put the call's policy version in force; null if there is no policy, or it was not found. */
  readonly policy_version: ProvenRecord | null;
  /** The policy's text: its SHA-256 is the version that the decision names; null if there is no policy. */
  readonly policy_text: string | null;
  /** The signed heads that the records are under. */
  readonly heads: readonly ProofHead[];
}

export interface ProvenRecord {
  readonly offset: number;
  /** The record's value, byte for byte. */
  readonly value: string;
  /** Index in `heads`. */
  readonly head: number;
  /** RFC 6962 inclusion path, from the leaf's sibling up, in hex; the leaf is `offset - from` of that head. */
  readonly path: readonly string[];
}

export interface ProofHead {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The signed head's record, byte for byte. */
  readonly value: string;
}

export function proofText(proof: ProofFile): string {
  return `${JSON.stringify(proof, null, 1)}\n`;
}
