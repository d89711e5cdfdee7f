import fc from 'fast-check';
import { decode, encode } from './events.js';
import type { CallDecided, CallSettled, DecisionEvent } from './model.js';
import { decodePlain } from './plain-events.js';

const plainText = fc.string({ unit: fc.constantFrom(...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((one) => one !== '"' && one !== '\\')), maxLength: 40 });
const anyText = fc.oneof(plainText, fc.string({ unit: 'binary', maxLength: 12 }));
const amount = fc.oneof(fc.nat().map(String), fc.constantFrom('0', '1', '-3', '0.5', '1234567890123456', '1e+30', '99999999999999999999'));
const timeMs = fc.integer({ min: 0, max: 4_102_444_800_000 });

const call = (text: fc.Arbitrary<string>): fc.Arbitrary<CallDecided> => fc.record({
  type: fc.constant('CallDecided' as const), call_id: text, content: text, grant_id: text, organisation: text, server_id: text, tool: text, session_id: text, agent: text, principal: text,
  tool_definition_hash: text, logical_call_id: text, arguments: fc.record({ keys: fc.array(text, { maxLength: 3 }), hmac: text, sealed: text }),
  verdict: fc.constantFrom('ALLOW' as const, 'DENY' as const, 'RATE_LIMITED' as const), would_be: fc.constantFrom(null, 'ALLOW' as const, 'DENY' as const, 'RATE_LIMITED' as const),
  rule: text, message: text, retry_after_ms: fc.option(timeMs),
  charges: fc.array(fc.record({
    counter: fc.oneof(fc.tuple(text, text).map((parts) => JSON.stringify([...parts, false])), text), window_end_ms: timeMs, amount,
    refund: fc.constantFrom([], ['not_sent' as const], ['not_sent' as const, 'failed' as const]),
  }), { maxLength: 3 }),
  policy_id: text, policy_version: text, mode: fc.constantFrom('enforce' as const, 'observe' as const), actor: text, trace: text,
  limits: fc.array(fc.record({
    rule: text, counter: text, scope: fc.constantFrom('grant' as const, 'session' as const, 'agent' as const), window: text, sliding: fc.boolean(), limit: amount, used: amount, remaining: amount,
    resets_at_ms: timeMs, refused: fc.boolean(),
  }), { maxLength: 3 }),
  approval: fc.constant(null),
});

const settlement = (text: fc.Arbitrary<string>): fc.Arbitrary<CallSettled> => fc.record({
  type: fc.constant('CallSettled' as const), call_id: text, grant_id: text, outcome: fc.constantFrom('SUCCEEDED' as const, 'FAILED' as const, 'NOT_SENT' as const, 'UNKNOWN' as const), logical_call_id: text,
  refunds: fc.constant([]), refunded: fc.constant([]), actor: text,
});

const BEFORE = '{"data":';

/** Its record's text, with data where the ledger puts it: at the end. */
function textOf(event: DecisionEvent): { readonly type: string; readonly text: string } {
  const { type, data } = encode(event);
  return { type, text: `${BEFORE}${JSON.stringify(data)}}` };
}

function readShort(type: string, text: string): DecisionEvent | undefined {
  return decodePlain(type, Buffer.from(text, 'latin1'), text, BEFORE.length);
}

function readLong(type: string, text: string): DecisionEvent | undefined {
  try {
    return decode({ type, subject: '', data: (JSON.parse(text) as { data: never }).data });
  } catch {
    return undefined;
  }
}

test('calls and settlements without a character that needs an escape are read the short way, as they were', () => {
  fc.assert(fc.property(fc.oneof(call(plainText), settlement(plainText)), (event) => {
    const { type, text } = textOf(event);
    expect(readShort(type, text)).toEqual(event);
  }), { numRuns: 500 });
});

test('whatever is written, the short way reads what the long one reads, or nothing', () => {
  let read = 0;
  fc.assert(fc.property(fc.oneof(call(anyText), settlement(anyText)), (event) => {
    const { type, text } = textOf(event);
    // Records that are not ASCII are not offered to it.
    if (!/^[\x00-\x7f]*$/.test(text)) return;
    const found = readShort(type, text);
    if (found !== undefined) read += 1;
    expect([undefined, JSON.stringify(readLong(type, text), sorted)]).toContain(found && JSON.stringify(found, sorted));
  }), { numRuns: 500 });
  expect(read).toBeGreaterThan(0);
});

test('of a text that was changed in any place, too', () => {
  const change = fc.record({ at: fc.nat(), length: fc.nat(2), to: fc.constantFrom(...'0123456789abcdef"\\{}[],: -.eE\n\t\u0000\u007f', '', '""', ',"', '00', 'null', 'true') });
  fc.assert(fc.property(fc.oneof(call(plainText), settlement(plainText)), fc.array(change, { minLength: 1, maxLength: 3 }), (event, changes) => {
    const { type, text: honest } = textOf(event);
    let text = honest;
    for (const { at, length, to } of changes) {
      const place = BEFORE.length + (at % (text.length - BEFORE.length + 1));
      text = text.slice(0, place) + to + text.slice(place + length);
    }
    const found = readShort(type, text);
    if (found !== undefined) expect(JSON.stringify(found, sorted)).toBe(JSON.stringify(readLong(type, text), sorted));
  }), { numRuns: 3_000 });
});

test('an event of another type, or cut anywhere, is not read the short way', () => {
  const [event] = fc.sample(call(plainText), 1) as [CallDecided];
  const { type, text } = textOf(event);
  expect(readShort('docket.decision.CallDecided.v2', text)).toBeUndefined();
  for (let length = BEFORE.length; length < text.length; length += 1) expect(readShort(type, text.slice(0, length))).toBeUndefined();
  expect(readShort(type, `${text} `)).toBeUndefined();
});

/** Keys in one order. */
function sorted(_: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
