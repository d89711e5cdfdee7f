import type { Recorded } from './decisions.js';
import type { Findings } from './findings.js';
import { CLOCK_MS, History } from './history.js';
import type { Answer, Asked } from './history.js';
import type { Registry } from './registry.js';

/** Compares what each client was told about a call with what the log says. */
export function checkAnswers(history: History, recorded: ReadonlyMap<string, Recorded>, registry: Registry, findings: Findings): void {
  const edits = editsInForce(history, registry);
  for (const [key, call] of history.calls) {
    const found = recorded.get(key);
    const answers = call.turns.filter((turn): turn is Answer => turn.kind === 'answered');
    for (const answer of answers) compare(answer, found, answers[0]!, findings, key);
    notDecided(call, found, findings, key);
    settlements(call, found, findings, key);
    if (found !== undefined) edits(call, found, findings, key);
  }
}

function compare(answer: Answer, found: Recorded | undefined, first: Answer, findings: Findings, key: string): void {
  const { call_id: callId, verdict, rule, receipt, policy_version: version, decided_at_ms: decidedMs } = answer;
  if (found === undefined) return findings.add('answered-is-logged', `call ${callId} was answered ${verdict}, but no valid record of it is in the log`, key);
  if (receipt.topic !== 'docket.decisions' || receipt.partition !== found.partition || receipt.offset !== found.offset || receipt.hash !== found.hash) {
    findings.add('answered-is-logged', `call ${callId} was answered with the receipt ${receipt.topic}-${receipt.partition} ${receipt.offset} ${receipt.hash.slice(0, 12)}, its valid record is docket.decisions-${found.partition} ${found.offset} ${found.hash.slice(0, 12)}`, key);
  }
  if (verdict !== found.verdict || rule !== found.rule || version !== found.policyVersion || decidedMs !== found.timeMs) {
    findings.add('answered-is-identical', `call ${callId} was answered ${verdict} ${rule} (${version.slice(0, 8)}, ${decidedMs}), recorded is ${found.verdict} ${found.rule} (${found.policyVersion.slice(0, 8)}, ${found.timeMs})`, key);
  }
  if (verdict !== first.verdict || receipt.offset !== first.receipt.offset) findings.add('answered-is-identical', `call ${callId} was answered ${first.verdict}, and later ${verdict}`, key);
}

/**
 * What stands as not decided when its caller hears so must not be in the log unless he asks again, and then not from before. A verdict that the
 * caller was told of before is no such call.
 */
function notDecided({ callId, turns }: Asked, found: Recorded | undefined, findings: Findings, key: string): void {
  if (found === undefined) return;
  let isOpen = false;
  let isNotDecided = false;
  for (const turn of turns) {
    if (turn.kind === 'asked') {
      if (isNotDecided && found.loggedMs < turn.at_ms - CLOCK_MS) return findings.add('not-decided-stays', `call ${callId} was reported as not decided, and is in the log from before it was asked again (offset ${found.offset})`, key);
      isOpen = true;
      isNotDecided = false;
    } else if (turn.kind === 'answered' || turn.outcome === 'unknown') return;
    else {
      if (isOpen) isNotDecided = true;
      isOpen = false;
    }
  }
  if (isNotDecided) findings.add('not-decided-stays', `call ${callId} was reported as not decided and not asked again, but is in the log (${found.verdict}, offset ${found.offset})`, key);
}

function settlements({ callId, settlements: told }: Asked, found: Recorded | undefined, findings: Findings, key: string): void {
  for (const { outcome, receipt } of told) {
    const settled = found?.settled ?? null;
    if (settled === null) findings.add('settled-is-logged', `the settlement of ${callId} as ${outcome} was answered, but is not in the log`, key);
    else if (settled.outcome !== outcome || settled.offset !== receipt.offset || settled.hash !== receipt.hash) findings.add('settled-is-logged', `the settlement of ${callId} was answered ${outcome} at ${receipt.offset}, recorded is ${settled.outcome} at ${settled.offset}`, key);
  }
}

/** Of each policy and grant what was acknowledged when: a call that was first asked later is under it, or under a later one. */
function editsInForce(history: History, registry: Registry): (call: Asked, found: Recorded, findings: Findings, key: string) => void {
  const ofPolicy = new Map<string, { readonly atMs: number; readonly offset: number }[]>();
  const revokedMs = new Map<string, number>();
  for (const { at_ms: atMs, registry_offset: offset, policy_id: policy, revoked_grant: grant } of history.edits) {
    if (policy !== undefined) ofPolicy.set(policy, [...(ofPolicy.get(policy) ?? []), { atMs, offset }]);
    if (grant !== undefined) revokedMs.set(grant, atMs);
  }
  return ({ callId, grant, firstAskedMs }, { policyId, policyVersion, offset }, findings, key) => {
    if ((revokedMs.get(grant) ?? Infinity) < firstAskedMs) findings.add('edit-in-force', `call ${callId} was decided (offset ${offset}), though its grant's revocation was acknowledged before it was asked`, key);
    let newest = -1;
    for (const edit of ofPolicy.get(policyId) ?? []) if (edit.atMs < firstAskedMs && edit.offset > newest) newest = edit.offset;
    if (newest >= 0 && registry.publishedAt(policyId, policyVersion, newest) === undefined) {
      findings.add('edit-in-force', `call ${callId} was decided under version ${policyVersion.slice(0, 12)} of ${policyId}, though the edit at registry offset ${newest} was acknowledged before it was asked`, key);
    }
  };
}
