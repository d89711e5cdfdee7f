import { CallsWorld } from './fixtures/calls.fixture.js';

let world: CallsWorld;
beforeEach(() => { world = new CallsWorld(); });
afterEach(() => world.handler.stop());
const SCHEMA = { inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, count: { type: 'integer', 'x-mcp-header': 'Count' } } } };

test.each([
  ['is missing', {}, 'the header Mcp-Param-Region is missing'],
  ['says another thing', { 'mcp-param-region': 'us' }, 'the header Mcp-Param-Region and the argument that it mirrors differ'],
  ['is no base64', { 'mcp-param-region': '=?base64?!?=' }, 'the header Mcp-Param-Region is not valid base64 of UTF-8'],
])('an argument whose mirrored header %s is refused before anything is decided (H4)', async (_, paramHeaders, message) => {
  world.pin('deploy', {}, SCHEMA);
  expect(await world.call('deploy', { region: 'eu' }, world.exchange({ paramHeaders }))).toEqual({ error: { code: -32020, message } });
  expect([world.decided, world.sent]).toEqual([[], []]);
  world.hidden.add('deploy');
  expect(await world.call('deploy', { region: 'eu' }, world.exchange({ paramHeaders }))).toMatchObject({ error: { code: -32602, message: 'Unknown tool: deploy' } });
});

test('headers that agree, ones that no schema knows, and clients with sessions, who mirror nothing, go through', async () => {
  world.pin('deploy', {}, SCHEMA);
  const paramHeaders = { 'mcp-param-region': '=?base64?ZXU=?=', 'mcp-param-count': '42.0', 'mcp-param-other': 'x' };
  await world.call('deploy', { region: 'eu', count: 42 }, world.exchange({ paramHeaders }));
  await world.call('deploy', { region: 'eu', count: 42 }, world.exchange({ era: 'legacy' }));
  expect(world.sent.map(({ call }) => call.paramHeaders)).toEqual([paramHeaders, undefined]);
});
