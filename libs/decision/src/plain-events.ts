import { CALL_DECIDED, CALL_SETTLED, isAmount } from './events.js';
import type { CallDecided, CallSettled, Charge, DecisionEvent, LimitReading, Mode, Outcome, Verdict } from './model.js';
import { PlainText, isWholeNumber, literal } from './plain-text.js';

/**
 * Reads the data of a call or a settlement straight from its record's text, at a third of what parsing and decoding cost:
 * nearly all of a log is these two, written by our own `encode` without a character that needs an escape. `text` holds
 * the same ASCII bytes; the data begins at `from`, and one more `}` ends the record. Undefined if anything is written
 * otherwise, which says nothing about it: `decode` it. What it returns, `decode` would have returned.
 */
export function decodePlain(type: string, bytes: Uint8Array, text: string, from: number): DecisionEvent | undefined {
  plain.read(bytes, text, from);
  const event = type === CALL_DECIDED ? decided() : type === CALL_SETTLED ? settled() : undefined;
  return plain.isAt(bytes.length) ? event : undefined;
}

const plain = new PlainText();

function decided(): CallDecided {
  return {
    type: 'CallDecided',
    call_id: plain.string(L.callId),
    content: plain.string(L.content),
    grant_id: plain.string(L.grantId),
    organisation: plain.string(L.organisation),
    server_id: plain.string(L.serverId),
    tool: plain.string(L.tool),
    session_id: plain.string(L.sessionId),
    agent: plain.string(L.agent),
    principal: plain.string(L.principal),
    tool_definition_hash: plain.string(L.toolDefinitionHash),
    logical_call_id: plain.string(L.logicalCallId),
    arguments: { keys: keys(), hmac: plain.string(L.hmac), sealed: plain.string(L.sealed) },
    verdict: verdict(L.verdict),
    would_be: plain.isNull(L.wouldBeNull) ? null : wouldBe(),
    rule: plain.string(L.rule),
    message: plain.string(L.message),
    retry_after_ms: plain.isNull(L.retryAfter) ? null : plain.integer(L.retryAfter),
    charges: charges(),
    policy_id: plain.string(L.policyId),
    policy_version: plain.string(L.policyVersion),
    mode: mode(),
    actor: plain.string(L.actor),
    trace: plain.string(L.trace),
    limits: limits(),
    approval: null,
  };
}

/** One without refunds. */
function settled(): CallSettled {
  const call_id = plain.string(L.callId);
  const grant_id = plain.string(L.grantId);
  const outcome = outcomeOf();
  const logical_call_id = plain.string(L.logicalCallId);
  const actor = plain.string(L.noRefunds);
  plain.expect(L.end);
  return { type: 'CallSettled', call_id, grant_id, outcome, logical_call_id, refunds: NONE, refunded: NONE, actor };
}

const NONE: readonly never[] = [];

function keys(): string[] {
  const found: string[] = [];
  plain.expect(L.keys);
  if (plain.is(L.endOfKeys)) return found;
  do {
    found.push(plain.string(L.quote));
    plain.expect(L.quote);
  } while (plain.is(L.comma));
  plain.expect(L.endOfKeys);
  return found;
}

function verdict(before: Uint8Array): Verdict {
  plain.expect(before);
  // APPROVAL_REQUIRED comes with an approval, which is for `decode`.
  if (plain.is(L.ALLOW)) return 'ALLOW';
  if (plain.is(L.DENY)) return 'DENY';
  plain.expect(L.RATE_LIMITED);
  return 'RATE_LIMITED';
}

function wouldBe(): Verdict {
  plain.expect(L.wouldBe);
  return verdict(L.nothing);
}

function mode(): Mode {
  plain.expect(L.mode);
  if (plain.is(L.enforce)) return 'enforce';
  plain.expect(L.observe);
  return 'observe';
}

function outcomeOf(): Outcome {
  plain.expect(L.outcome);
  if (plain.is(L.SUCCEEDED)) return 'SUCCEEDED';
  if (plain.is(L.FAILED)) return 'FAILED';
  if (plain.is(L.NOT_SENT)) return 'NOT_SENT';
  plain.expect(L.UNKNOWN);
  return 'UNKNOWN';
}

function charges(): readonly Charge[] {
  plain.expect(L.charges);
  if (plain.is(L.endOfCharges)) return NONE;
  const found: Charge[] = [];
  do {
    found.push({ counter: counter(), window_end_ms: plain.integer(L.windowEnd), amount: amount(L.amount), refund: refund() });
  } while (plain.is(L.comma));
  plain.expect(L.endOfCharges);
  return found;
}

const counters = new Map<string, string>();
const COUNTERS_MAX = 50_000;
const WINDOW_END = '","window_end_ms":';

/** A counter's identity is JSON itself, so it is full of escapes; the same ones come again and again, and states keep them: one copy of each. */
function counter(): string {
  const raw = plain.raw(L.counterOfCharge, WINDOW_END);
  if (raw === undefined) return '';
  const known = counters.get(raw);
  if (known !== undefined) return known;
  const text = unescaped(raw);
  if (text === undefined) {
    plain.fail();
    return '';
  }
  if (counters.size >= COUNTERS_MAX) counters.clear();
  // Not the piece of the record, which would keep all of it.
  counters.set(JSON.stringify(text).slice(1, -1), text);
  return text;
}

/** Undefined unless it is spelled as JSON.stringify spells it. */
function unescaped(raw: string): string | undefined {
  const quoted = `"${raw}"`;
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === 'string' && JSON.stringify(text) === quoted ? text : undefined;
  } catch {
    return undefined;
  }
}

type Refund = Charge['refund'];

const NOT_SENT: Refund = ['not_sent'];
const NOT_SENT_OR_FAILED: Refund = ['not_sent', 'failed'];

function refund(): Refund {
  plain.expect(L.refund);
  if (plain.is(L.refundNotSent)) return NOT_SENT;
  if (plain.is(L.refundBoth)) return NOT_SENT_OR_FAILED;
  plain.expect(L.refundNone);
  return NONE;
}

function limits(): readonly LimitReading[] {
  plain.expect(L.limits);
  if (plain.is(L.endOfLimits)) return NONE;
  const found: LimitReading[] = [];
  do found.push(reading());
  while (plain.is(L.comma));
  plain.expect(L.endOfLimits);
  return found;
}

function reading(): LimitReading {
  const rule = plain.string(L.ruleOfReading);
  const name = plain.string(L.counter);
  const of = scope();
  const window = plain.string(L.window);
  plain.expect(L.quote);
  const sliding = plain.is(L.sliding);
  return {
    rule, counter: name, scope: of, window, sliding,
    limit: amount(L.limit), used: amount(L.used), remaining: amount(L.remaining), resets_at_ms: plain.integer(L.resetsAt), refused: refused(),
  };
}

function scope(): LimitReading['scope'] {
  plain.expect(L.scope);
  if (plain.is(L.grant)) return 'grant';
  if (plain.is(L.session)) return 'session';
  plain.expect(L.agentScope);
  return 'agent';
}

function refused(): boolean {
  plain.expect(L.refused);
  if (plain.is(L.no)) return false;
  plain.expect(L.yes);
  return true;
}

function amount(before: Uint8Array): string {
  const text = plain.string(before);
  if (!isWholeNumber(text) && !isAmount(text)) plain.fail();
  return text;
}

/** Strings end in front of their closing quote, so what follows one begins with it. */
const L = {
  nothing: literal(''),
  quote: literal('"'),
  comma: literal(','),
  callId: literal('{"call_id":"'),
  content: literal('","content":"'),
  grantId: literal('","grant_id":"'),
  organisation: literal('","organisation":"'),
  serverId: literal('","server_id":"'),
  tool: literal('","tool":"'),
  sessionId: literal('","session_id":"'),
  agent: literal('","agent":"'),
  principal: literal('","principal":"'),
  toolDefinitionHash: literal('","tool_definition_hash":"'),
  logicalCallId: literal('","logical_call_id":"'),
  keys: literal('","arguments":{"keys":['),
  endOfKeys: literal('],'),
  hmac: literal('"hmac":"'),
  sealed: literal('","sealed":"'),
  verdict: literal('"},"verdict":"'),
  ALLOW: literal('ALLOW"'),
  DENY: literal('DENY"'),
  RATE_LIMITED: literal('RATE_LIMITED"'),
  wouldBeNull: literal(',"would_be":'),
  wouldBe: literal(',"would_be":"'),
  rule: literal(',"rule":"'),
  message: literal('","message":"'),
  retryAfter: literal('","retry_after_ms":'),
  charges: literal(',"charges":['),
  counterOfCharge: literal('{"counter":"'),
  windowEnd: literal(WINDOW_END),
  amount: literal(',"amount":"'),
  refund: literal('","refund":['),
  refundNone: literal(']}'),
  refundNotSent: literal('"not_sent"]}'),
  refundBoth: literal('"not_sent","failed"]}'),
  endOfCharges: literal(']'),
  policyId: literal(',"policy_id":"'),
  policyVersion: literal('","policy_version":"'),
  mode: literal('","mode":"'),
  enforce: literal('enforce"'),
  observe: literal('observe"'),
  actor: literal(',"actor":"'),
  trace: literal('","trace":"'),
  limits: literal('","limits":['),
  endOfLimits: literal(']}}'),
  ruleOfReading: literal('{"rule":"'),
  counter: literal('","counter":"'),
  scope: literal('","scope":"'),
  grant: literal('grant"'),
  session: literal('session"'),
  agentScope: literal('agent"'),
  window: literal(',"window":"'),
  sliding: literal(',"sliding":true'),
  limit: literal(',"limit":"'),
  used: literal('","used":"'),
  remaining: literal('","remaining":"'),
  resetsAt: literal('","resets_at_ms":'),
  refused: literal(',"refused":'),
  no: literal('false}'),
  yes: literal('true}'),
  outcome: literal('","outcome":"'),
  SUCCEEDED: literal('SUCCEEDED'),
  FAILED: literal('FAILED'),
  NOT_SENT: literal('NOT_SENT'),
  UNKNOWN: literal('UNKNOWN'),
  noRefunds: literal('","refunds":[],"refunded":[],"actor":"'),
  end: literal('"}}'),
} as const;
