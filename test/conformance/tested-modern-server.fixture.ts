import {
  acceptedContent, type ClientCapabilities, createMcpHandler, createRequestStateCodec, type InputRequest, inputRequired, inputResponse, type McpHttpHandler, MissingRequiredClientCapabilityError, ResourceNotFoundError, Server, type ServerContext,
} from '@modelcontextprotocol/server';
import { COMPLETION, FIXED_TOOLS, listed, listedPrompts, NOTHING, PROMPTS, resource, RESOURCES, TEMPLATES, text } from './tested-content.fixture.js';
import { serveFetch } from '../fetch-server.fixture.js';
import type { TestedServer } from './tested-server.fixture.js';

type Result = ReturnType<typeof text> | ReturnType<typeof inputRequired>;
type Call = (context: ServerContext, handler: McpHttpHandler) => Result | Promise<Result>;

const states = createRequestStateCodec({ key: Buffer.alloc(32, 1) });
const form = (message: string, field: string, type: 'string' | 'boolean' = 'string'): InputRequest => inputRequired.elicit({ mode: 'form', message, requestedSchema: { type: 'object', properties: { [field]: { type } as { type: 'string' } }, required: [field] } });
const sampling = (question: string): InputRequest => ({ method: 'sampling/createMessage', params: { messages: [{ role: 'user', content: { type: 'text', text: question } }], maxTokens: 100 } });
const ROOTS: InputRequest = { method: 'roots/list', params: {} };
const capabilitiesOf = ({ mcpReq: { envelope } }: ServerContext): ClientCapabilities => (envelope as Record<string, ClientCapabilities> | undefined)?.['io.modelcontextprotocol/clientCapabilities'] ?? {};
const saidTo = (context: ServerContext, key: string): boolean => inputResponse(context.mcpReq.inputResponses, key).kind !== 'missing';

/** The tools that ask for input, each by its own way through the rounds. */
const ASKING: Readonly<Record<string, Call>> = {
  test_input_required_result_elicitation: (context) => {
    const said = acceptedContent<{ name: string }>(context.mcpReq.inputResponses, 'user_name');
    return said === undefined ? inputRequired({ inputRequests: { user_name: form('What is your name?', 'name') } }) : text(`Hello, ${said.name}!`);
  },
  test_input_required_result_sampling: (context) => (saidTo(context, 'capital') ? text('answered') : inputRequired({ inputRequests: { capital: sampling('What is the capital of France?') } })),
  test_input_required_result_list_roots: (context) => (saidTo(context, 'roots') ? text('rooted') : inputRequired({ inputRequests: { roots: ROOTS } })),
  test_input_required_result_request_state: async (context) => (saidTo(context, 'confirm') && context.mcpReq.requestState() !== undefined ? text('state-ok') : inputRequired({ inputRequests: { confirm: form('Please confirm', 'ok', 'boolean') }, requestState: await states.mint({ at: 1 }) })),
  test_input_required_result_tampered_state: async (context) => (saidTo(context, 'confirm') ? text('integrity-ok') : inputRequired({ inputRequests: { confirm: form('Please confirm', 'ok', 'boolean') }, requestState: await states.mint({ at: 1 }) })),
  test_input_required_result_multiple_inputs: async (context) => (saidTo(context, 'name') ? text('all there') : inputRequired({ inputRequests: { name: form('What is your name?', 'name'), greeting: sampling('Make a greeting'), roots: ROOTS }, requestState: await states.mint({ at: 1 }) })),
  test_input_required_result_multi_round: async (context) => {
    if (saidTo(context, 'step2')) return text('both steps are done');
    return saidTo(context, 'step1') ? inputRequired({ inputRequests: { step2: form('Step 2: What is your favorite color?', 'color') }, requestState: await states.mint({ at: 2 }) }) : inputRequired({ inputRequests: { step1: form('Step 1: What is your name?', 'name') }, requestState: await states.mint({ at: 1 }) });
  },
  test_input_required_result_capabilities: (context) => {
    const can = capabilitiesOf(context);
    return inputRequired({ inputRequests: { ...(can.elicitation && { value: form('Any value', 'value') }), ...(can.sampling && { sample: sampling('Sample request') }) }, requestState: 'asked' });
  },
};

const DIAGNOSTIC: Readonly<Record<string, Call>> = {
  test_tool_with_progress: async ({ mcpReq: { _meta: meta, notify } }) => {
    if (meta?.progressToken !== undefined) for (const progress of [0, 50, 100]) await notify({ method: 'notifications/progress', params: { progressToken: meta.progressToken, progress, total: 100 } });
    return text('done');
  },
  test_missing_capability: (context) => {
    if (capabilitiesOf(context).sampling === undefined) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
    return text('done');
  },
  test_streaming_elicitation: (context) => (saidTo(context, 'more') ? text('done') : inputRequired({ inputRequests: { more: form('More?', 'more') } })),
  test_logging_tool: async ({ mcpReq }) => {
    await mcpReq.log('info', 'looked at');
    return text('done');
  },
  test_trigger_tool_change: (_, { notify }) => {
    notify.toolsChanged();
    return text('changed');
  },
  test_trigger_prompt_change: (_, { notify }) => {
    notify.promptsChanged();
    return text('changed');
  },
};

const TOOLS: Readonly<Record<string, { readonly inputSchema: object; readonly call: Call }>> = {
  ...FIXED_TOOLS, ...Object.fromEntries(Object.entries({ ...ASKING, ...DIAGNOSTIC }).map(([name, call]) => [name, { inputSchema: NOTHING, call }])),
};
const ASKING_PROMPT = 'test_input_required_result_prompt';

function testedServer(handler: () => McpHttpHandler): Server {
  const server = new Server({ name: 'tested', version: '1.0.0' }, {
    capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { listChanged: true }, logging: {}, completions: {} }, requestState: { verify: (state, context) => (state === 'asked' ? undefined : states.verify(state, context)) },
  });
  server.setRequestHandler('tools/list', () => ({ tools: listed(TOOLS) }));
  server.setRequestHandler('tools/call', ({ params }, context) => TOOLS[params.name]!.call(context, handler()) as never);
  server.setRequestHandler('prompts/list', () => ({ prompts: [...listedPrompts(), { name: ASKING_PROMPT, description: 'Asks for a context.' }] }));
  server.setRequestHandler('prompts/get', ({ params }, context) => {
    if (params.name !== ASKING_PROMPT) return PROMPTS[params.name]!.get(params.arguments ?? {});
    const said = acceptedContent<{ context: string }>(context.mcpReq.inputResponses, 'user_context');
    if (said === undefined) return inputRequired({ inputRequests: { user_context: form('What context should the prompt use?', 'context') } });
    return { messages: [{ role: 'user', content: { type: 'text', text: said.context } }] };
  });
  server.setRequestHandler('resources/list', () => ({ resources: RESOURCES }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler('resources/read', ({ params: { uri } }) => {
    const found = resource(uri);
    if (found === undefined) throw new ResourceNotFoundError(uri);
    return found;
  });
  server.setRequestHandler('completion/complete', () => ({ completion: COMPLETION }));
  return server;
}

/** The same server of 2026-07-28, on the official SDK: what the newer suite's scenarios want stands behind the gateway. */
export async function startTestedModernServer(): Promise<TestedServer> {
  const handler: McpHttpHandler = createMcpHandler(() => testedServer(() => handler), { legacy: 'reject' });
  let calls = 0;
  const { url, stop } = await serveFetch((request) => {
    if (request.headers.get('mcp-method') === 'tools/call') calls += 1;
    return handler.fetch(request);
  });
  return {
    url, calls: () => calls,
    stop: async () => {
      await handler.close();
      await stop();
    },
  };
}
