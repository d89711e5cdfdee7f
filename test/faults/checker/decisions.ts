import { amountOf, textOf } from './amounts.js';
import type { Judged } from './chain.js';
import { Counters, endOf } from './counters.js';
import type { Charge, Counted } from './counters.js';
import type { Findings } from './findings.js';
import type { Asked } from './history.js';
import { History } from './history.js';
import { isShared } from './policy.js';
import type { Registry } from './registry.js';
import { onceEach, stated } from './shares.js';
import type { ScopeAnswer, SharedScope, Shares, Stated } from './shares.js';
import { amountFor, limitsOf, saidOf, verdictOf } from './verdict.js';

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
  /** What the partitions of scopes that many grants share answered about it. */
  readonly scoped: readonly ScopeAnswer[];
  settled: { readonly offset: number; readonly hash: string; readonly outcome: string; readonly loggedMs: number } | null;
}

interface Grant { readonly server: string; readonly organisation: string; readonly policyId: string; readonly mode: string; readonly revoked: boolean }

/** Folds one partition of `docket.decisions`: what was decided, and whether each verdict follows from what stands before it. */
export class Decisions {
  readonly #grants = new Map<string, Grant>();
  readonly #versions = new Map<string, string>();
  readonly counters = new Counters();
  readonly recorded = new Map<string, Recorded>();

  constructor(private readonly partition: number, private readonly registry: Registry, private readonly asked: ReadonlyMap<string, Asked>, private readonly shares: Shares, private readonly findings: Findings) {}

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
      case 'docket.decision.QuotaReserved.v1':
        return this.#taken(judged);
      case 'docket.decision.QuotaReleased.v1':
        return this.#givenBack(judged);
      case 'docket.decision.CallAborted.v1':
        return this.shares.end(History.key(data['grant_id'] as string, data['call_id'] as string), this.#at(judged.offset), judged.loggedMs);
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
    const scoped = ((data['scoped'] ?? []) as Data[]).map((one): ScopeAnswer => ({ scope: one['scope'] as SharedScope, key: one['key'] as string, outcome: one['outcome'] as string, limits: (one['limits'] as Data[]).map(stated) }));
    const charges = grant === undefined || asked === undefined ? [] : this.#judge(event, grant, version, asked, { tool, verdict, rule, where, key, scoped });
    if (before !== undefined) return;
    this.recorded.set(key, {
      partition: this.partition, offset, hash, loggedMs, timeMs, grant: grantId, callId, verdict, rule, policyId: data['policy_id'] as string, policyVersion: data['policy_version'] as string, charges, scoped, settled: null,
    });
  }

  /** Derives the verdict anew, and counts the call if it was allowed: as the clients asked for it, not as the record says. */
  #judge({ data, timeMs }: Event, grant: Grant, version: string, asked: Asked, { tool, verdict, rule, where, key, scoped }: { tool: string; verdict: string; rule: string; where: string; key: string; scoped: readonly ScopeAnswer[] }): readonly Charge[] {
    if (grant.mode !== 'enforce') throw new Error(`${where}: mode ${grant.mode} is more than the checker knows`);
    const policy = this.registry.document(version);
    const of: Counted = { organisation: grant.organisation, server: grant.server, grant: asked.grant, session: asked.session, agent: asked.agent };
    if (tool !== asked.tool || data['session_id'] !== asked.session || data['agent'] !== asked.agent) this.findings.add('verdict-follows', `${where} is about another call than was asked`, key);
    const due = verdictOf(policy, this.counters, of, asked.tool, asked.amount, timeMs, scoped);
    for (const { scope, key: at } of scoped) if (at !== (scope === 'server' ? `${of.organisation}/${of.server}` : of.organisation)) this.findings.add('shares-hold', `${where} was asked about at ${at}, which is not its ${scope}`, key);
    if (due.verdict !== verdict || due.rule !== rule) this.findings.add('verdict-follows', `${where} is ${verdict} ${rule}, but ${due.verdict} ${due.rule} follows from the policy and the calls before it`, key);
    const recorded = chargesText((data['charges'] as Data[]).map((charge) => [charge['counter'] as string, charge['window_end_ms'] as number, amountOf(charge['amount'] as string)]));
    if (due.verdict === verdict && recorded !== chargesText(due.charges.map(({ counter, endMs, amount }) => [counter, endMs, amount]))) this.findings.add('verdict-follows', `${where} charges ${recorded}, other charges follow`, key);
    if (verdict !== 'ALLOW' || policy === undefined) return [];
    const charges = new Map<string, Charge>();
    for (const limit of limitsOf(policy, asked.tool)) {
      const amount = amountFor(limit, asked.amount) ?? 0n;
      if (isShared(limit)) {
        const said = saidOf(scoped, limit, of, amount);
        if (said?.outcome !== 'held') this.findings.add('shares-hold', `${where} was allowed, and has no share of ${limit.pointer}`, key);
        else if (said.used + amount > limit.max) this.findings.add('within-limits', `${where} was allowed, and ${said.counter} is at ${textOf(said.used + amount)} of ${textOf(limit.max)}`, key);
        continue;
      }
      const charge = this.counters.chargeOf(limit, of, timeMs, amount);
      if (!charges.has(charge.counter)) this.counters.add(charge, key);
      charges.set(charge.counter, charge);
      const used = this.counters.used(limit, of, timeMs);
      if (used > limit.max) this.findings.add('within-limits', `${where} was allowed, and ${charge.counter} is at ${textOf(used)} of ${textOf(limit.max)}${limit.sliding ? '' : ` in the window that ends at ${new Date(charge.endMs).toISOString()}`}`, key);
    }
    return [...charges.values()];
  }

  #settled({ offset, hash, loggedMs, timeMs, data }: Event): void {
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
    const held = call.scoped.filter((one) => one.outcome === 'held' && one.limits.some(({ refund }) => refund.has(outcome.toLowerCase()))).map(({ scope }) => scope).sort().join();
    const elsewhere = ((data['elsewhere'] ?? []) as Data[]).map(({ scope }) => scope as string).sort().join();
    if (held !== elsewhere) this.findings.add('settled-is-logged', `${where} as ${outcome} says that shares of "${elsewhere}" are given back, those of "${held}" follow`, key);
    call.settled = { offset, hash, outcome, loggedMs };
  }

  /** A call's share of what many grants have: it counts from here on. */
  #taken({ offset, loggedMs, timeMs, data }: Event): void {
    const [grantId, callId, scope, at] = ['grant_id', 'call_id', 'scope', 'key'].map((name) => data[name] as string) as [string, string, SharedScope, string];
    const call = History.key(grantId, callId);
    const where = `${this.#at(offset)}: call ${callId}`;
    const wrong = (what: string): void => this.findings.add('shares-hold', `${where} ${what}`, call);
    const before = this.shares.find(scope, call);
    if (before !== undefined) wrong(`takes its share of the ${scope} ${at}, as ${before.where} did${before.released === null ? '' : `; it was given back (${before.released.where})`}`);
    if (!this.asked.has(call)) wrong('takes a share, but nobody asked');
    const limits = (data['limits'] as Data[]).map(stated);
    for (const limit of limits) this.#checkStated(limit, scope, where, call, timeMs);
    for (const { counter, endMs, amount, refund, sliding } of onceEach(limits)) {
      this.counters.add({ counter, endMs, amount, refund, sliding }, call);
      this.shares.changed({ counter, sliding, endMs }, amount, { loggedMs, timeMs });
    }
    this.shares.put({ scope, call, where, loggedMs, limits, released: null });
  }

  #checkStated({ rule, name, counter, window, sliding, max, amount, refund, used, endMs }: Stated, scope: SharedScope, where: string, call: string, timeMs: number): void {
    const found = this.counters.usedOf(counter, { sliding, window }, timeMs);
    if (found !== used) this.findings.add('verdict-follows', `${where} finds ${counter} at ${textOf(used)}, the calls before it make ${textOf(found)}`, call);
    if (amount < 0n || found + amount > max) this.findings.add('within-limits', `${where} takes ${textOf(amount)} where ${counter} is at ${textOf(found)} of ${textOf(max)}`, call);
    const due = endOf({ sliding, window }, timeMs);
    if (endMs !== due) this.findings.add('verdict-follows', `${where} counts in the window of ${counter} that ends at ${endMs}, expected ${due}`, call);
    const isPublished = this.registry.hasLimit((limit) => limit.pointer === rule && limit.counter === name && limit.scope === scope && limit.sliding === sliding && limit.max === max
      && endOf(limit, timeMs) === due && [...limit.refund].sort().join() === [...refund].sort().join());
    if (!isPublished) this.findings.add('verdict-follows', `${where} takes of a limit ${rule} of ${textOf(max)} on ${counter}, which no policy has`, call);
  }

  #givenBack({ offset, loggedMs, timeMs, data }: Event): void {
    const [grantId, callId, scope, cause] = ['grant_id', 'call_id', 'scope', 'cause'].map((name) => data[name] as string) as [string, string, SharedScope, string];
    const call = History.key(grantId, callId);
    const where = `${this.#at(offset)}: call ${callId}`;
    const share = this.shares.find(scope, call);
    if (share !== undefined && share.released !== null) this.findings.add('shares-hold', `${where} gives back its share of the ${scope} again (${share.released.where})`, call);
    const due = onceEach(share?.released === null ? share.limits ?? [] : []).filter(({ endMs, refund }) => endMs > timeMs && (cause === 'refused' || cause === 'aborted' || refund.has(cause)));
    const recorded = chargesText((data['refunds'] as Data[]).map((one) => [one['counter'] as string, one['window_end_ms'] as number, amountOf(one['amount'] as string)]));
    if (recorded !== chargesText(due.map(({ counter, endMs, amount }) => [counter, endMs, amount]))) this.findings.add('shares-hold', `${where} gives back ${recorded}, something else follows`, call);
    for (const { counter, endMs, amount, refund, sliding } of due) {
      this.counters.giveBack({ counter, endMs, amount, refund, sliding }, call);
      this.shares.changed({ counter, sliding, endMs }, -amount, { loggedMs, timeMs });
    }
    const released = { where, loggedMs, cause };
    if (share === undefined) this.shares.put({ scope, call, where, loggedMs, limits: null, released });
    else share.released = released;
  }

  #at(offset: number): string {
    return `docket.decisions-${this.partition} at ${offset}`;
  }
}

function chargesText(charges: readonly (readonly [string, number, bigint])[]): string {
  return JSON.stringify(charges.map(([counter, endMs, amount]) => `${counter} ${endMs} ${textOf(amount)}`).sort());
}
