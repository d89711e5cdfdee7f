import { decisionMachine } from '#decision';
import type { DecidedReply, DecisionCommand, DecisionEvent, DecisionReply, DecisionState, Outcome } from '#decision';
import { Ledger, MemoryEventLog, partitionOf, sha256 } from '#ledger';
import type { Runtime } from '#ledger';
import { canonicalPolicyText, compilePolicy, parseExactNumber, parsePolicy } from '#policy';
import type { CompiledPolicy, ExactObject } from '#policy';
import { registryMachine } from '#registry';
import type { Mode, RegistryCommand, RegistryEvent, RegistryReply, RegistryState } from '#registry';

export const TOPIC = 'docket.decisions';
export const PARTITIONS = 4;
export const SETTINGS = { callIdMemoryMs: 600_000, callIdAheadMs: 60_000 };
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A Monday. */
const BEGIN_MS = Date.UTC(2026, 0, 5, 8);
const author = { organisation: 'default', actor: 'admin' };
const caller = { subject: 'gateway', organisation: 'default', server_ids: [] };
const secret = { secret_hash: '0'.repeat(64), expires_at_ms: null };

const REPOSITORY = {
  version: '1', default: 'deny',
  all_tools: { limits: [{ counter: 'calls', window: 'minute', max: 30, scope: 'agent' }] },
  tools: { search_code: {}, create_issue: {}, merge: { require: [{ conditions: [{ path: 'args.branch', op: 'neq', value: 'main' }], on_deny: 'Nobody merges into main by himself.' }] }, delete_branch: { action: 'deny', reason: 'Branches are kept.' } },
};
const charges = (max: number): object => ({
  version: '1', default: 'deny',
  tools: {
    get_customer: {},
    create_charge: {
      require: [{ conditions: [{ path: 'args.currency', op: 'in', value: ['EUR', 'USD'] }], on_deny: 'Only EUR and USD.' }],
      approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 300 }], message: 'Above 300 somebody must look.', timeout: '4h' }],
      limits: [{ counter: 'spend', window: 'day', max, increment_from: 'args.amount', scope: 'agent', refund: ['failed', 'not_sent'] }],
    },
  },
});

/** A clock that only the history moves, and numbers that look random and are not. */
class Scripted implements Runtime {
  nowMs = BEGIN_MS;
  #seed = 20_260_105;
  #counter = 0;

  wallMs = (): number => this.nowMs;
  monotonicMs = (): number => this.nowMs - BEGIN_MS;

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }

  randomHex(bytes: number): string {
    this.#counter += 1;
    return sha256(`history ${this.#counter}`).repeat(Math.ceil(bytes / 32)).slice(0, bytes * 2);
  }

  /** 0 to n - 1 (a linear congruential generator: Numerical Recipes). */
  below(n: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * n);
  }
}

/** Five days of two servers, four grants and a handful of agents: the same events, byte for byte, whenever it is played. */
export class History {
  readonly runtime = new Scripted();
  readonly log = new MemoryEventLog({ now: () => this.runtime.nowMs });
  readonly #policies = new Map<string, CompiledPolicy>();
  readonly #versions = new Map<string, string>();
  readonly #registry: Ledger<RegistryState, RegistryCommand, RegistryEvent, RegistryReply>;
  readonly #decisions: Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>;
  #edits = 0;
  #calls = 0;

  private constructor() {
    const shared = { log: this.log, runtime: this.runtime, node: { name: 'history', address: '' } };
    this.#registry = new Ledger({ ...shared, topic: 'docket.registry', partitions: 1, machine: registryMachine() });
    this.#decisions = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({ ...shared, topic: TOPIC, partitions: PARTITIONS, machine: decisionMachine(SETTINGS, (version) => this.#policies.get(version)) });
  }

  static async play(): Promise<History> {
    const history = new History();
    await history.log.prepare([{ topic: 'docket.registry', partitions: 1 }, { topic: TOPIC, partitions: PARTITIONS }]);
    await history.#registry.start();
    await history.#decisions.start();
    try {
      await history.#tell();
    } finally {
      await history.#decisions.stop();
      await history.#registry.stop();
    }
    return history;
  }

  async #tell(): Promise<void> {
    const { runtime } = this;
    await this.#edit({ type: 'CreateRegistry', organisation: 'default', decisions_partitions: PARTITIONS, tokens_partitions: 1, call_id_memory_ms: SETTINGS.callIdMemoryMs, call_id_ahead_ms: SETTINGS.callIdAheadMs });
    for (const [server_id, name] of [['repository', 'The code'], ['payments', 'Charges and refunds']] as const) await this.#edit({ type: 'RegisterServer', ...author, server_id, name });
    await this.#publish('repository', REPOSITORY);
    await this.#publish('charges', charges(700));
    const triage = await this.#issue('repository', 'repository', 'enforce', 'triage of issues');
    const trial = await this.#issue('repository', 'repository', 'observe', 'trial of merging');
    const billing = await this.#issue('payments', 'charges', 'enforce', 'billing');
    await this.#issue('payments', 'charges', 'enforce', 'month-end, not used yet');
    for (let day = 0; day < 5; day++) {
      if (day === 2) await this.#publish('charges', charges(1_100));
      for (let call = 0; call < 60; call++) {
        runtime.nowMs += (1 + runtime.below(9)) * MINUTE_MS;
        const agent = ['triage-bot', 'review-bot', 'billing-bot'][runtime.below(3)]!;
        if (agent === 'billing-bot') await this.#billing(billing, day, call);
        else if (agent === 'review-bot') await this.#call(trial, 'merge', agent, { branch: ['main', 'feature'][runtime.below(2)]! }, 'review');
        else await this.#call(triage, ['search_code', 'search_code', 'create_issue', 'delete_branch', 'close_issue'][runtime.below(5)]!, agent, {}, `issue-${runtime.below(4)}`);
      }
      // In a hurry on Thursday.
      if (day === 3) for (let call = 0; call < 40; call++) await this.#call(triage, 'search_code', 'triage-bot', {}, 'hurry');
      runtime.nowMs = BEGIN_MS + (day + 1) * DAY_MS;
    }
    await this.#edit({ type: 'RevokeGrant', ...author, grant_id: trial });
  }

  /** A charge, now and then above what somebody must look at; at every second one somebody looks. */
  async #billing(grant: string, day: number, call: number): Promise<void> {
    const { runtime } = this;
    if (runtime.below(4) === 0) return void await this.#call(grant, 'get_customer', 'billing-bot', {}, `run-${day}`);
    const args = { amount: String(20 + runtime.below(450)), currency: ['EUR', 'EUR', 'EUR', 'USD', 'GBP'][runtime.below(5)]! };
    const { event } = await this.#call(grant, 'create_charge', 'billing-bot', args, `run-${day}`);
    if (event.approval?.action !== 'opened' || call % 2 === 1) return;
    runtime.nowMs += (5 + runtime.below(40)) * MINUTE_MS;
    const approval_id = event.approval.id;
    const decision = Number(args.amount) > 400 ? 'deny' : 'approve';
    await this.#decisions.submit(partitionOf(grant, PARTITIONS), { type: 'ResolveApproval', caller: { ...caller, subject: ['erin', 'omar'][day % 2]! }, approval_id, grant_id: grant, decision, comment: '' });
    if (decision === 'approve') await this.#call(grant, 'create_charge', 'billing-bot', args, `run-${day}`);
  }

  async #call(grant_id: string, tool: string, agent: string, values: Readonly<Record<string, string>>, session_id: string): Promise<DecidedReply> {
    const { runtime } = this;
    this.#calls += 1;
    const partition = partitionOf(grant_id, PARTITIONS);
    const args: ExactObject = new Map(Object.entries(values).map(([key, value]) => [key, key === 'amount' ? parseExactNumber(value)! : value]));
    const call_id = uuid(runtime.nowMs, this.#calls);
    const grant = { grant_id, secret_hash: null };
    const reply = await this.#decisions.submit(partition, {
      type: 'Decide', caller, grant, call_id, call_id_time_ms: runtime.nowMs, content: sha256(call_id), tool, server_id: '', session_id, agent, principal: '', tool_definition_hash: '', logical_call_id: '',
      dry_run: false, arguments: { keys: [...args.keys()], hmac: sha256(`${tool} ${JSON.stringify(values)}`), sealed: 'AAAA' }, args, approval_id: `apr_${grant_id}_${runtime.randomHex(12)}`, arguments_invalid: false, trace: '',
    });
    if (reply.type !== 'Decided') throw new Error(`found ${reply.type}, expected a decision`);
    if (reply.event.verdict === 'ALLOW') {
      const outcome = (['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'FAILED', 'NOT_SENT', undefined] as const)[runtime.below(8)] satisfies Outcome | undefined;
      if (outcome !== undefined) await this.#decisions.submit(partition, { type: 'Settle', caller, grant, call_id, call_id_time_ms: runtime.nowMs, outcome });
    }
    return reply;
  }

  async #publish(policy_id: string, document: object): Promise<void> {
    const parsed = parsePolicy(JSON.stringify(document));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const text = canonicalPolicyText(parsed.policy);
    const version = sha256(text);
    this.#policies.set(version, compilePolicy(parsed.policy));
    this.#versions.set(policy_id, version);
    await this.#edit({ type: 'PublishPolicy', ...author, policy_id, version, document: text });
    for (let partition = 0; partition < PARTITIONS; partition++) await this.#decisions.submit(partition, { type: 'SetPolicyVersion', registry_offset: this.#edits, organisation: 'default', policy_id, version });
  }

  async #issue(server_id: string, policy_id: string, mode: Mode, label: string): Promise<string> {
    const grant_id = uuid(this.runtime.nowMs, this.#edits).replaceAll('-', '');
    await this.#edit({ type: 'IssueGrant', ...author, grant_id, server_id, policy_id, mode, label, ...secret });
    await this.#decisions.submit(partitionOf(grant_id, PARTITIONS), { type: 'SetGrant', registry_offset: this.#edits, organisation: 'default', grant_id, server_id, policy_id, mode, revoked: false, ...secret });
    this.runtime.nowMs += MINUTE_MS;
    return grant_id;
  }

  async #edit(command: RegistryCommand): Promise<void> {
    this.#edits += 1;
    await this.#registry.submit(0, command);
  }
}

/** A UUID version 7 of this time. */
function uuid(timeMs: number, number: number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
