import { createLogger } from '#platform';
import type { JsonObject } from '#mcp';
import { CallsWorld, textOf } from './fixtures/calls.fixture.js';
import { ToolObserver } from './tool-observer.js';

describe('the name of a tool', () => {
  it.each(['', 'a b', 'a/b', 'prompts/get', 'ü', 'a\u200b', 'x'.repeat(129), '(hidden)'])('that is none, %j, is nobody’s: nothing is decided or called', async (name) => {
    const world = new CallsWorld();
    world.pin(name);
    expect(await world.call(name)).toEqual({ error: { code: -32602, message: `Unknown tool: ${name.slice(0, 128)}` } });
    expect([world.decided, world.sent]).toEqual([[], []]);
  });

  it('counts with its case, at any length up to 128', async () => {
    const world = new CallsWorld();
    const long = 'Az0_.-'.padEnd(128, 'x');
    world.pin('pay');
    world.pin(long);
    expect(await world.call('Pay')).toEqual({ error: { code: -32602, message: 'Unknown tool: Pay' } });
    expect([textOf(await world.call('pay')), textOf(await world.call(long))]).toEqual(['done', 'done']);
    expect(world.sent.map(({ params }) => params['name'])).toEqual(['pay', long]);
  });

  it('that the gateway answers itself is protected: a server’s tool of that name is never called', async () => {
    const world = new CallsWorld();
    world.pin('refresh_access_token');
    expect(textOf(await world.call('refresh_access_token'))).toContain('si_partner_x');
    expect(world.sent).toEqual([]);
  });

  it('that a server lists twice reaches the pins twice, which then hold both; what is no tool at all does not', async () => {
    const seen: (readonly JsonObject[])[] = [];
    const tools = [{ name: 'pay', inputSchema: {} }, { name: 'look', inputSchema: {} }, { name: 'pay', description: 'another', inputSchema: {} }, 'text', { name: 7 }, { name: 'b b' }];
    const upstream = { describe: async () => ({ capabilities: { tools: {} } }), request: async () => ({ outcome: 'answered', result: { tools } }) };
    const observer = new ToolObserver({
      serverIds: ['shop'], upstreams: { of: async () => upstream, onChanged: () => () => undefined } as never, pins: { observed: async (_: string, definitions: readonly JsonObject[]) => void seen.push(definitions) }, logger: createLogger({ level: 'silent', app: 'spec' }),
    });
    await observer.look('shop');
    expect(seen).toEqual([tools.slice(0, 3)]);
  });
});
