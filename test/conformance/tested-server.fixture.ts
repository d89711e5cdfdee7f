import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema, type CallToolResult, CompleteRequestSchema, type ElicitRequestFormParams, GetPromptRequestSchema, type GetPromptResult, isInitializeRequest, ListPromptsRequestSchema, ListResourcesRequestSchema, ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema, ReadResourceRequestSchema, SetLevelRequestSchema, SubscribeRequestSchema, UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

type Extra = Parameters<Parameters<Server['setRequestHandler']>[1]>[1];
type Call = (args: Record<string, unknown>, extra: Extra, server: Server) => Promise<CallToolResult> | CallToolResult;

const text = (said: string): CallToolResult => ({ content: [{ type: 'text', text: said }] });
const NOTHING = { type: 'object', properties: {} };
const strings = (...names: string[]): object => ({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])), required: names });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The tools that the suite's scenarios call, as it describes them. */
const TOOLS: Readonly<Record<string, { readonly inputSchema: object; readonly call: Call }>> = {
  test_simple_text: { inputSchema: NOTHING, call: () => text('This is a simple text response for testing.') },
  test_image_content: { inputSchema: NOTHING, call: () => ({ content: [{ type: 'image', data: PIXEL, mimeType: 'image/png' }] }) },
  test_audio_content: { inputSchema: NOTHING, call: () => ({ content: [{ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }] }) },
  test_embedded_resource: { inputSchema: NOTHING, call: () => ({ content: [{ type: 'resource', resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' } }] }) },
  test_multiple_content_types: {
    inputSchema: NOTHING,
    call: () => ({ content: [{ type: 'text', text: 'Multiple content types test:' }, { type: 'image', data: PIXEL, mimeType: 'image/png' }, { type: 'resource', resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' } }] }),
  },
  test_tool_with_logging: {
    inputSchema: NOTHING,
    call: async (_, extra) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
        await pause(50);
      }
      return text('done');
    },
  },
  test_error_handling: { inputSchema: NOTHING, call: () => ({ ...text('This tool intentionally returns an error for testing'), isError: true }) },
  test_tool_with_progress: {
    inputSchema: NOTHING,
    call: async (_, extra) => {
      const progressToken = extra._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
        await pause(50);
      }
      return text('done');
    },
  },
  test_sampling: {
    inputSchema: strings('prompt'),
    call: async ({ prompt }, extra, server) => {
      const answer = await server.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: String(prompt) } }], maxTokens: 100 }, { relatedRequestId: extra.requestId });
      return text(`LLM response: ${JSON.stringify(answer.content)}`);
    },
  },
  test_elicitation: { inputSchema: strings('message'), call: ({ message }, extra, server) => elicited(server, extra, String(message), { type: 'object', properties: { username: { type: 'string', description: 'User\'s response' }, email: { type: 'string', description: 'User\'s email address' } }, required: ['username', 'email'] }) },
  test_elicitation_sep1034_defaults: {
    inputSchema: NOTHING,
    call: (_, extra, server) => elicited(server, extra, 'Please check', {
      type: 'object',
      properties: {
        name: { type: 'string', default: 'John Doe' }, age: { type: 'integer', default: 30 }, score: { type: 'number', default: 95.5 }, status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' }, verified: { type: 'boolean', default: true },
      },
    }),
  },
  test_elicitation_sep1330_enums: {
    inputSchema: NOTHING,
    call: (_, extra, server) => elicited(server, extra, 'Please choose', {
      type: 'object',
      properties: {
        untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
        titledSingle: { type: 'string', oneOf: [{ const: 'value1', title: 'First Option' }, { const: 'value2', title: 'Second Option' }, { const: 'value3', title: 'Third Option' }] },
        legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
        untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
        titledMulti: { type: 'array', items: { anyOf: [{ const: 'value1', title: 'First Choice' }, { const: 'value2', title: 'Second Choice' }, { const: 'value3', title: 'Third Choice' }] } },
      },
    }),
  },
  test_reconnection: {
    inputSchema: NOTHING,
    call: async (_, extra) => {
      extra.closeSSEStream?.();
      await pause(100);
      return text('reconnected');
    },
  },
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

async function elicited(server: Server, extra: Extra, message: string, requestedSchema: ElicitRequestFormParams['requestedSchema']): Promise<CallToolResult> {
  const { action, content } = await server.elicitInput({ message, requestedSchema }, { relatedRequestId: extra.requestId });
  return text(`User response: action=${action}, content=${JSON.stringify(content)}`);
}

const user = (content: GetPromptResult['messages'][number]['content']): GetPromptResult['messages'][number] => ({ role: 'user', content });
const PROMPTS: Readonly<Record<string, { readonly needs: readonly string[]; readonly get: (args: Record<string, string>) => GetPromptResult }>> = {
  test_simple_prompt: { needs: [], get: () => ({ messages: [user({ type: 'text', text: 'This is a simple prompt for testing.' })] }) },
  test_prompt_with_arguments: { needs: ['arg1', 'arg2'], get: ({ arg1, arg2 }) => ({ messages: [user({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` })] }) },
  test_prompt_with_embedded_resource: { needs: ['resourceUri'], get: ({ resourceUri }) => ({ messages: [user({ type: 'resource', resource: { uri: resourceUri!, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } }), user({ type: 'text', text: 'Please process the embedded resource above.' })] }) },
  test_prompt_with_image: { needs: [], get: () => ({ messages: [user({ type: 'image', data: PIXEL, mimeType: 'image/png' }), user({ type: 'text', text: 'Please analyze the image above.' })] }) },
};

function testedServer(): Server {
  const server = new Server({ name: 'tested', version: '1.0.0' }, { capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {}, completions: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: Object.entries(TOOLS).map(([name, { inputSchema }]) => ({ name, description: `The suite's ${name}.`, inputSchema: inputSchema as { type: 'object' } })) }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => TOOLS[params.name]!.call(params.arguments ?? {}, extra as Extra, server));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: Object.entries(PROMPTS).map(([name, { needs }]) => ({ name, description: `The suite's ${name}.`, arguments: needs.map((need) => ({ name: need, description: need, required: true })) })) }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => PROMPTS[params.name]!.get(params.arguments ?? {}));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [{ uri: 'test://static-text', name: 'text', mimeType: 'text/plain' }, { uri: 'test://static-binary', name: 'binary', mimeType: 'image/png' }, { uri: 'test://watched-resource', name: 'watched', mimeType: 'text/plain' }] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }] }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const id = /^test:\/\/template\/(\w+)\/data$/.exec(uri)?.[1];
    if (id !== undefined) return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] };
    if (!uri.startsWith('test://static-') && uri !== 'test://watched-resource') throw Object.assign(new Error('Resource not found'), { code: -32002, data: { uri } });
    return { contents: [uri === 'test://static-binary' ? { uri, mimeType: 'image/png', blob: PIXEL } : { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }] };
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(SetLevelRequestSchema, () => ({}));
  server.setRequestHandler(CompleteRequestSchema, () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }));
  return server;
}

export interface TestedServer { readonly url: string; stop(): Promise<void> }

/** The server that the conformance suite's scenarios want, on the official SDK: what stands behind the gateway. */
export async function startTestedServer(): Promise<TestedServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const http = createServer((request, response) => {
    void (async () => {
      const body = request.method === 'POST' ? await jsonOf(request) : undefined;
      let transport = sessions.get(String(request.headers['mcp-session-id']));
      if (transport === undefined) {
        if (!isInitializeRequest(body)) return void response.writeHead(request.headers['mcp-session-id'] === undefined ? 400 : 404).end();
        const opened = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => void sessions.set(id, opened) });
        await testedServer().connect(opened);
        transport = opened;
      }
      await transport.handleRequest(request, response, body);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    stop: async () => {
      for (const transport of sessions.values()) await transport.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}
