import fc from 'fast-check';
import { decodeHeaderValue, encodeHeaderValue, headerMismatch, paramHeadersOf, paramMismatch, parseJson, type JsonObject } from '#mcp';

const VERSION = '2026-07-28';
const read = (text: string): JsonObject => parseJson(text) as JsonObject;

test('any text can be carried in a header and read back, as ASCII that HTTP allows', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
    fc.pre(text.isWellFormed());
    const header = encodeHeaderValue(text);
    expect(header).toMatch(/^[\x20-\x7e\t]*$/);
    expect(header.trim()).toBe(header);
    expect(decodeHeaderValue(header)).toBe(text);
  }), { numRuns: 300 });
});

test.each([
  ['safe', 'safe'], ['  safe\t', 'safe'], ['=?base64?c2FmZQ==?=', 'safe'], ['=?base64?w6k=?=', 'é'], ['=?base64??=', ''], ['=?BASE64?c2FmZQ==?=', '=?BASE64?c2FmZQ==?='],
  ['=?base64?c2FmZQ?=', undefined], ['=?base64?c2F*ZQ==?=', undefined], ['=?base64?/w==?=', undefined],
])('the header value %j reads %j', (header, text) => {
  expect(decodeHeaderValue(header)).toBe(text);
});

test.each<[string, Record<string, string>, string | undefined]>([
  ['all agree', {}, undefined],
  ['the name is in base64', { name: '=?base64?c2FmZV90b29s?=' }, undefined],
  ['the version is missing', { version: '-' }, 'the header MCP-Protocol-Version is missing'],
  ['the version differs', { version: '2025-11-25' }, 'the header MCP-Protocol-Version and the protocol version in _meta differ'],
  ['the method is missing', { method: '-' }, 'the header Mcp-Method is missing'],
  ['the method differs in case', { method: 'Tools/Call' }, 'the header Mcp-Method and the method of the body differ'],
  ['the name is missing', { name: '-' }, 'the header Mcp-Name is missing: expected params.name'],
  ['the name differs', { name: 'drop_table' }, 'the header Mcp-Name and params.name differ'],
  ['the name differs in case', { name: 'Safe_tool' }, 'the header Mcp-Name and params.name differ'],
  ['the name is broken', { name: '=?base64?!?=' }, 'the header Mcp-Name is not valid base64 of UTF-8'],
])('header and body of a call, where %s', (_, changed, problem) => {
  const header = (name: string, value: string): string | undefined => (changed[name] === '-' ? undefined : changed[name] ?? value);
  const headers = { version: header('version', VERSION), method: header('method', 'tools/call'), name: header('name', 'safe_tool') };
  expect(headerMismatch(headers, 'tools/call', VERSION, { name: 'safe_tool' })).toBe(problem);
});

test.each([['resources/read', 'uri'], ['prompts/get', 'name'], ['tasks/get', 'taskId'], ['tasks/cancel', 'taskId']])('%s mirrors params.%s', (method, field) => {
  const headers = { version: VERSION, method, name: 'x' };
  expect(headerMismatch(headers, method, VERSION, { [field]: 'x' })).toBeUndefined();
  expect(headerMismatch(headers, method, VERSION, { [field]: 'y' })).toBe(`the header Mcp-Name and params.${field} differ`);
  expect(headerMismatch({ ...headers, name: undefined }, 'tools/list', VERSION, {})).toBe('the header Mcp-Method and the method of the body differ');
});

const SCHEMA = read('{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"deep":{"type":"object","properties":{"count":{"type":"integer","x-mcp-header":"Count"},"on":{"type":"boolean","x-mcp-header":"On"}}}}}');

test.each<[string, string, Record<string, string>, string | undefined]>([
  ['numbers compare by value', '{"deep":{"count":42}}', { 'mcp-param-count': '42.0' }, undefined],
  ['numbers of any length do', '{"deep":{"count":12345678901234567890}}', { 'mcp-param-count': '12345678901234567891' }, 'the header Mcp-Param-Count and the argument that it mirrors differ'],
  ['negative zero is zero', '{"deep":{"count":0}}', { 'mcp-param-count': '-0.0' }, undefined],
  ['0 is not 00.10', '{"deep":{"count":10}}', { 'mcp-param-count': '1' }, 'the header Mcp-Param-Count and the argument that it mirrors differ'],
  ['texts compare by case', '{"region":"EU"}', { 'mcp-param-region': 'eu' }, 'the header Mcp-Param-Region and the argument that it mirrors differ'],
  ['an argument without its header', '{"region":"EU"}', {}, 'the header Mcp-Param-Region is missing'],
  ['a header without its argument is ignored', '{"region":null}', { 'mcp-param-region': 'eu' }, undefined],
  ['a header that no schema knows is ignored', '{}', { 'mcp-param-other': 'x' }, undefined],
  ['a broken header', '{"region":"EU"}', { 'mcp-param-region': '=?base64?!?=' }, 'the header Mcp-Param-Region is not valid base64 of UTF-8'],
])('mirrored arguments: %s', (_, args, given, problem) => {
  const found = paramHeadersOf(SCHEMA);
  if (!found.valid) throw new Error(found.because);
  expect(paramMismatch(found.headers, read(args), given)).toBe(problem);
});
