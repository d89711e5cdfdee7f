import fc from 'fast-check';
import { isForUs, upstreamHeaders } from './passthrough.js';

const TOKEN = { name: 'access-token', value: 'partner-token' };
const HANDLE = `th_partner_${'a'.repeat(64)}`;
const STAND_IN = `si_partner_${'b'.repeat(66)}`;

test("the caller's own credential never goes upstream, whatever header it stands in", () => {
  const incoming = {
    Authorization: 'Bearer caller', 'Proxy-Authorization': 'Basic x', COOKIE: 'session=1', 'access-token': STAND_IN, 'api-secret': 's', 'X-API-Key': 'k', DPoP: 'proof', 'mcp-session-id': '1',
    'x-docket-grant': 'dg_x', 'x-note': `see dk_abc123`, 'x-grant': `dg_${'0'.repeat(32)}_secret`, 'x-handle': HANDLE, 'x-stand-in': `token ${STAND_IN}`,
    host: 'gateway', connection: 'keep-alive', 'content-length': '10', 'content-type': 'application/json', accept: '*/*', 'x-request-id': '7',
  };
  expect(upstreamHeaders(incoming, TOKEN)).toEqual({ 'content-type': 'application/json', accept: '*/*', 'x-request-id': '7', 'access-token': 'partner-token' });
});

test('the token stands in the one place that the partner wants, whatever the caller had there', () => {
  fc.assert(fc.property(fc.dictionary(fc.constantFrom('Authorization', 'authorization', 'AUTHORIZATION', 'accept'), fc.string()), (incoming) => {
    const sent = upstreamHeaders(incoming, { name: 'authorization', value: 'Bearer ours' });
    expect(Object.entries(sent).filter(([name]) => name.toLowerCase() === 'authorization')).toEqual([['authorization', 'Bearer ours']]);
  }));
});

test.each<[unknown, boolean]>([
  ['https://gateway.example.com/mcp', true], ['https://gateway.example.com/mcp/', true], [['https://other.example.com', 'https://gateway.example.com/mcp'], true],
  ['https://gateway.example.com', false], ['https://gateway.example.com/mcp/other', false], ['https://other.example.com/mcp', false], [[], false], [undefined, false], [null, false], ['', false], [42, false], [{ 0: 'x' }, false],
])('a token with audience %j was issued for us: %s', (audience, isOurs) => {
  expect(isForUs(audience, 'https://gateway.example.com/mcp')).toBe(isOurs);
});

test('without a resource of our own nobody is for us', () => {
  expect(isForUs('', '')).toBe(false);
});
