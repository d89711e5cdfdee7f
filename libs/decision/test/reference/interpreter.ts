import { nextEdge, secondsOf, windowName, windowOf } from './calendar.js';
import { argumentAt, ruleHolds } from './conditions.js';
import { type J, get, identityOf, isList, isNum, units, unitsText } from './json.js';

/**
 * policy.md, read aloud: it keeps every call there ever was and works everything out from the beginning each time. Written
 * from the contract alone; it shares no code with what it judges.
 */
export interface Call {
  readonly id: string;
  readonly timeMs: number;
  readonly grant: string;
  readonly tool: string;
  readonly session: string;
  readonly agent: string;
  readonly principal: string;
  readonly args: J;
  /** The policy as it was, and whether it was only observed. */
  readonly policy: J;
  readonly observed: boolean;
}

interface PastCall extends Call {
  /** What the policy said. */
  readonly ruled: string;
  outcome?: string;
  /** Counters that have given its amount back. */
  readonly givenBack: Set<string>;
}

interface Approval {
  readonly id: string;
  /** What it is bound to. */
  readonly key: string;
  readonly expiresMs: number;
  readonly requesters: readonly string[];
  needed: number;
  readonly approvers: string[];
  denied: boolean;
  withdrawn: boolean;
  redeemed: boolean;
  /** When it was withdrawn or redeemed. */
  endedMs: number | undefined;
}

export interface Reading { readonly rule: string; readonly used: string; readonly remaining: string; readonly resetsAtMs: number; readonly refused: boolean }
export interface Ruling {
  readonly verdict: string;
  readonly rule: string;
  readonly retryAfterMs: number | null;
  readonly limits: readonly Reading[];
  readonly approval: { readonly id: string; readonly action: string; readonly needed: number; readonly expiresMs: number } | null;
}

interface Limit { readonly rule: string; readonly limit: J; readonly counter: string; readonly amount: bigint | undefined; readonly max: bigint }

const AMOUNT_MAX = units('1000000000000000');
const ENTRY_MAX = 100_000;
const REQUESTER = 'gateway-1';

export class Reference {
  readonly calls: PastCall[] = [];
  readonly approvals: Approval[] = [];

  /** What the policy says of a call now. */
  rule(call: Call, newApprovalId: string): Ruling {
    const { policy, tool, args } = call;
    if (policy === null) return denied('(no policy)');
    const hide = (get(policy, 'hide') ?? []) as readonly J[];
    if (hide.includes('*') || hide.includes(tool)) return denied('(hidden)');
    const entry = entryOf(policy, tool);
    if (entry === undefined && get(policy, 'default') === 'deny') return denied('(default deny)');
    const at = (kind: string, i: number): string => `/tools/${entry?.name}/${kind}/${i}`;
    const rules = (kind: string): readonly J[] => (entry === undefined ? [] : ((get(entry.rules, kind) ?? []) as readonly J[]));
    const unmet = rules('require').findIndex((rule) => !ruleHolds(rule, args, 'require'));
    if (unmet >= 0) return denied(at('require', unmet));
    const struck = rules('deny_if').findIndex((rule) => ruleHolds(rule, args, 'deny'));
    if (struck >= 0) return denied(at('deny_if', struck));
    const asking = rules('approve_if').map((rule, i) => ({ rule, at: at('approve_if', i) })).filter(({ rule }) => ruleHolds(rule, args, 'deny'));
    const asked = asking.length === 0 ? null : this.ask(call, asking.map(({ rule }) => rule), newApprovalId);
    if (asked?.action === 'denied') return { ...denied('(approval denied)'), approval: asked };
    if (asked !== null && asked.action !== 'redeemed') return { ...denied(asking[0]?.at ?? ''), verdict: 'APPROVAL_REQUIRED', approval: asked };
    return this.limit(call, limitsOf(call), asked);
  }

  /** Records what was ruled, as the event of the call does. */
  record(call: Call, ruling: Ruling): void {
    this.calls.push({ ...call, ruled: ruling.verdict, givenBack: new Set() });
    const { approval } = ruling;
    if (approval === null || (call.observed && approval.action === 'opened')) return;
    const known = this.approvals.find(({ id }) => id === approval.id);
    if (known === undefined) {
      const requesters = [REQUESTER, call.principal];
      this.approvals.push({ id: approval.id, key: keyOf(call), expiresMs: approval.expiresMs, requesters, needed: approval.needed, approvers: [], denied: false, withdrawn: false, redeemed: false, endedMs: undefined });
    } else if (approval.action === 'redeemed') {
      known.redeemed = true;
      known.endedMs = call.timeMs;
    } else if (approval.action === 'pending') known.needed = Math.max(known.needed, approval.needed);
  }

  settle(call: PastCall, outcome: string, nowMs: number): void {
    for (const one of limitsOf(call)) {
      const refund = get(one.limit, 'refund');
      const gives = (isList(refund) ? refund : ['not_sent']).includes(outcome.toLowerCase());
      if (gives && isInside(one.limit, call.timeMs, nowMs)) call.givenBack.add(one.counter);
    }
    call.outcome = outcome;
  }

  /** The state after it, `replayed`, or the reason of the refusal. */
  resolve(id: string, decision: 'approve' | 'deny' | 'withdraw', subject: string, nowMs: number): string {
    const approval = this.approvals.find((one) => one.id === id) as Approval;
    if (nowMs >= (approval.endedMs ?? approval.expiresMs) + 600_000) return 'APPROVAL_NOT_FOUND';
    const state = stateOf(approval, nowMs);
    if (state !== 'pending' && state !== 'approved') return `ended ${state}`;
    if (decision === 'deny') approval.denied = true;
    else if (decision === 'withdraw') {
      approval.withdrawn = true;
      approval.endedMs = nowMs;
    } else if (approval.approvers.includes(subject)) return 'replayed';
    else if (approval.requesters.includes(subject)) return 'OWN_REQUEST';
    else approval.approvers.push(subject);
    return stateOf(approval, nowMs);
  }

  private ask(call: Call, rules: readonly J[], newId: string): Ruling['approval'] {
    const number = (rule: J, key: string, absent: number): number => { const found = get(rule, key); return isNum(found) ? Number(found.num) : absent; };
    const needed = Math.max(...rules.map((rule) => number(rule, 'approvals', 1)));
    const timeoutMs = Number(/^\d+/.exec(String(get(rules[0], 'timeout') ?? '15m'))?.[0]) * 60_000;
    const known = this.approvals.filter(({ key }) => key === keyOf(call)).map((approval) => ({ approval, state: stateOf(approval, call.timeMs) }));
    const live = known.find(({ approval, state }) => state === 'pending' || state === 'approved' || (state === 'denied' && call.timeMs < approval.expiresMs));
    if (live === undefined) return { id: newId, action: 'opened', needed, expiresMs: call.timeMs + timeoutMs };
    const { approval, state } = live;
    const most = Math.max(needed, approval.needed);
    const action = state === 'denied' ? 'denied' : approval.approvers.length >= most ? 'redeemed' : 'pending';
    return { id: approval.id, action, needed: most, expiresMs: approval.expiresMs };
  }

  private limit(call: Call, limits: readonly Limit[], asked: Ruling['approval']): Ruling {
    const judged = limits.map((one) => ({ ...one, used: this.used(one, call.timeMs), untilMs: this.refusedUntil(one, call.timeMs) }));
    const never = judged.find(({ amount, max }) => amount === undefined || amount > max);
    const refusing = judged.filter(({ amount, max, untilMs }) => amount === undefined || amount > max || untilMs > 0);
    const allowed = refusing.length === 0;
    const readings = judged.map((one) => reading(one, allowed, refusing.includes(one), this.lastLeave(one, call.timeMs), call.timeMs));
    if (never !== undefined) return { ...denied(never.amount === undefined ? '(invalid amount)' : never.rule), limits: readings };
    if (allowed) return { verdict: 'ALLOW', rule: '', retryAfterMs: null, limits: readings, approval: asked };
    const untilMs = Math.max(...refusing.map((one) => one.untilMs));
    return { verdict: 'RATE_LIMITED', rule: refusing[0]?.rule ?? '', retryAfterMs: untilMs - call.timeMs, limits: readings, approval: null };
  }

  /** Calls that count on this counter at a time, oldest first. */
  private counted({ counter, limit }: Limit, nowMs: number): { timeMs: number; amount: bigint }[] {
    return this.calls.flatMap((past) => {
      const one = past.ruled === 'ALLOW' ? limitsOf(past).find((other) => other.counter === counter) : undefined;
      if (one === undefined || past.givenBack.has(counter) || past.timeMs > nowMs || !isInside(limit, past.timeMs, nowMs)) return [];
      return [{ timeMs: past.timeMs, amount: one.amount ?? 0n }];
    });
  }

  private used(one: Limit, nowMs: number): bigint {
    return this.counted(one, nowMs).reduce((sum, { amount }) => sum + amount, 0n);
  }

  /** When this limit would let the call pass if nothing else came; 0 if it does. */
  private refusedUntil(one: Limit, nowMs: number): number {
    const refuses = (atMs: number): boolean => {
      const counted = this.counted(one, nowMs).filter(({ timeMs }) => isInside(one.limit, timeMs, atMs));
      const used = counted.reduce((sum, { amount }) => sum + amount, 0n);
      return used + (one.amount ?? 0n) > one.max || (isSliding(one.limit) && counted.length >= ENTRY_MAX);
    };
    if (one.amount === undefined || one.amount > one.max || !refuses(nowMs)) return 0;
    if (!isSliding(one.limit)) return nextEdge(windowOfLimit(one.limit), nowMs);
    return this.counted(one, nowMs).map(({ timeMs }) => timeMs + lengthMs(one.limit)).find((leaveMs) => !refuses(leaveMs)) ?? NaN;
  }

  private lastLeave(one: Limit, nowMs: number): number {
    const last = this.counted(one, nowMs).at(-1);
    return last === undefined ? nowMs : last.timeMs + lengthMs(one.limit);
  }
}

function denied(rule: string): Ruling {
  return { verdict: 'DENY', rule, retryAfterMs: null, limits: [], approval: null };
}

function reading(one: Limit & { used: bigint }, allowed: boolean, refused: boolean, lastLeaveMs: number, nowMs: number): Reading {
  const used = one.used + (allowed ? (one.amount ?? 0n) : 0n);
  const leaveMs = allowed ? nowMs + lengthMs(one.limit) : lastLeaveMs;
  const resetsAtMs = isSliding(one.limit) ? leaveMs : nextEdge(windowOfLimit(one.limit), nowMs);
  return { rule: one.rule, used: unitsText(used), remaining: unitsText(used > one.max ? 0n : one.max - used), resetsAtMs, refused };
}

/** The exact name, else the glob with most literal characters, ties by code-point order. */
function entryOf(policy: J, tool: string): { name: string; rules: J } | undefined {
  const tools = get(policy, 'tools');
  const names = typeof tools === 'object' && tools !== null && 'members' in tools ? tools.members.map(([name]) => name) : [];
  const literal = (name: string): number => name.replaceAll('*', '').length;
  const matching = names.filter((name) => name.includes('*') && new RegExp(`^${name.replaceAll('*', '.*')}$`, 'su').test(tool));
  const best = matching.sort((a, b) => literal(b) - literal(a) || (a < b ? -1 : 1))[0];
  const name = names.includes(tool) ? tool : best;
  return name === undefined ? undefined : { name, rules: get(tools, name) as J };
}

/** A call means the same to its limits whenever it is asked again. */
const known = new WeakMap<Call, readonly Limit[]>();

/** The tool's limits, then those of all tools, with what this call means to them. */
function limitsOf(call: Call): readonly Limit[] {
  const limits = known.get(call) ?? worked(call);
  known.set(call, limits);
  return limits;
}

function worked(call: Call): Limit[] {
  const entry = entryOf(call.policy, call.tool);
  const own = entry === undefined ? [] : ((get(entry.rules, 'limits') ?? []) as readonly J[]);
  const all = (get(get(call.policy, 'all_tools'), 'limits') ?? []) as readonly J[];
  return [
    ...own.map((limit, i) => limitOf(limit, `/tools/${entry?.name}/limits/${i}`, call)),
    ...all.map((limit, i) => limitOf(limit, `/all_tools/limits/${i}`, call)),
  ];
}

function limitOf(limit: J, rule: string, call: Call): Limit {
  const scope = get(limit, 'scope') ?? 'grant';
  // All grants of a history are for one server of one organisation.
  const isShared = scope === 'server' || scope === 'organisation';
  const key = [isShared ? '' : call.grant, scope === 'session' ? call.session : scope === 'agent' ? call.agent : ''];
  const counter = JSON.stringify([scope, key, get(limit, 'counter'), windowName(windowOfLimit(limit)), isSliding(limit)]);
  const max = get(limit, 'max');
  return { rule, limit, counter, amount: amountOf(limit, call.args), max: isNum(max) ? units(max.num) : 0n };
}

function amountOf(limit: J, args: J): bigint | undefined {
  const path = get(limit, 'increment_from');
  if (typeof path !== 'string') return units('1');
  const value = argumentAt(args, path);
  if (!isNum(value)) return undefined;
  const amount = units(value.num);
  return amount < 0n || amount > AMOUNT_MAX ? undefined : amount;
}

/** Whether what happened at one time still counts at another. */
function isInside(limit: J, thenMs: number, nowMs: number): boolean {
  return isSliding(limit) ? thenMs > nowMs - lengthMs(limit) : windowOf(windowOfLimit(limit), thenMs) === windowOf(windowOfLimit(limit), nowMs);
}

const windowOfLimit = (limit: J): J => get(limit, 'window') as J;
const isSliding = (limit: J): boolean => get(limit, 'sliding') === true;
const lengthMs = (limit: J): number => (secondsOf(windowOfLimit(limit)) ?? 0) * 1_000;
const keyOf = (call: Call): string => JSON.stringify([call.grant, call.tool, identityOf(call.args)]);

function stateOf(approval: Approval, nowMs: number): string {
  if (approval.redeemed) return 'redeemed';
  if (approval.denied) return 'denied';
  if (approval.withdrawn) return 'withdrawn';
  if (nowMs >= approval.expiresMs) return 'expired';
  return approval.approvers.length >= approval.needed ? 'approved' : 'pending';
}
