import { amountOf, textOf } from './amounts.js';
import type { Judged } from './chain.js';
import { Counters } from './counters.js';
import type { Charge, Counted } from './counters.js';
import type { Findings } from './findings.js';
import type { Asked } from './history.js';
import { History } from './history.js';
import type { Registry } from './registry.js';
import { amountFor, limitsOf, verdictOf } from './verdict.js';

type Event = Extract<Judged, { kind: 'event' }>;
type Data = Readonly<Record<string, unknown>>;

/** A valid verdict in the log. */
export interface Recorded {
  readonly partition: number;
  readonly offset: number;
  readonly hash: string;
  readonly loggedMs: number;
  readonly timeMs: number;
  readonly grant: string;
  readonly callId: string;
  readonly verdict: string;
  readonly rule: string;
  readonly policyId: string;
  readonly policyVersion: string;
  readonly charges: readonly Charge[];
  settled: { readonly offset: number; readonly hash: string; readonly outcome: string; readonly timeMs: number } | null;
}

interface Grant { readonly server: string; readonly organisation: string; readonly policyId: string; readonly mode: string; readonly revoked: boolean }

/** Folds one partition of `docket.decisions`: what was decided, and whether each verdict follows from what stands before it. */
export class Decisions {
  readonly #grants = new Map<string, Grant>();
  readonly #versions = new Map<string, string>();
  readonly counters = new Counters();
  readonly recorded = new Map<string, Recorded>();

  constructor(private readonly partition: number, private readonly registry: Registry, private readonly asked: ReadonlyMap<string, Asked>, private readonly findings: Findings) {}

  apply(judged: Judged): void {
    if (judged.kind !== 'event') return;
    const { data } = judged;
    switch (judged.type) {
      case 'docket.decision.GrantSet.v1':
        this.#grants.set(data['grant_id'] as string, { server: data['server_id'] as string, organisation: data['organisation'] as string, policyId: data['policy_id'] as string, mode: data['mode'] as string, revoked: data['revoked'] as boolean });
        return;
      case 'docket.decision.PolicyVersionSet.v1':
        this.#versions.set(`${data['organisation'] as string} ${data['policy_id'] as string}`, data['version'] as string);
        return;
      case 'docket.decision.CallDecided.v1':
        return this.#decided(judged);
      case 'docket.decision.CallSettled.v1':
        return this.#settled(judged);
    }
  }

  #decided(event: Event): void {
    const { offset, hash, loggedMs, timeMs, data } = event;
    const [grantId, callId, tool, verdict, rule] = ['grant_id', 'call_id', 'tool', 'verdict', 'rule'].map((name) => data[name] as string) as [string, string, string, string, string];
    const key = History.key(grantId, callId);
    const where = `${this.#at(offset)}: call ${callId}`;
    const before = this.recorded.get(key);
    if (before !== undefined) this.findings.add('one-verdict', `${where} was decided at offset ${before.offset} already (${before.verdict}, now ${verdict})`, key);
    const grant = this.#grants.get(grantId);
    const asked = this.asked.get(key);
    if (grant === undefined || grant.revoked) this.findings.add('verdict-follows', `${where} was decided for a grant that is ${grant === undefined ? 'not there' : 'revoked'}`, key);
    if (asked === undefined) this.findings.add('verdict-follows', `${where} was decided, but nobody asked`, key);
    const version = grant === undefined ? '' : this.#versions.get(`${grant.organisation} ${grant.policyId}`) ?? '';
    if (version !== data['policy_version']) this.findings.add('verdict-follows', `${where} names policy version ${String(data['policy_version'])}, in force there is ${version}`, key);
    const charges = grant === undefined || asked === undefined ? [] : this.#judge(event, grant, version, asked, { tool, verdict, rule, where, key });
    if (before !== undefined) return;
    this.recorded.set(key, {
      partition: this.partition, offset, hash, loggedMs, timeMs, grant: grantId, callId, verdict, rule, policyId: data['policy_id'] as string, policyVersion: data['policy_version'] as string, charges, settled: null,
    });
  }

  /** Derives the verdict anew, and counts the call if it was allowed: as the clients asked for it, not as the record says. */
  #judge({ data, timeMs }: Event, grant: Grant, version: string, asked: Asked, { tool, verdict, rule, where, key }: { tool: string; verdict: string; rule: string; where: string; key: string }): readonly Charge[] {
    if (grant.mode !== 'enforce') throw new Error(`${where}: mode ${grant.mode} is more than the checker knows`);
    const policy = this.registry.document(version);
    const of: Counted = { server: grant.server, grant: asked.grant, session: asked.session, agent: asked.agent };
    if (tool !== asked.tool || data['session_id'] !== asked.session || data['agent'] !== asked.agent) this.findings.add('verdict-follows', `${where} is about another call than was asked`, key);
    const due = verdictOf(policy, this.counters, of, asked.tool, asked.amount, timeMs);
    if (due.verdict !== verdict || due.rule !== rule) this.findings.add('verdict-follows', `${where} is ${verdict} ${rule}, but ${due.verdict} ${due.rule} follows from the policy and the calls before it`, key);
    const recorded = chargesText((data['charges'] as Data[]).map((charge) => [charge['counter'] as string, charge['window_end_ms'] as number, amountOf(charge['amount'] as string)]));
    if (due.verdict === verdict && recorded !== chargesText(due.charges.map(({ counter, endMs, amount }) => [counter, endMs, amount]))) this.findings.add('verdict-follows', `${where} charges ${recorded}, other charges follow`, key);
    if (verdict !== 'ALLOW' || policy === undefined) return [];
    const charges = new Map<string, Charge>();
    for (const limit of limitsOf(policy, asked.tool)) {
      const charge = this.counters.chargeOf(limit, of, timeMs, amountFor(limit, asked.amount) ?? 0n);
      if (!charges.has(charge.counter)) this.counters.add(charge, key);
      charges.set(charge.counter, charge);
      const used = this.counters.used(limit, of, timeMs);
      if (used > limit.max) this.findings.add('within-limits', `${where} was allowed, and ${charge.counter} is at ${textOf(used)} of ${textOf(limit.max)}${limit.sliding ? '' : ` in the window that ends at ${new Date(charge.endMs).toISOString()}`}`, key);
    }
    return [...charges.values()];
  }

  #settled({ offset, hash, timeMs, data }: Event): void {
    const [grantId, callId, outcome] = ['grant_id', 'call_id', 'outcome'].map((name) => data[name] as string) as [string, string, string];
    const key = History.key(grantId, callId);
    const where = `${this.#at(offset)}: the settlement of ${callId}`;
    const call = this.recorded.get(key);
    if (call === undefined || call.verdict !== 'ALLOW') return this.findings.add('settled-is-logged', `${where} is about a call that was not allowed`, key);
    if (call.settled !== null && call.settled.outcome !== 'UNKNOWN') return this.findings.add('settled-is-logged', `${where} comes after another one, at offset ${call.settled.offset}`, key);
    const due = call.charges.filter(({ endMs, refund }) => endMs > timeMs && refund.has(outcome.toLowerCase()));
    const recorded = chargesText((data['refunds'] as Data[]).map((one) => [one['counter'] as string, one['window_end_ms'] as number, amountOf(one['amount'] as string)]));
    if (recorded !== chargesText(due.map(({ counter, endMs, amount }) => [counter, endMs, amount]))) this.findings.add('settled-is-logged', `${where} as ${outcome} gives back ${recorded}, other refunds follow`, key);
    for (const charge of due) this.counters.giveBack(charge, key);
    call.settled = { offset, hash, outcome, timeMs };
  }

  #at(offset: number): string {
    return `docket.decisions-${this.partition} at ${offset}`;
  }
}

function chargesText(charges: readonly (readonly [string, number, bigint])[]): string {
  return JSON.stringify(charges.map(([counter, endMs, amount]) => `${counter} ${endMs} ${textOf(amount)}`).sort());
}
