import { bench, do_not_optimize, group, run } from 'mitata';
import { decisionMachine, type Decide, type DecisionState } from '#decision';
import { ARGUMENT_LIMITS, canonicalJson, compilePolicy, entryFor, isHidden, parseExactJson, parsePolicy, type CompiledPolicy, type ExactObject } from '#policy';
import { reportFor } from './policy.report.js';

/**
 * `npm run bench -- --policy`: what a policy costs, in this process and on nothing else: reading, compiling, its rules for
 * one call, and the whole of `decide`. Targets: decide within 3 µs on the seed policy, within 20 µs on the large one.
 */
const SEED = {
  version: '1', default: 'deny', hide: ['delete_account'],
  all_tools: { limits: [{ counter: 'calls', window: 'hour', max: 1_000_000, scope: 'grant' }] },
  tools: { refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] } },
};

/** 2,000 tools, 50 rules on the one that is called: every one of them is looked at, since none of them refuses. */
const LARGE = {
  version: '1', default: 'deny',
  tools: {
    ...Object.fromEntries(Array.from({ length: 1_999 }, (_, i) => [`tool_${i}`, { limits: [{ counter: 'calls', window: 'hour', max: 1000 }] }])),
    create_charge: {
      require: Array.from({ length: 20 }, (_, i) => ({ conditions: [{ path: 'args.amount', op: 'lte', value: 10_000 + i }] })),
      deny_if: Array.from({ length: 20 }, (_, i) => ({ conditions: [{ path: 'args.currency', op: 'in', value: ['gbp', `x${i}`] }, { path: 'args.amount', op: 'gt', value: 100 }] })),
      approve_if: Array.from({ length: 10 }, (_, i) => ({ conditions: [{ path: 'args.customer.country', op: 'eq', value: `c${i}` }] })),
      limits: [{ counter: 'charges', window: 'day', max: 1_000_000, increment_from: 'args.amount' }],
    },
  },
};

const ARGUMENTS = '{"amount":250,"currency":"eur","customer":{"id":"cus_0001","country":"de"},"items":[{"price":100},{"price":150}]}';
const NOW_MS = 1_795_428_030_000;
/** Made at NOW_MS. */
const CALL_ID = `${NOW_MS.toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7000-8000-000000000001`;
const GRANT = '0192f3a0b1c27def8000000000000001';

function compiled(document: unknown): CompiledPolicy {
  const parsed = parsePolicy(JSON.stringify(document));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compilePolicy(parsed.policy);
}

/** The rules of one call, as the decision asks them; how many hold, so that nothing is optimised away. */
function rules(policy: CompiledPolicy, tool: string, args: ExactObject): number {
  if (isHidden(policy, tool)) return 0;
  const entry = entryFor(policy, tool);
  if (entry === undefined) return 0;
  let holding = 0;
  for (const rule of entry.require) if (rule.holds(args).holds) holding++;
  for (const rule of entry.denyIf) if (rule.holds(args).holds) holding++;
  for (const rule of entry.approveIf) if (rule.holds(args).holds) holding++;
  return holding;
}

/** Decides the same call again and again on a state that holds one grant under this policy. */
function decideOn(policy: CompiledPolicy, tool: string): () => unknown {
  const machine = decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => policy);
  let state: DecisionState = machine.initialState();
  let offset = 0;
  const apply = (command: Parameters<typeof machine.decide>[1]): void => {
    const decision = machine.decide(state, command, { nowMs: NOW_MS });
    if (decision.kind !== 'append') throw new Error(decision.kind);
    state = machine.evolve(state, decision.event, { offset: offset++, timeMs: NOW_MS });
  };
  apply({ type: 'SetPolicyVersion', registry_offset: 1, organisation: 'default', policy_id: 'main', version: 'v' });
  apply({
    type: 'SetGrant', registry_offset: 2, grant_id: GRANT, organisation: 'default', server_id: 'demo', secret_hash: 'a'.repeat(64), policy_id: 'main', mode: 'enforce',
    expires_at_ms: null, revoked: false,
  });
  const args = parseExactJson(ARGUMENTS, ARGUMENT_LIMITS) as ExactObject;
  const command: Decide = {
    type: 'Decide', caller: { subject: 'gateway', organisation: 'default', server_ids: [] }, grant: { grant_id: GRANT, secret_hash: null },
    call_id: CALL_ID, call_id_time_ms: NOW_MS, content: canonicalJson(args), tool, server_id: '', session_id: '', agent: '', principal: '',
    tool_definition_hash: '', logical_call_id: '', dry_run: false, arguments: { keys: [...args.keys()], hmac: 'hmac', sealed: '' }, args, arguments_invalid: false,
    approval_id: `apr_${GRANT}_${'0'.repeat(24)}`, trace: '',
  };
  const verdict = machine.decide(state, command, { nowMs: NOW_MS });
  if (verdict.kind !== 'append' || !('verdict' in verdict.event) || verdict.event.verdict !== 'ALLOW') throw new Error(`the call is to be allowed: ${JSON.stringify(verdict)}`);
  return () => machine.decide(state, command, { nowMs: NOW_MS });
}

/** Runs everything and prints it. */
export async function benchPolicies(): Promise<void> {
  const args = parseExactJson(ARGUMENTS, ARGUMENT_LIMITS) as ExactObject;
  for (const [name, document, tool] of [['seed policy', SEED, 'refresh_access_token'], ['2,000 tools, 50 rules on the tool', LARGE, 'create_charge']] as const) {
    const text = JSON.stringify(document);
    const policy = compiled(document);
    const parsed = parsePolicy(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    group(name, () => {
      bench('read', () => do_not_optimize(parsePolicy(text)));
      bench('compile', () => do_not_optimize(compilePolicy(parsed.policy)));
      bench('rules of one call', () => do_not_optimize(rules(policy, tool, args)));
      const decide = decideOn(policy, tool);
      bench('decide', () => do_not_optimize(decide()));
    });
  }
  await run(reportFor(process.stdout));
}
