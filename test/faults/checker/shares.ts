import { amountOf, textOf, windowNamed } from './amounts.js';
import type { Amount, Window } from './amounts.js';
import type { Recorded } from './decisions.js';
import type { Findings } from './findings.js';
import { CLOCK_MS } from './history.js';
import type { Asked } from './history.js';

export type SharedScope = 'server' | 'organisation';

/** One limit that many grants share, as a record states it for one call. */
export interface Stated {
  readonly rule: string;
  readonly name: string;
  readonly counter: string;
  readonly window: Window;
  readonly sliding: boolean;
  readonly max: Amount;
  readonly amount: Amount;
  readonly refund: ReadonlySet<string>;
  /** Before this call. */
  readonly used: Amount;
  readonly endMs: number;
}

/** What the decision of a call says that the partition of a scope answered. */
export interface ScopeAnswer { readonly scope: SharedScope; readonly key: string; readonly outcome: string; readonly limits: readonly Stated[] }

/** What one call took in one scope's partition, if anything; `released`: and what became of it. */
export interface Share {
  readonly scope: SharedScope;
  readonly call: string;
  readonly where: string;
  readonly loggedMs: number;
  readonly limits: readonly Stated[] | null;
  released: { readonly where: string; readonly loggedMs: number; readonly cause: string } | null;
}

interface Change {
  readonly loggedMs: number;
  readonly timeMs: number;
  readonly endMs: number;
  readonly amount: Amount;
  /** Of the counter, or of the fixed window, since its beginning. */
  readonly sum: Amount;
}

/** A node that was frozen may refuse by what it knew, until it looks at the log. It never lets pass by that. */
const STALE_MS = 15_000;

/** Reads one entry of `limits` in a QuotaReserved, or in `scoped` of a CallDecided. */
export function stated(limit: Readonly<Record<string, unknown>>): Stated {
  const text = (name: string): string => limit[name] as string;
  return {
    rule: text('rule'), name: text('name'), counter: text('counter'), window: windowNamed(text('window')), sliding: limit['sliding'] as boolean, max: amountOf(text('limit')), amount: amountOf(text('amount')),
    refund: new Set(limit['refund'] as string[]), used: amountOf(text('used')), endMs: limit['window_end_ms'] as number,
  };
}

/** All that concerns several partitions: who took what of what many grants share, who gave it back, and which ids were ended. */
export class Shares {
  readonly #shares = new Map<string, Share>();
  readonly #ended = new Map<string, { readonly where: string; readonly loggedMs: number }>();
  readonly #changes = new Map<string, Change[]>();

  get taken(): number {
    return [...this.#shares.values()].filter(({ limits }) => limits !== null).length;
  }

  get givenBack(): number {
    return [...this.#shares.values()].filter(({ limits, released }) => limits !== null && released !== null).length;
  }

  get endedIds(): number {
    return this.#ended.size;
  }

  find(scope: SharedScope, call: string): Share | undefined {
    return this.#shares.get(`${scope} ${call}`);
  }

  put(share: Share): void {
    this.#shares.set(`${share.scope} ${share.call}`, share);
  }

  end(call: string, where: string, loggedMs: number): void {
    this.#ended.set(call, { where, loggedMs });
  }

  /** A counter went up, or down. */
  changed({ counter, sliding, endMs }: Pick<Stated, 'counter' | 'sliding' | 'endMs'>, amount: Amount, { loggedMs, timeMs }: { readonly loggedMs: number; readonly timeMs: number }): void {
    const key = sliding ? counter : `${counter} ${endMs}`;
    const changes = this.#changes.get(key) ?? [];
    changes.push({ loggedMs, timeMs, endMs, amount, sum: (changes.at(-1)?.sum ?? 0n) + amount });
    this.#changes.set(key, changes);
  }

  /** When everything is read: what calls rest on is there, and what was given back is nobody's. */
  check(recorded: ReadonlyMap<string, Recorded>, asked: ReadonlyMap<string, Asked>, findings: Findings): void {
    for (const [call, one] of recorded) for (const answer of one.scoped) this.#rests(call, one, answer, asked.get(call)?.firstAskedMs ?? one.loggedMs, findings);
    for (const share of this.#shares.values()) this.#givenBack(share, recorded.get(share.call), findings);
    for (const [call, { where }] of this.#ended) {
      const one = recorded.get(call);
      if (one !== undefined) findings.add('shares-hold', `call ${one.callId} was ended (${where}), and decided all the same (offset ${one.offset})`, call);
    }
  }

  #rests(call: string, { callId, offset, verdict, loggedMs }: Recorded, { scope, outcome, limits }: ScopeAnswer, firstAskedMs: number, findings: Findings): void {
    const where = `call ${callId} (offset ${offset})`;
    const wrong = (what: string): void => findings.add('shares-hold', `${where} ${what}`, call);
    if (outcome === 'refused') {
      for (const limit of limits) {
        if (!this.#couldBe(limit, firstAskedMs - STALE_MS, loggedMs + CLOCK_MS)) findings.add('verdict-follows', `${where} was told that ${limit.counter} was at ${textOf(limit.used)}: it never was meanwhile`, call);
      }
      return;
    }
    // A reading is advisory: it may count what is not in the log yet, or never will be. That no verdict rests on it alone is judged with the verdicts.
    if (outcome === 'silent' || outcome === 'read') return;
    const share = this.find(scope, call);
    if (share === undefined || share.limits === null) return wrong(`rests on a share of its ${scope} that was never taken`);
    if (statedText(share.limits) !== statedText(limits)) wrong(`rests on ${statedText(limits)}, taken was ${statedText(share.limits)} (${share.where})`);
    if (share.loggedMs > loggedMs + CLOCK_MS) wrong(`was decided before its share was taken (${share.where})`);
    if (verdict === 'ALLOW' && outcome === 'held' && share.released !== null && !['not_sent', 'failed'].includes(share.released.cause)) wrong(`passes on a share that was given back (${share.released.where})`);
  }

  #givenBack({ scope, call, released }: Share, one: Recorded | undefined, findings: Findings): void {
    if (released === null) return;
    const { where, cause, loggedMs } = released;
    const wrong = (what: string): void => findings.add('shares-hold', `${where}: a share is given back as ${cause}, but ${what}`, call);
    const reason = cause === 'aborted' ? this.#ended.get(call) : cause === 'refused' ? one : one?.settled ?? undefined;
    if (reason === undefined) return wrong('nothing in the log says so of its call');
    if (loggedMs < reason.loggedMs - CLOCK_MS) wrong('before its call came to that');
    if (cause === 'refused' && one?.verdict === 'ALLOW' && one.scoped.some((answer) => answer.scope === scope && answer.outcome === 'held')) wrong('its call passes');
    if (cause !== 'aborted' && cause !== 'refused' && one?.settled?.outcome.toLowerCase() !== cause) wrong(`its call was settled as ${String(one?.settled?.outcome)}`);
  }

  /** Whether the counter stood so at any moment between these times of the log. */
  #couldBe({ counter, sliding, used, endMs }: Stated, sinceMs: number, untilMs: number): boolean {
    const changes = this.#changes.get(sliding ? counter : `${counter} ${endMs}`) ?? [];
    for (let known = 0; known <= changes.length; known += 1) {
      const [last, next] = [changes[known - 1], changes[known]];
      if (next !== undefined && next.loggedMs < sinceMs) continue;
      if (last !== undefined && last.loggedMs > untilMs) return false;
      if (sliding ? slidTo(changes, known, used) : (last?.sum ?? 0n) === used) return true;
    }
    return false;
  }
}

/** Whether what these first changes leave in a sliding window was at some moment so much, until the next of them. */
function slidTo(changes: readonly Change[], known: number, used: Amount): boolean {
  const [fromMs, toMs] = [changes[known - 1]?.timeMs ?? 0, changes[known]?.timeMs ?? Infinity];
  const inside: Change[] = [];
  // What came before an entry that has left has left, too.
  for (let i = known - 1; i >= 0 && (changes[i]!.amount < 0n || changes[i]!.endMs > fromMs); i -= 1) inside.push(changes[i]!);
  const moments = [fromMs, ...inside.map(({ endMs }) => endMs).filter((ms) => ms > fromMs && ms <= toMs)];
  return moments.some((ms) => inside.reduce((sum, { endMs, amount }) => (endMs > ms ? sum + amount : sum), 0n) === used);
}

/** One limit for each counter: a call adds once to it, however many limits are on it. */
export function onceEach(limits: readonly Stated[]): readonly Stated[] {
  return limits.filter(({ counter }, i) => limits.findIndex((one) => one.counter === counter) === i);
}

function statedText(limits: readonly Stated[]): string {
  return JSON.stringify(limits.map(({ counter, max, amount, used, endMs }) => `${counter} ${textOf(used)}+${textOf(amount)}/${textOf(max)} ${endMs}`).sort());
}
