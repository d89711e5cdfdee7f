import { DocketError, newCallId, Undecided } from '#client';
import type { DocketClient, Outcome } from '#client';
import type { HistoryFile } from '../history-file.js';
import type { Random } from '../random.js';
import type { Grant } from './administrator.js';
import { amountOf, TOOLS } from './policies.js';

/** Of a call, at random: shorter than a decider waits for the log, so that nobody knows what became of it; or long enough to be told after all. */
const DEADLINES_MS = [4_000, 12_000];
const SETTLE_MS = 4_000;
/** Ids are remembered for ten minutes; what nobody could answer until then is left as unknown. */
const REPEAT_FOR_MS = 300_000;
const REPEATED_MAX = 200;
/** Longer than most windows: what is settled then has nothing left to give back. */
const SETTLED_WITHIN_MS = 30_000;

interface Call {
  readonly grant: string;
  readonly callId: string;
  readonly tool: string;
  readonly session: string;
  readonly agent: string;
  readonly amount: string;
  readonly bornMs: number;
}

/** One caller, of one grant: asks, repeats some ids, settles some calls, and writes down all that it is told. */
export class Caller {
  /** Known to be answered, to be asked about again: the same must come. */
  readonly #known: Call[] = [];
  /** Nobody knows what became of them. */
  readonly #open: Call[] = [];
  /** Allowed, and settled when it is time. */
  readonly #unsettled: { readonly call: Call; readonly dueMs: number }[] = [];
  #isOver = false;
  isRevoked = false;

  constructor(readonly grant: Grant, private readonly docket: DocketClient, private readonly history: HistoryFile, private readonly random: Random, private readonly pauseMs: number, private readonly answered: () => void) {}

  /** Until `stop`; then once more about every call whose fate is unknown, until it is known. */
  async run(): Promise<void> {
    while (!this.#isOver && !this.isRevoked) {
      await this.#one();
      await new Promise((resolve) => setTimeout(resolve, this.random.whole(0, 2 * this.pauseMs)));
    }
    while (this.#open.length > 0 && !this.isRevoked) await this.#ask(this.#open.shift()!);
  }

  stop(): void {
    this.#isOver = true;
  }

  async #one(): Promise<void> {
    const due = this.#unsettled.findIndex(({ dueMs }) => dueMs <= Date.now());
    if (due >= 0) return this.#settle(this.#unsettled.splice(due, 1)[0]!.call);
    if (this.#open.length > 0 && this.random.chance(0.5)) return this.#ask(this.#open.shift()!);
    if (this.#known.length > 0 && this.random.chance(0.1)) return this.#ask(this.random.pick(this.#known));
    const { random } = this;
    await this.#ask({
      grant: this.grant.id, callId: newCallId(), tool: random.chance(0.1) ? random.pick(TOOLS) : random.pick(TOOLS.slice(0, 3)), session: `s-${random.whole(1, 3)}`, agent: `agent-${random.whole(1, 2)}`,
      amount: amountOf(random), bornMs: Date.now(),
    });
  }

  async #ask(call: Call): Promise<void> {
    const { grant, callId, tool, session, agent, amount, bornMs } = call;
    const isNew = !this.#known.includes(call);
    this.history.write({ kind: 'asked', grant, call_id: callId, tool, session, agent, amount });
    try {
      const { verdict, rule, replayed, receipt, policyVersion, decidedAt } = await this.docket.decide({ grant, callId, tool, sessionId: session, agent, arguments: `{"amount":${amount}}` }, { deadlineMs: this.random.pick(DEADLINES_MS) });
      this.history.write({ kind: 'answered', grant, call_id: callId, verdict, rule, replayed, policy_version: policyVersion, decided_at_ms: decidedAt.getTime(), receipt });
      this.answered();
      if (isNew) this.#remember(call);
      if (!isNew || verdict !== 'ALLOW' || !this.random.chance(0.25)) return;
      if (this.random.chance(0.5)) await this.#settle(call);
      else this.#unsettled.push({ call, dueMs: Date.now() + this.random.whole(0, SETTLED_WITHIN_MS) });
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      this.history.write({ kind: 'undecided', grant, call_id: callId, outcome: error.outcome, reason: error.reason });
      if (error.kind === 'permission_denied' || error.kind === 'unauthenticated') this.isRevoked = true;
      // Some of those that were not decided are never asked again: they must not turn up in the log.
      const asksAgain = error.outcome === 'unknown' ? error.mayRepeat : error.mayRepeat && this.random.chance(0.5);
      if (isNew && asksAgain && Date.now() - bornMs < REPEAT_FOR_MS) this.#open.push(call);
    }
  }

  async #settle(call: Call): Promise<void> {
    const { grant, callId } = call;
    const outcome: Outcome = this.random.pick(['NOT_SENT', 'SUCCEEDED', 'FAILED']);
    // A call that is settled as not sent cannot be asked about again.
    if (outcome === 'NOT_SENT' && this.#known.includes(call)) this.#known.splice(this.#known.indexOf(call), 1);
    try {
      const settled = await this.docket.settle({ grant, callId, outcome }, { deadlineMs: SETTLE_MS });
      this.history.write({ kind: 'settled', grant, call_id: callId, outcome: settled.outcome, receipt: settled.receipt });
    } catch (error) {
      // What became of it is in the log, or not: no promise rests on it.
      if (!(error instanceof DocketError)) throw error;
    }
  }

  #remember(call: Call): void {
    const oldest = this.#known[0];
    if (oldest !== undefined && (this.#known.length >= REPEATED_MAX || Date.now() - oldest.bornMs > REPEAT_FOR_MS)) this.#known.shift();
    this.#known.push(call);
  }
}
