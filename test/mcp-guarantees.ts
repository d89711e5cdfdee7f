import type { Proof } from './guarantees.js';

/** A row of the MCP gateway's contract (section 2), and the tests that fail when it does not hold. */
export interface McpGuarantee {
  readonly id: string;
  readonly about: string;
  readonly proofs: readonly [Proof, ...Proof[]];
  /** How the row is meant where its words leave room. */
  readonly note?: string;
}

const of = (folder: string) => (file: string, title: string): Proof => ({ file: `${folder}/${file}.spec.ts`, title });
const calls = of('apps/mcp-gateway/src/calls');
const e2e = of('test/e2e');

/** Each row once. What is not in here is in NOT_OFFERED, with the reason. */
export const MCP_GUARANTEES: readonly McpGuarantee[] = [
  {
    id: 'R3', about: 'A denial of a visible tool is a result with isError, for the model to read.',
    proofs: [calls('calls', 'that is refused (%s) is a result'), e2e('mcp-gateway.e2e', 'official clients of both eras list, call')],
  },
  {
    id: 'R4', about: 'A hidden tool is byte for byte one that there is not, of the same latency class.',
    proofs: [calls('calls', 'of a hidden tool, of one that there is not'), e2e('mcp-gateway.e2e', 'a hidden tool is byte for byte')],
    note: 'the same latency class: each takes exactly one decision and no more; time is not asserted',
  },
  { id: 'R5', about: '-32021 of an upstream is translated.', proofs: [calls('calls', 'that the server answers with an error of the protocol')] },
  { id: 'R7', about: 'A rate limit is a result with the seconds to wait.', proofs: [calls('calls', 'that is refused (%s) is a result'), e2e('mcp-gateway.e2e', 'the 61st refresh')] },
  { id: 'T1', about: 'The list does not depend on earlier calls.', proofs: [calls('calls', 'is what was approved, in order')] },
  { id: 'T2', about: 'The list has one order.', proofs: [calls('calls', 'is what was approved, in order')] },
  { id: 'T3', about: 'Lists and reads say how long they may be kept.', proofs: [calls('calls', 'is what was approved, in order')] },
  { id: 'T5', about: 'Cursors are opaque; one that is none is refused.', proofs: [calls('calls', 'has pages that are full')] },
  { id: 'T6', about: 'Filtering makes no empty page, and page sizes tell nothing.', proofs: [calls('calls', 'has pages that are full')] },
  { id: 'T7', about: 'Edits reach those who listen.', proofs: [calls('calls', 'those who listen hear of approved tools'), e2e('mcp-gateway.e2e', 'an edit of the policy')] },
  { id: 'T8', about: 'Definitions are served whole.', proofs: [calls('calls', 'is what was approved, in order')] },
  { id: 'T9', about: 'No reference is fetched; validation is bounded.', proofs: [calls('argument-schemas', '%s is left to the server'), calls('argument-schemas', 'patterns take linear time'), calls('argument-schemas', 'counts what a validation may visit')] },
  { id: 'C1', about: 'Every way to the server is decided; what is not known is denied.', proofs: [calls('calls', '%s is decided under its own name'), calls('calls', '%s is no method'), calls('calls', 'is not made when nobody can decide')] },
  { id: 'C2', about: 'Results are forwarded whole.', proofs: [calls('calls', 'is decided with its exact arguments')] },
  { id: 'C4', about: 'resultType: added where it is missing, refused where it is unknown.', proofs: [calls('calls', 'is decided with its exact arguments'), calls('calls', 'that ends with %s is settled')] },
  { id: 'C5', about: 'Arguments are checked before the decision; what is wrong is told to the model.', proofs: [calls('calls', 'whose arguments do not fit')] },
  { id: 'C6', about: 'Foreign _meta goes through, ours cannot be forged, clientInfo decides nothing.', proofs: [calls('calls', 'foreign keys of _meta go through')] },
  { id: 'C7', about: 'Progress only for tokens given, strictly increasing.', proofs: [calls('calls', 'progress is told only')] },
  { id: 'I3', about: 'An upstream’s state is wrapped in ours.', proofs: [calls('calls', 'gets its state back from whom it asked')] },
  { id: 'I4', about: 'Nothing is asked that the client has not declared.', proofs: [calls('calls', 'asks a client of a session over its stream')] },
  { id: 'I5', about: 'A retry is decided anew, charged once, with the same arguments.', proofs: [calls('calls', 'gets its state back from whom it asked')] },
  { id: 'I6', about: 'No form asks for a secret.', proofs: [calls('calls', 'asks a client of a session over its stream')], note: 'the gateway sends nobody to a page of its own' },
];

/** Rows that are not offered, or that hold by what is not there. */
export const NOT_OFFERED: Readonly<Record<string, string>> = {
  A6: 'interactive sign-in at upstreams is not offered: credentials come from the token broker', A7: 'no consent page, since nobody signs in at an upstream through the gateway',
  C3: 'results are not rewritten but for tokens of upstreams, which are no part of what a schema describes',
  K1: 'the tasks extension is not offered, nor advertised', H7: 'the gateway renames no tools and edits no arguments that are mirrored',
};
