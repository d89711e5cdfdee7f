import type { CallStep, Scenario, Step } from './case.js';
import { ACTION_NAMES } from './case.js';
import { type Mismatch, compare, compareDocument } from './compare.js';
import type { Action, Outcome, ScenarioDriver } from './driver.js';

/** Monday, 2026-11-23T10:00:30Z: when a case begins that does not say. */
export const START_MS = 1_795_428_030_000;

/** An action and when it is to happen. */
export interface Turn {
  readonly action: Action;
  readonly nowMs: number;
}

/** The first step of a case that came otherwise than expected. */
export interface Failure {
  /** From 1; 0 for what comes before the steps. */
  readonly step: number;
  readonly round: number;
  readonly line: number;
  readonly did: string;
  readonly mismatches: readonly Mismatch[];
  readonly outcome: Outcome;
}

export interface CaseResult {
  readonly failure: Failure | undefined;
  /** When it ended, on the clock it was played on. */
  readonly endMs: number;
}

interface Played {
  readonly shiftMs: number;
  readonly callIds: Map<string, string>;
  readonly approvals: Map<string, string>;
  nowMs: number;
  made: number;
}

/** Plays a case with a driver that answers at once. */
export function runCase(scenario: Scenario, driver: ScenarioDriver): CaseResult {
  const play = playCase(scenario);
  let next = play.next();
  while (next.done !== true) next = play.next(driver.perform(next.value.action, next.value.nowMs));
  return next.value;
}

/**
 * A case as a conversation: yields what is to be done, takes what came of it, ends at the first step that came otherwise.
 * So a driver may answer at once or later. `shiftMs` plays it at another time: what the case expects is shifted with it.
 */
export function* playCase(scenario: Scenario, shiftMs = 0): Generator<Turn, CaseResult, Outcome> {
  const played: Played = { shiftMs, callIds: new Map(), approvals: new Map(), nowMs: (scenario.at ?? START_MS) + shiftMs, made: 0 };
  const failure = scenario.steps === undefined ? yield* playDocument(scenario, played) : yield* playHistory(scenario, scenario.steps, played);
  return { failure, endMs: played.nowMs };
}

function* playDocument(scenario: Scenario, { nowMs }: Played): Generator<Turn, Failure | undefined, Outcome> {
  const text = scenario.text ?? scenario.document?.text ?? '';
  const outcome = yield { action: { type: 'document', text }, nowMs };
  const failed = (did: string, mismatches: readonly Mismatch[], came: Outcome): Failure | undefined =>
    (mismatches.length === 0 ? undefined : { step: 0, round: 1, line: scenario.line, did, mismatches, outcome: came });
  const first = failed('read the document', compareDocument(scenario, outcome), outcome);
  if (first !== undefined || outcome.normalised === undefined) return first;
  const again = yield { action: { type: 'document', text: outcome.normalised }, nowMs };
  const changed = again.normalised === outcome.normalised ? [] : [{ field: 'normalised', expected: outcome.normalised, came: again.normalised ?? 'problems' }];
  return failed('read its normal form', changed, again);
}

function* playHistory(scenario: Scenario, steps: readonly Step[], played: Played): Generator<Turn, Failure | undefined, Outcome> {
  for (const { action, did } of preparation(scenario, played)) {
    const outcome = yield { action, nowMs: played.nowMs };
    const mismatches = unexpected(outcome);
    if (mismatches.length > 0) return { step: 0, round: 1, line: scenario.line, did, mismatches, outcome };
  }
  for (const [i, step] of steps.entries()) {
    for (let round = 1; round <= step.times; round++) {
      const failed = (mismatches: readonly Mismatch[], outcome: Outcome): Failure => ({ step: i + 1, round, line: step.line, did: describeStep(step), mismatches, outcome });
      const fromMs = played.nowMs;
      played.nowMs = (step.at === undefined ? fromMs : step.at + played.shiftMs) + (step.wait ?? 0);
      if (played.nowMs < fromMs) return failed(backwards(fromMs - played.shiftMs, played.nowMs - played.shiftMs), {});
      const action = actionOf(step, played);
      if (action === undefined) continue;
      const outcome = yield { action, nowMs: played.nowMs };
      const mismatches = isUnexpected(outcome, step) ? unexpected(outcome) : compare(step.expect ?? {}, outcome, played);
      if (mismatches.length > 0) return failed(mismatches, outcome);
    }
  }
  return undefined;
}

/** Event time never runs backwards (design.md 2.5). */
function backwards(fromMs: number, toMs: number): Mismatch[] {
  return [{ field: 'clock', expected: `${new Date(fromMs).toISOString()} or later`, came: new Date(toMs).toISOString() }];
}

/** Also of a step that expects other things, which an error might happen to fit. */
function isUnexpected({ error }: Outcome, { expect }: Step): boolean {
  return error !== undefined && expect?.error === undefined && expect?.reason === undefined;
}

function unexpected({ error, reason, message, problems = [] }: Outcome): Mismatch[] {
  if (error === undefined) return [];
  return [
    { field: 'error', expected: 'none', came: `${error} ${reason ?? ''}: ${message ?? ''}` },
    ...problems.map(({ pointer, message: says }) => ({ field: pointer === '' ? '(document)' : pointer, expected: 'no problem', came: says })),
  ];
}

function preparation(scenario: Scenario, { shiftMs }: Played): { action: Action; did: string }[] {
  const text = scenario.policy_text ?? scenario.policy?.text;
  if (scenario.policy_file !== undefined && text === undefined) throw new Error(`the policy file ${scenario.policy_file} was not read`);
  const policies = [...(text === undefined ? [] : [['main', text] as const]), ...Object.entries(scenario.policies).map(([name, { text: other }]) => [name, other] as const)];
  const grants = Object.entries(scenario.grants ?? (namesSecondGrant(scenario) ? { g1: undefined, g2: undefined } : { g1: undefined }));
  return [
    ...policies.map(([policy, document]) => ({ action: { type: 'publish', policy, text: document } as const, did: `publish the policy ${policy}` })),
    ...grants.map(([grant, { policy, mode, expires_at } = { policy: text === undefined ? null : 'main', mode: 'enforce' as const, expires_at: undefined }]) => ({
      action: { type: 'grant', grant, policy, mode, expiresAtMs: expires_at === undefined ? undefined : expires_at + shiftMs } as const, did: `issue the grant ${grant}`,
    })),
  ];
}

/** Most cases need one grant, and a real one costs something to make. */
function namesSecondGrant({ steps = [] }: Scenario): boolean {
  return steps.some(({ call, settle, lookup, attach, revoke }) => [call?.grant, settle?.grant, lookup?.grant, attach?.grant, revoke].includes('g2'));
}

function actionOf(step: Step, played: Played): Action | undefined {
  const { call, settle, lookup, visible, publish, attach, revoke, approve, deny, withdraw, approval } = step;
  if (call !== undefined) return callAction(call, played);
  if (settle !== undefined) return { type: 'settle', grant: settle.grant, callId: namedId(settle.id, played), outcome: settle.outcome };
  if (lookup !== undefined) return { type: 'lookup', grant: lookup.grant, callId: namedId(lookup.id, played) };
  if (visible !== undefined) return { type: 'visible', names: visible };
  if (publish !== undefined) return { type: 'publish', policy: 'main', text: publish.text };
  if (attach !== undefined) return { type: 'attach', ...attach };
  if (revoke !== undefined) return { type: 'revoke', grant: revoke };
  if (step.restart === true) return { type: 'restart' };
  const resolved = (decision: 'approve' | 'deny' | 'withdraw' | 'get', { approval: name, by, comment = '' }: { approval: string; by: string; comment?: string }): Action =>
    ({ type: 'approval', decision, approvalId: played.approvals.get(name), by, comment });
  if (approve !== undefined) return resolved('approve', approve);
  if (deny !== undefined) return resolved('deny', deny);
  if (withdraw !== undefined) return resolved('withdraw', withdraw);
  return approval === undefined ? undefined : resolved('get', approval);
}

function callAction(call: CallStep, played: Played): Action {
  const { id, id_at, logical, arguments: args, arguments_text, dry_run, ...given } = call;
  return {
    type: 'call', ...given,
    callId: id === undefined ? newId(played, id_at === undefined ? played.nowMs : id_at + played.shiftMs) : namedId(id, played),
    logicalCallId: logical === undefined ? '' : namedId(logical, played),
    argumentsText: arguments_text ?? args?.text ?? '',
    dryRun: dry_run,
    server: given.server, secret: given.secret,
  };
}

/** A name stands for one id, made when it is first used. */
function namedId(name: string, played: Played): string {
  const id = played.callIds.get(name) ?? newId(played, played.nowMs);
  played.callIds.set(name, id);
  return id;
}

/** A UUID version 7 of the given time, another one each time. */
function newId(played: Played, timeMs: number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${(++played.made).toString(16).padStart(12, '0')}`;
}

/** `call create_charge {"amount":600}, session s1` */
function describeStep(step: Step): string {
  const { call } = step;
  if (call !== undefined) {
    const more = [['grant', call.grant === 'g1' ? '' : call.grant], ['session', call.session], ['agent', call.agent], ['id', call.id ?? '']].filter(([, text]) => text !== '');
    const dry = call.dry_run ? ', dry run' : '';
    return `call ${call.tool}${shortly(call.arguments_text ?? call.arguments?.text ?? '')}${more.map(([field, text]) => `, ${field} ${text}`).join('')}${dry}`;
  }
  const action = ACTION_NAMES.find((one) => step[one] !== undefined) ?? 'wait';
  const subject = step.settle ?? step.lookup ?? step.approve ?? step.deny ?? step.withdraw ?? step.approval ?? step.attach;
  const words = subject === undefined ? (step.visible ?? [step.revoke ?? '']) : Object.values(subject);
  return [action, ...words.filter((word) => word !== '')].join(' ');
}

function shortly(text: string): string {
  return text === '' ? '' : ` ${text.length <= 120 ? text : `${text.slice(0, 120)}…`}`;
}
