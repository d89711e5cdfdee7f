import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema, type CallToolResult, CompleteRequestSchema, type ElicitRequestFormParams, GetPromptRequestSchema, isInitializeRequest, ListPromptsRequestSchema, ListResourcesRequestSchema, ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema, ReadResourceRequestSchema, SetLevelRequestSchema, SubscribeRequestSchema, UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { COMPLETION, FIXED_TOOLS, listed, listedPrompts, NOTHING, PROMPTS, resource, RESOURCES, strings, TEMPLATES, text } from './tested-content.fixture.js';

type Extra = Parameters<Parameters<Server['setRequestHandler']>[1]>[1];
type Call = (args: Record<string, unknown>, extra: Extra, server: Server) => Promise<CallToolResult> | CallToolResult;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The tools that the suite's scenarios call, as it describes them. */
const TOOLS: Readonly<Record<string, { readonly inputSchema: object; readonly call: Call }>> = {
  ...FIXED_TOOLS,
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
};

async function elicited(server: Server, extra: Extra, message: string, requestedSchema: ElicitRequestFormParams['requestedSchema']): Promise<CallToolResult> {
  const { action, content } = await server.elicitInput({ message, requestedSchema }, { relatedRequestId: extra.requestId });
  return text(`User response: action=${action}, content=${JSON.stringify(content)}`);
}

function testedServer(): Server {
  const server = new Server({ name: 'tested', version: '1.0.0' }, { capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {}, completions: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed(TOOLS) }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => TOOLS[params.name]!.call(params.arguments ?? {}, extra as Extra, server));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: listedPrompts() }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => PROMPTS[params.name]!.get(params.arguments ?? {}));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: RESOURCES }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const found = resource(uri);
    if (found === undefined) throw Object.assign(new Error('Resource not found'), { code: -32002, data: { uri } });
    return found;
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(SetLevelRequestSchema, () => ({}));
  server.setRequestHandler(CompleteRequestSchema, () => ({ completion: COMPLETION }));
  return server;
}

export interface TestedServer {
  readonly url: string;
  /** How many calls of tools have reached it. */
  calls(): number;
  stop(): Promise<void>;
}

/** The server that the conformance suite's scenarios want, on the official SDK: what stands behind the gateway. */
export async function startTestedServer(): Promise<TestedServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  let calls = 0;
  const http = createServer((request, response) => {
    void (async () => {
      const body = request.method === 'POST' ? await jsonOf(request) : undefined;
      if (request.method === 'POST' && (body as { method?: string }).method === 'tools/call') calls += 1;
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
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`, calls: () => calls,
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
