import { DocketError } from '#errors';
import { sha256 } from '#ledger';
import { canonicalPolicyText, parsePolicy, type Policy, type PolicyNote, type PolicyProblem } from '#policy';

/** A document as the registry keeps it. */
export interface PolicyDocument {
  readonly policy: Policy;
  /** The normalised document as canonical JSON. */
  readonly text: string;
  /** SHA-256 of `text`, hex. */
  readonly version: string;
  readonly warnings: readonly PolicyNote[];
}

/** Reads a policy as its author sent it; throws invalid_argument with one violation for each problem. */
export function readPolicyDocument(bytes: Uint8Array): PolicyDocument {
  const parsed = parsePolicy(utf8(bytes));
  if (!parsed.ok) throw refused(parsed.problems);
  const text = canonicalPolicyText(parsed.policy);
  // Every decider reads the normal form again: what it could not read must not get in.
  const again = parsePolicy(text);
  if (!again.ok) throw refused(again.problems.map((problem) => ({ ...problem, message: `in its normal form: ${problem.message}` })));
  return { policy: parsed.policy, text, version: sha256(text), warnings: parsed.warnings };
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused([{ pointer: '', found: 'bytes that are not UTF-8', expected: 'JSON or YAML in UTF-8', message: 'found bytes that are not UTF-8, expected JSON or YAML in UTF-8' }]);
  }
}

function refused(problems: readonly PolicyProblem[]): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'POLICY_INVALID',
    message: `the policy has ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
    violations: problems.map((problem) => ({ field: `document${problem.pointer}`, description: described(problem) })),
  });
}

function described({ message, found, expected }: PolicyProblem): string {
  return message.includes(expected) ? message : `${message}: found ${found}, expected ${expected}`;
}
