import fc from 'fast-check';
import { DocketError } from '#errors';
import { type CallDecided, type DecisionState, decideInSteps, settleInSteps } from '#decision';
import { canonicalPolicyText, parsePolicy } from '#policy';
import { CALLER, GRANT, OTHER_GRANT, Partition } from '../src/fixtures/partition.js';
import { nextEdge } from './reference/calendar.js';
import { type Action, action, args, policy, start } from './reference/generate.js';
import { type Call, Reference, type Ruling } from './reference/interpreter.js';
import { type J, spell, unitsText, units } from './reference/json.js';

const GRANTS = [GRANT, OTHER_GRANT] as const;
/** A few seconds each on a machine of its own. */
const TIMEOUT_MS = 300_000;

interface History { readonly startMs: number; readonly policies: readonly J[]; readonly args: readonly J[]; readonly actions: readonly Action[] }
const history: fc.Arbitrary<History> = fc.record({
  startMs: start, policies: fc.array(policy, { minLength: 1, maxLength: 3 }), args: fc.array(args, { minLength: 1, maxLength: 3 }), actions: fc.array(action, { minLength: 1, maxLength: 60, size: 'max' }),
});

/** Plays a history on the core and on the reference at once, comparing every answer. */
class Play {
  readonly partition = new Partition();
  readonly reference = new Reference();
  readonly verdicts: string[] = [];
  private policy: J = null;
  private readonly observed = [false, false];

  constructor(private readonly history: History, private readonly resumes: boolean, private readonly respell = 0, private readonly normalises = false) {
    this.partition.nowMs = history.startMs;
    this.publish(0, 0);
    for (const grant_id of GRANTS) this.partition.grant({ grant_id });
    for (const one of history.actions) this.step(one);
  }

  private step(one: Action): void {
    const { partition } = this;
    switch (one.type) {
      case 'wait': partition.nowMs += one.ms; break;
      case 'edge': partition.nowMs = Math.max(partition.nowMs, nextEdge(one.window, partition.nowMs) + one.offsetMs); break;
      case 'publish': this.publish(one.which, one.style); break;
      case 'mode':
        this.observed[one.grant] = one.observed;
        partition.grant({ grant_id: GRANTS[one.grant] as string, mode: one.observed ? 'observe' : 'enforce' });
        break;
      case 'call': for (let i = 0; i < one.count; i++) this.call(one); break;
      case 'settle': this.settle(one); break;
      case 'repeat': this.repeat(one.which); break;
      case 'resolve': this.resolve(one); break;
      case 'resume': if (this.resumes) partition.state = partition.machine.restore(JSON.parse(partition.snapshotText())); break;
    }
  }

  private publish(which: number, style: number): void {
    this.policy = this.history.policies[which % this.history.policies.length] as J;
    const text = spell(this.policy, style + this.respell);
    this.partition.publishText(this.normalises ? normalised(text) : text);
  }

  private call({ tool, grant, session, agent, principal, args: which, style, dryRun }: Extract<Action, { type: 'call' }>): void {
    const value = this.history.args[which % this.history.args.length] as J;
    const call: Call = {
      id: this.partition.callId(), timeMs: this.partition.nowMs, grant: GRANTS[grant] as string, tool, session, agent, principal, args: value, policy: this.policy, observed: this.observed[grant] as boolean,
    };
    const command = this.partition.command({
      tool, grant: call.grant, session_id: session, agent, principal, call_id: call.id, argsText: spell(value, style + this.respell), dry_run: dryRun,
    });
    const ruling = this.reference.rule(call, command.approval_id);
    const before = dryRun ? this.partition.snapshotText() : '';
    const { event, steps } = this.partition.run(decideInSteps(command, []));
    compare(event, ruling, call.observed, dryRun);
    if (dryRun) {
      expect(steps.length).toBeGreaterThan(0);
      expect(this.partition.snapshotText()).toBe(before);
    } else this.reference.record(call, ruling);
    this.verdicts.push(`${event.verdict} ${event.rule} ${event.retry_after_ms}`);
  }

  private settle({ which, outcome }: Extract<Action, { type: 'settle' }>): void {
    const past = this.reference.calls[which % this.reference.calls.length];
    if (past === undefined) return;
    const refused = failureOf(() => this.partition.run(settleInSteps({ type: 'Settle', caller: CALLER, grant: { grant_id: past.grant, secret_hash: null }, call_id: past.id, call_id_time_ms: 0, outcome })));
    const allowed = past.observed || past.ruled === 'ALLOW';
    if (past.timeMs < this.partition.nowMs - 600_000) expect(refused).toBe('CALL_ID_TOO_OLD');
    else if (past.outcome !== undefined && past.outcome !== outcome && past.outcome !== 'UNKNOWN') expect(refused).toBe('CALL_ALREADY_SETTLED');
    else if (!allowed) expect(refused).toBe('CALL_NOT_ALLOWED');
    else {
      expect(refused).toBeUndefined();
      if (past.outcome !== outcome) this.reference.settle(past, past.ruled === 'ALLOW' ? outcome : 'UNKNOWN', this.partition.nowMs);
      past.outcome = outcome;
    }
  }

  private repeat(which: number): void {
    const past = this.reference.calls[which % this.reference.calls.length];
    if (past === undefined) return;
    const before = this.partition.log.length;
    const refused = failureOf(() => {
      const { event, replayed } = this.partition.run(decideInSteps(this.partition.command({ ...identity(past), call_id: past.id, argsText: spell(past.args, which) }), []));
      expect([event.would_be ?? event.verdict, replayed]).toEqual([past.ruled, true]);
    });
    const expected = past.timeMs < this.partition.nowMs - 600_000 ? 'CALL_ID_TOO_OLD' : past.outcome === 'NOT_SENT' ? 'CALL_NOT_SENT' : undefined;
    expect([refused, this.partition.log.length]).toEqual([expected, before]);
  }

  private resolve({ which, decision, subject }: Extract<Action, { type: 'resolve' }>): void {
    const approval = this.reference.approvals[which % this.reference.approvals.length];
    if (approval === undefined) return;
    const expected = this.reference.resolve(approval.id, decision, subject, this.partition.nowMs);
    let found: string;
    try {
      const reply = this.partition.resolve(approval.id, decision, subject);
      found = reply.replayed ? 'replayed' : reply.event.state;
    } catch (error) {
      if (!(error instanceof DocketError)) throw error;
      found = error.reason === 'APPROVAL_ENDED' ? `ended ${error.metadata['state']}` : error.reason;
    }
    // Repeating the decision that ended it is told as such to whoever made it.
    if (found === 'replayed' && expected.startsWith('ended')) expect([['deny', 'ended denied'], ['withdraw', 'ended withdrawn']]).toContainEqual([decision, expected]);
    else expect(found).toBe(expected);
  }
}

function normalised(text: string): string {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return canonicalPolicyText(parsed.policy);
}

const identity = (past: Call): object => ({ tool: past.tool, grant: past.grant, session_id: past.session, agent: past.agent, principal: past.principal });

function compare(event: CallDecided, ruling: Ruling, observed: boolean, dryRun: boolean): void {
  const found = {
    verdict: event.would_be ?? event.verdict,
    rule: event.rule,
    limits: event.limits.map(({ rule, used, remaining, resets_at_ms, refused }) => ({ rule, used, remaining, resetsAtMs: resets_at_ms, refused })),
  };
  const { verdict, rule, limits, retryAfterMs, approval } = ruling;
  expect(found).toEqual({ verdict, rule, limits: limits.map((one) => ({ ...one, used: plain(one.used), remaining: plain(one.remaining) })) });
  expect([event.verdict === 'ALLOW' || !observed, event.retry_after_ms]).toEqual([true, observed ? null : retryAfterMs]);
  const hidden = approval === null || (observed && approval.action === 'opened') || (dryRun && (approval.action === 'opened' || approval.action === 'redeemed'));
  if (hidden) expect(event.approval).toBeNull();
  else expect(event.approval).toMatchObject({ id: approval.id, action: approval.action, needed: approval.needed, expires_at_ms: approval.expiresMs });
}

/** The core writes what has more than 21 digits with an exponent; no sum of these tests has. */
const plain = (text: string): string => unitsText(units(text));

function failureOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof DocketError) return error.reason;
    throw error;
  }
}

test('the core agrees with a naive reading of the contract on every verdict, rule, limit, time and approval', () => {
  // Agreement means something only if everything happened.
  const kinds = ['ALLOW ', 'DENY (hidden)', 'DENY (default deny)', 'DENY (invalid amount)', 'DENY (approval denied)', 'DENY /tools/t/require/n', 'DENY /tools/t/deny_if/n',
    'DENY /tools/t/limits/n', 'APPROVAL_REQUIRED /tools/t/approve_if/n', 'RATE_LIMITED /tools/t/limits/n', 'RATE_LIMITED /all_tools/limits/n'];
  const seen = new Map<string, number>();
  const missing = (): string[] => kinds.filter((kind) => (seen.get(kind) ?? 0) < 2);
  // Some are rare: more histories, until each has come up twice.
  for (let round = 0; round === 0 || (missing().length > 0 && round < 20); round += 1) {
    fc.assert(fc.property(history, (one) => {
      for (const verdict of new Play(one, true).verdicts) {
        const kind = verdict.replace(/\d+/g, 'n').replace(/\/tools\/[^/]+/, '/tools/t').replace(/ \S+$/, '');
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
    }), { numRuns: 250 });
  }
  expect(missing()).toEqual([]);
}, TIMEOUT_MS);

test('the order of keys and the spelling of numbers and texts change no verdict and no wait', () => {
  fc.assert(fc.property(history, fc.integer({ min: 1, max: 59 }), (one, respell) => {
    expect(new Play(one, false, respell).verdicts).toEqual(new Play(one, false).verdicts);
  }), { numRuns: 60 });
}, TIMEOUT_MS);

test('a normalised document means what the written one does, and is its own normal form', () => {
  fc.assert(fc.property(history, (one) => {
    expect(new Play(one, false, 0, true).verdicts).toEqual(new Play(one, false).verdicts);
    for (const text of one.policies.map((document) => normalised(spell(document, 1)))) expect(normalised(text)).toBe(text);
  }), { numRuns: 40 });
}, TIMEOUT_MS);

test('every reader has the same state at the same offset: the owner, one from zero, one from a snapshot taken anywhere', () => {
  fc.assert(fc.property(history, fc.nat(), fc.boolean(), (one, at, resumes) => {
    const { partition } = new Play(one, resumes);
    const { machine, log } = partition;
    const resumeAt = at % (log.length + 1);
    const again = (state: DecisionState): DecisionState => machine.restore(JSON.parse(JSON.stringify(machine.snapshot(state))));
    let fromZero = machine.initialState();
    let resumed: DecisionState | undefined;
    for (const { encoded, offset, timeMs } of log) {
      if (offset === resumeAt) resumed = again(fromZero);
      const event = machine.decode(JSON.parse(encoded));
      fromZero = machine.evolve(fromZero, event, { offset, timeMs });
      if (resumed !== undefined) resumed = machine.evolve(resumed, event, { offset, timeMs });
    }
    const text = partition.snapshotText();
    expect(JSON.stringify(machine.snapshot(fromZero))).toBe(text);
    expect(JSON.stringify(machine.snapshot(resumed ?? again(fromZero)))).toBe(text);
  }), { numRuns: 80 });
}, TIMEOUT_MS);
