import type { CallToolResult, GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/sdk/types.js';

/** What the suite's scenarios find on a server of either era, as it describes it. */

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

export const text = (said: string): CallToolResult => ({ content: [{ type: 'text', text: said }] });
export const NOTHING = { type: 'object', properties: {} };
export const strings = (...names: string[]): object => ({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])), required: names });
/** Tools that answer with always the same. */
export const FIXED_TOOLS: Readonly<Record<string, { readonly inputSchema: object; readonly call: () => CallToolResult }>> = {
  test_simple_text: { inputSchema: NOTHING, call: () => text('This is a simple text response for testing.') },
  test_image_content: { inputSchema: NOTHING, call: () => ({ content: [{ type: 'image', data: PIXEL, mimeType: 'image/png' }] }) },
  test_audio_content: { inputSchema: NOTHING, call: () => ({ content: [{ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }] }) },
  test_embedded_resource: { inputSchema: NOTHING, call: () => ({ content: [{ type: 'resource', resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' } }] }) },
  test_multiple_content_types: {
    inputSchema: NOTHING,
    call: () => ({ content: [{ type: 'text', text: 'Multiple content types test:' }, { type: 'image', data: PIXEL, mimeType: 'image/png' }, { type: 'resource', resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' } }] }),
  },
  test_error_handling: { inputSchema: NOTHING, call: () => ({ ...text('This tool intentionally returns an error for testing'), isError: true }) },
  test_x_mcp_header: { inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, count: { type: 'integer', 'x-mcp-header': 'Count' } }, required: ['region'] }, call: () => text('done') },
  json_schema_2020_12_tool: {
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' }, contactMethod: { type: 'string', enum: ['phone', 'email'] }, phone: { type: 'string' }, email: { type: 'string' } }, additionalProperties: false,
      allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }], if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] }, then: { required: ['phone'] }, else: { required: ['email'] },
    },
    call: () => text('done'),
  },
};

const user = (content: GetPromptResult['messages'][number]['content']): GetPromptResult['messages'][number] => ({ role: 'user', content });
export const PROMPTS: Readonly<Record<string, { readonly needs: readonly string[]; readonly get: (args: Record<string, string>) => GetPromptResult }>> = {
  test_simple_prompt: { needs: [], get: () => ({ messages: [user({ type: 'text', text: 'This is a simple prompt for testing.' })] }) },
  test_prompt_with_arguments: { needs: ['arg1', 'arg2'], get: ({ arg1, arg2 }) => ({ messages: [user({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` })] }) },
  test_prompt_with_embedded_resource: { needs: ['resourceUri'], get: ({ resourceUri }) => ({ messages: [user({ type: 'resource', resource: { uri: resourceUri!, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } }), user({ type: 'text', text: 'Please process the embedded resource above.' })] }) },
  test_prompt_with_image: { needs: [], get: () => ({ messages: [user({ type: 'image', data: PIXEL, mimeType: 'image/png' }), user({ type: 'text', text: 'Please analyze the image above.' })] }) },
};

export const RESOURCES = [{ uri: 'test://static-text', name: 'text', mimeType: 'text/plain' }, { uri: 'test://static-binary', name: 'binary', mimeType: 'image/png' }, { uri: 'test://watched-resource', name: 'watched', mimeType: 'text/plain' }];
export const TEMPLATES = [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }];
export const COMPLETION = { values: ['paris', 'park', 'party'], total: 3, hasMore: false };

/** Undefined: there is no such resource. */
export function resource(uri: string): ReadResourceResult | undefined {
  const id = /^test:\/\/template\/(\w+)\/data$/.exec(uri)?.[1];
  if (id !== undefined) return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] };
  if (!RESOURCES.some((one) => one.uri === uri)) return undefined;
  return { contents: [uri === 'test://static-binary' ? { uri, mimeType: 'image/png', blob: PIXEL } : { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }] };
}

/** The list of tools as a server says it. */
export function listed(tools: Readonly<Record<string, { readonly inputSchema: object }>>): { name: string; description: string; inputSchema: { type: 'object' } }[] {
  return Object.entries(tools).map(([name, { inputSchema }]) => ({ name, description: `The suite's ${name}.`, inputSchema: inputSchema as { type: 'object' } }));
}

export function listedPrompts(): { name: string; description: string; arguments: { name: string; description: string; required: boolean }[] }[] {
  return Object.entries(PROMPTS).map(([name, { needs }]) => ({ name, description: `The suite's ${name}.`, arguments: needs.map((need) => ({ name: need, description: need, required: true })) }));
}
