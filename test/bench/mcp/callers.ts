import { Agent, request } from 'node:http';
import type { DocketClient } from '#client';

export interface McpAt {
  readonly url: string;
  /** Of the gateway; the server itself wants none. */
  readonly authorization?: string;
}

export interface Called {
  /** Each call's time, sorted. */
  readonly latenciesMs: readonly number[];
  readonly failed: number;
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const VERSION = '2025-11-25';

/** As many clients as are asked for, each with a session of its own that it keeps, and one call at a time. */
export async function callers(at: McpAt, clients: number, { warmupMs, durationMs }: { readonly warmupMs: number; readonly durationMs: number }): Promise<Called> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const latenciesMs: number[] = [];
  let failed = 0;
  const sessions = await Promise.all(Array.from({ length: clients }, () => initialise(at, agent)));
  const beginMs = performance.now() + warmupMs;
  const endMs = beginMs + durationMs;
  await Promise.all(sessions.map(async (session, i) => {
    for (let id = 2; performance.now() < endMs; id += 1) {
      const startedMs = performance.now();
      const { text } = await post(at, agent, { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'echo', arguments: { message: `from ${i}` } } }, session);
      const nowMs = performance.now();
      if (!text.includes(`Echo: from ${i}`)) failed += 1;
      else if (startedMs >= beginMs) latenciesMs.push(nowMs - startedMs);
    }
  }));
  agent.destroy();
  return { latenciesMs: latenciesMs.sort((a, b) => a - b), failed };
}

/** The same calls as the decider sees them, one at a time for each client: what of the gateway's time is the decision with its record. */
export async function decisions(docket: DocketClient, grant: string, clients: number, { warmupMs, durationMs }: { readonly warmupMs: number; readonly durationMs: number }): Promise<Called> {
  const latenciesMs: number[] = [];
  let failed = 0;
  const beginMs = performance.now() + warmupMs;
  const endMs = beginMs + durationMs;
  await Promise.all(Array.from({ length: clients }, async (_, i) => {
    while (performance.now() < endMs) {
      const startedMs = performance.now();
      const isAllowed = await docket.decide({ grant, serverId: 'everything', tool: 'echo', arguments: `{"message":"from ${i}"}` }).then(({ allowed }) => allowed, () => false);
      if (!isAllowed) failed += 1;
      else if (startedMs >= beginMs) latenciesMs.push(performance.now() - startedMs);
    }
  }));
  return { latenciesMs: latenciesMs.sort((a, b) => a - b), failed };
}

async function initialise(at: McpAt, agent: Agent): Promise<string> {
  const { session } = await post(at, agent, { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'bench', version: '1' } } });
  if (session === undefined) throw new Error(`${at.url} opened no session`);
  await post(at, agent, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  return session;
}

function post({ url, authorization }: McpAt, agent: Agent, message: object, session?: string): Promise<{ text: string; session: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { ...HEADERS, ...(authorization !== undefined && { authorization }), ...(session !== undefined && { 'mcp-session-id': session, 'mcp-protocol-version': VERSION }) };
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ text, session: response.headers['mcp-session-id'] as string | undefined }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(message));
  });
}
