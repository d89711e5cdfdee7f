import fc from 'fast-check';
import { intersection, isLegacyHeaderVersion, MessageError, modernErrorCode, negotiatedVersion, parseJson, readMessage, RPC } from '#mcp';

test('a modern client is never sent a code that the specification reserves, but for the three it defines (R1, R2)', () => {
  fc.assert(fc.property(fc.oneof(fc.integer({ min: -33000, max: -31900 }), fc.integer(), fc.constantFrom(-32002, -32042, -32001, -32020, -32021, -32022, NaN, 1.5)), (code) => {
    const sent = modernErrorCode(code);
    expect(Number.isSafeInteger(sent)).toBe(true);
    const isReserved = sent >= -32768 && sent <= -32000;
    expect(!isReserved || [-32700, -32600, -32601, -32602, -32603, -32020, -32021].includes(sent)).toBe(true);
    if (!isReserved) expect(sent).toBe(code);
  }), { numRuns: 2_000 });
  expect(modernErrorCode(-32002)).toBe(-32602);
  expect(modernErrorCode(-32042)).toBe(-32603);
});

test('every code of ours lies outside of what JSON-RPC and MCP reserve, but for those that they define', () => {
  const defined = [-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022];
  const own = Object.values(RPC).filter((code) => !defined.includes(code));
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter((code) => code >= -32768 && code <= -32000)).toEqual([]);
});

test.each([['2025-11-25', '2025-11-25'], ['2025-06-18', '2025-06-18'], ['2025-03-26', '2025-11-25'], ['2099-01-01', '2025-11-25'], ['', '2025-11-25']])('initialize for %j is answered with %s', (asked, answered) => {
  expect(negotiatedVersion(asked)).toBe(answered);
});

test('a session may name any version that ever had sessions over this transport, and no other', () => {
  expect(['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28', '2024-11-05', ''].map(isLegacyHeaderVersion)).toEqual([true, true, true, false, false, false]);
});

test.each<[string, object]>([
  ['{"jsonrpc":"2.0","id":1,"method":"ping"}', { kind: 'request', id: 1, method: 'ping', params: {} }],
  ['{"jsonrpc":"2.0","id":"a","method":"x","params":{"_meta":{"k":1}}}', { kind: 'request', id: 'a', params: { _meta: { k: 1 } } }],
  ['{"jsonrpc":"2.0","method":"x"}', { kind: 'notification', method: 'x' }],
  ['{"jsonrpc":"2.0","id":1,"result":{}}', { kind: 'response', id: 1, answer: { result: {} } }],
  ['{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no","data":[1]}}', { kind: 'response', answer: { error: { code: -1, message: 'no', data: [1] } } }],
])('reads %s', (text, message) => {
  expect(readMessage(parseJson(text))).toMatchObject(message);
});

test.each([
  '[]', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', '1', 'null', '{}', '{"jsonrpc":"1.0","id":1,"method":"x"}', '{"jsonrpc":"2.0","id":null,"method":"x"}', '{"jsonrpc":"2.0","id":1.5,"method":"x"}',
  '{"jsonrpc":"2.0","id":12345678901234567890,"method":"x"}', '{"jsonrpc":"2.0","id":{},"method":"x"}', '{"jsonrpc":"2.0","id":1,"method":1}', '{"jsonrpc":"2.0","id":1,"method":""}', '{"jsonrpc":"2.0","id":1,"method":"x","params":[]}',
  '{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":1}}', '{"jsonrpc":"2.0","id":1,"method":"x","result":{}}', '{"jsonrpc":"2.0","id":1}', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', '{"jsonrpc":"2.0","id":1,"result":[]}',
  '{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"x"}}', `{"jsonrpc":"2.0","id":"${'x'.repeat(257)}","method":"x"}`, `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(129)}"}`,
])('refuses %s', (text) => {
  expect(() => readMessage(parseJson(text))).toThrow(MessageError);
});

test('only what both can do is advertised (E6)', () => {
  const ours = { tools: { listChanged: true }, prompts: {}, resources: { subscribe: true }, logging: {} };
  expect(intersection({ tools: { listChanged: true, future: 1 }, prompts: { listChanged: true }, completions: {}, resources: { subscribe: false }, logging: null }, ours)).toEqual({ tools: { listChanged: true }, prompts: { listChanged: true }, resources: {} });
  expect(intersection({}, ours)).toEqual({});
});
