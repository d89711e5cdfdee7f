import { bench, do_not_optimize, run, summary } from 'mitata';
import { decisionMachine } from '#decision';
import type { Decide, DecisionEvent, DecisionState } from '#decision';
import { ARGUMENT_LIMITS, canonicalJson, compilePolicy, type ExactObject, parseExactJson, parsePolicy } from '#policy';

/**
 * What one call costs the owner of a partition: `decide` and `evolve`, and the command that the bench has to make for it.
 * `node scripts/run.mjs dist/libs/decision/test/bench/main.js`
 */
const GRANTS = 4_000;
const CALLER = { subject: 'gateway-1', organisation: 'default', server_ids: [] };
const SETTINGS = { callIdMemoryMs: 600_000, callIdAheadMs: 60_000 };

const IDS = Array.from({ length: GRANTS }, (_, grant) => `0192f3a0b1c27def80000000${grant.toString(16).padStart(8, '0')}`);
for (const id of IDS) id.charCodeAt(0);

/** A partition whose clock advances a millisecond with each call, so that ids and windows come and go as in a long run. */
class Partition {
  private nowMs = 1_795_428_030_000;
  private offset = 0;
  private state: DecisionState;
  private readonly machine;
  private readonly args: ExactObject;
  private readonly hmac: string;

  constructor(document: object, private readonly tool: string, args: object = {}, private readonly grants = GRANTS) {
    const parsed = parsePolicy(JSON.stringify(document));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems.slice(0, 3)));
    const policy = compilePolicy(parsed.policy);
    this.machine = decisionMachine(SETTINGS, () => policy);
    this.state = this.machine.initialState();
    this.args = parseExactJson(JSON.stringify(args), ARGUMENT_LIMITS) as ExactObject;
    this.hmac = canonicalJson(this.args).padEnd(64, '0');
    this.append({ type: 'PolicyVersionSet', registry_offset: 1, organisation: 'default', policy_id: 'main', version: 'v' });
    for (let grant = 0; grant < grants; grant++) {
      this.append({
        type: 'GrantSet', registry_offset: 2, grant_id: IDS[grant] as string, organisation: 'default', server_id: 'demo', secret_hash: '', policy_id: 'main', mode: 'enforce',
        expires_at_ms: null, revoked: false,
      });
    }
  }

  command(): Decide {
    const nowMs = ++this.nowMs;
    const time = nowMs.toString(16).padStart(12, '0');
    const grant_id = IDS[this.offset % this.grants] as string;
    const call_id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
    // As it comes out of a request: in one piece.
    call_id.charCodeAt(0);
    return {
      type: 'Decide', caller: CALLER, grant: { grant_id, secret_hash: null }, call_id, call_id_time_ms: nowMs,
      content: this.hmac, tool: this.tool, server_id: '', session_id: 's-1', agent: 'assistant', principal: '', tool_definition_hash: '', logical_call_id: '', dry_run: false,
      arguments: { keys: [], hmac: this.hmac, sealed: '' }, args: this.args, approval_id: `apr_${grant_id}_000000000000000000000000`, arguments_invalid: false, trace: '',
    };
  }

  call(): DecisionEvent {
    const command = this.command();
    const decision = this.machine.decide(this.state, command, { nowMs: this.nowMs });
    if (decision.kind !== 'append') throw new Error(`${decision.kind}: ${JSON.stringify(decision)}`);
    this.append(decision.event);
    return decision.event;
  }

  private append(event: DecisionEvent): void {
    this.state = this.machine.evolve(this.state, event, { offset: ++this.offset, timeMs: this.nowMs });
  }
}

const SEED = { version: '1', default: 'deny', hide: ['delete_account'], tools: { refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] } } };
const conditions = (i: number): object[] => [
  { path: 'args.amount', op: 'lte', value: 10_000 + i }, { path: 'args.currency', op: 'in', value: ['usd', 'eur', `x${i}`] }, { path: 'args.note', op: 'contains', value: 'a' },
];
const rules = { require: Array.from({ length: 25 }, (_, i) => ({ conditions: [conditions(i)[i % 3]] })), deny_if: Array.from({ length: 25 }, (_, i) => ({ conditions: [{ path: 'args.amount', op: 'gt', value: 20_000 + i }] })) };
const LARGE = { version: '1', default: 'deny', tools: { ...Object.fromEntries(Array.from({ length: 1_999 }, (_, i) => [`tool_number_${i}`, {}])), charge: { ...rules, ...SEED.tools.refresh_access_token } } };
const GLOBS = { version: '1', default: 'deny', tools: Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`tool_number_${i}_*`, {}])) };
const limits = (...all: object[]): object => ({ version: '1', default: 'deny', tools: { charge: { limits: all } } });
const PAYMENT = { amount: 12.34, currency: 'usd', note: 'a small payment' };
const spend = { counter: 'spend', window: 'day', max: 1e12, increment_from: 'args.amount' };

const partitions = {
  'seed policy, allowed': new Partition(SEED, 'refresh_access_token'),
  'seed policy, over the limit': new Partition(SEED, 'refresh_access_token', {}, 10),
  'seed policy, hidden': new Partition(SEED, 'delete_account'),
  '2,000 tools, 50 rules on the tool called': new Partition(LARGE, 'charge', PAYMENT),
  '2,000 globs, none of which matches': new Partition(GLOBS, 'charge'),
  'five limits': new Partition(limits(...['second', 'minute', 'hour', 'day', 'week'].map((window) => ({ counter: 'c', window, max: 1e9 }))), 'charge'),
  'amount limit, whole numbers': new Partition(limits(spend), 'charge', { amount: 12 }),
  'amount limit, cents': new Partition(limits(spend), 'charge', PAYMENT),
  'sliding limit': new Partition(limits({ counter: 'c', window: 'minute', max: 100, sliding: true }), 'charge'),
  'sliding limit, 60,000 entries a counter': new Partition(limits({ counter: 'c', window: 'minute', max: 100_000, sliding: true }), 'charge', {}, 1),
  'sliding amounts in cents, over the limit': new Partition(limits({ ...spend, max: 617_000, window: 'minute', sliding: true }), 'charge', PAYMENT, 1),
  'approval pending': new Partition({ version: '1', default: 'deny', tools: { charge: { approve_if: [{ conditions: [] }] } } }, 'charge', PAYMENT, 900),
};

for (let i = 0; i < 61_000; i++) partitions['sliding limit, 60,000 entries a counter'].call();
for (let i = 0; i < 51_000; i++) partitions['sliding amounts in cents, over the limit'].call();

summary(() => {
  bench('the command itself', () => do_not_optimize(partitions['seed policy, hidden'].command()));
  for (const [name, partition] of Object.entries(partitions)) bench(name, () => do_not_optimize(partition.call()));
});
await run();
