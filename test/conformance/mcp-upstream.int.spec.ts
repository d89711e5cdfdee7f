import { createRequire } from 'node:module';
import type { JsonObject } from '#mcp';
import { isObject, writeJson } from '#mcp';
import { httpServer, poolOf } from '../../apps/mcp-gateway/src/upstreams/fixtures/pool.fixture.js';
import { runScenario, type Played } from './suite.fixture.js';

/** Suites before 0.2 know nothing of 2026-07-28. */
const KNOWS_MODERN = !(createRequire(import.meta.url)('@modelcontextprotocol/conformance/package.json') as { version: string }).version.startsWith('0.1.');
const SCENARIOS = ['tools_call', ...(KNOWS_MODERN ? ['http-standard-headers', 'http-custom-headers', 'http-invalid-tool-headers', 'json-schema-ref-no-deref', 'request-metadata'] : [])];

interface ToolCall { readonly name: string; readonly arguments: JsonObject }

/** What an argument may be, for scenarios that say nothing of it. */
const anyOf = ({ type }: JsonObject): string | number => (type === 'number' || type === 'integer' ? 1 : 'any');

/** The gateway's own way to servers, as the client under test: looks at everything there is, and calls every tool that is left. */
async function lookAndCall({ serverUrl, context }: Played): Promise<void> {
  const fixture = poolOf({ tested: httpServer(serverUrl) });
  try {
    const listed = await fixture.call('tested', 'tools/list');
    const tools = ('result' in listed ? listed.result['tools'] : []) as unknown as readonly { readonly name: string; readonly inputSchema: JsonObject }[];
    const asked = (context as { readonly toolCalls?: readonly ToolCall[] }).toolCalls ?? tools.map(({ name, inputSchema: { properties } }) => ({ name, arguments: isObject(properties) ? Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, anyOf(schema as JsonObject)])) : {} }));
    for (const { name, arguments: args } of asked) await fixture.call('tested', 'tools/call', writeJson({ name, arguments: args }), { inputSchema: tools.find((tool) => tool.name === name)?.inputSchema ?? {} });
    for (const [list, read, key] of [['resources', 'resources/read', 'uri'], ['prompts', 'prompts/get', 'name']] as const) {
      const answer = await fixture.call('tested', `${list}/list`);
      const found = 'result' in answer ? answer.result[list] : undefined;
      for (const one of (Array.isArray(found) ? found : []) as readonly JsonObject[]) await fixture.call('tested', read, { [key]: one[key]! });
    }
  } finally {
    await fixture.close();
  }
}

test.each(SCENARIOS)('the official suite’s scenario for clients, %s, passes with the gateway as the client', async (scenario) => {
  const { exitCode, output } = await runScenario(scenario, lookAndCall);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringMatching(/Passed: \d+\/\d+, 0 failed|OVERALL: PASSED/) as string });
}, 300_000);
