import type { DocketClient } from '#client';
import { intersection, isObject, type JsonObject } from '#mcp';
import { DocketError } from '#errors';
import { type Logger, type Secret, Tracing } from '#platform';
import { type Exchange, type McpHandler, type RpcAnswer, TASKS_EXTENSION, type ToolPins, type Upstreams } from '../ports.js';
import type { UpstreamServer } from '../servers-file.js';
import type { AgentTokens } from './agent-tokens.js';
import type { Approvals } from './approvals.js';
import { ArgumentSchemas } from './argument-schemas.js';
import { Changes } from './changes.js';
import { Deciding } from './decide.js';
import { Grants } from './grants.js';
import { HeldCalls } from './held-calls.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { OtherMethods } from './other-methods.js';
import { RequestStates } from './request-state.js';
import { endRequest, openRequest } from './request-traces.js';
import { Settlements } from './settlements.js';
import { type CallFacts, ToolCalls } from './tool-calls.js';
import { TaskIds } from './task-ids.js';
import { Tasks } from './tasks.js';
import { listTools } from './tool-list.js';
import { ToolRisks } from './tool-risks.js';
import { tracedDecider, tracedUpstreams } from './traced-ports.js';

/** What the gateway can pass on, for the intersection with what an upstream can (E6). Tools are always there: they are the gateway's own. */
const OURS: JsonObject = { prompts: { listChanged: true }, resources: { listChanged: true, subscribe: true }, completions: {}, logging: {} };
const DESCRIBED_MS = 30_000;
const SERVER_INFO = { name: 'docket', title: 'Docket MCP gateway', version: '0.1.0' };
/** Keys of results that only the modern era knows. */
const MODERN_KEYS = ['resultType', 'ttlMs', 'cacheScope'];
const OF_TASKS = ['tasks/get', 'tasks/update', 'tasks/cancel'];

export interface HandlerOptions {
  readonly docket: DocketClient;
  readonly approvals: Approvals;
  readonly tokens: AgentTokens;
  readonly pins: ToolPins;
  readonly upstreams: Upstreams;
  readonly servers: ReadonlyMap<string, UpstreamServer>;
  readonly credential: Secret;
  /** Where people decide on approvals; undefined: nobody is sent there. */
  readonly consoleUrl?: string | undefined;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
  readonly wallMs: () => number;
  /** Requests are spans of it; left out: nothing is traced. */
  readonly tracing?: Tracing;
  /** How long an outcome may wait before it is reported; 0: not at all. */
  readonly outcomesHeldMs?: number;
}

export interface StartedHandler extends McpHandler {
  /** Whether grants are heard of. */
  readonly isReady: boolean;
  /** Outcomes are reported; then nothing is listened to any more. */
  stop(): Promise<void>;
}

/** What is done with requests, from the grant to the settlement. Begins to listen to grants at once. */
export function createHandler(options: HandlerOptions): StartedHandler {
  const { docket, approvals, tokens, pins, upstreams: plain, servers, credential, consoleUrl, metrics, logger, wallMs, outcomesHeldMs, tracing = Tracing.off() } = options;
  const upstreams = tracedUpstreams(plain, tracing);
  const grants = new Grants({ docket, logger, wallMs });
  const settlements = new Settlements({ docket, logger, onFailed: () => metrics.settlementFailed(), ...(outcomesHeldMs !== undefined && { heldMs: outcomesHeldMs }) });
  const deciding = new Deciding({ docket: tracedDecider(docket, tracing), approvals, grants, settlements });
  const states = new RequestStates(credential, wallMs);
  const changes = new Changes({ grants, pins, upstreams: plain });
  const facts = new WeakMap<Exchange, CallFacts>();
  const noted = (exchange: Exchange) => (done: CallFacts): void => void facts.set(exchange, done);
  const perExchange = <T>(make: (onDone: (done: CallFacts) => void) => T): ((exchange: Exchange) => T) => (exchange) => make(noted(exchange));
  const schemas = new ArgumentSchemas();
  const report = (method: string, exchange: Exchange, startedMs: number, answer?: RpcAnswer): void => {
    const tookMs = performance.now() - startedMs;
    const done = facts.get(exchange);
    metrics.answered({ method, era: exchange.era, verdict: done?.verdict, outcome: done?.outcome, tookMs, upstreamMs: done?.upstreamMs });
    // One line for each: who, what, which verdict; never arguments or results.
    logger.info({
      server: exchange.caller.serverId, grant: exchange.caller.grantId, era: exchange.era, method, ...done,
      ...(answer !== undefined && 'error' in answer && { code: answer.error.code }), ms: Math.round(tookMs * 10) / 10,
    }, 'request');
  };
  const tasks: Tasks = new Tasks({
    ids: new TaskIds(credential, wallMs), approvals, consoleUrl, wallMs,
    async redeem(task, conversation, exchange) {
      const startedMs = performance.now();
      const found = await toolCalls(exchange).redeem(task, conversation, exchange);
      report('tools/call', exchange, startedMs, found.kind === 'answered' ? found.answer : undefined);
      return found;
    },
  });
  const held = new HeldCalls({ deciding, approvals, tasks, risks: new ToolRisks(pins), states, consoleUrl });
  const toolCalls = perExchange((onDone) => new ToolCalls({ docket, deciding, pins, upstreams, servers, tokens, schemas, states, settlements, held, onDone }));
  const others = perExchange((onDone) => new OtherMethods({ docket, deciding, upstreams, states, settlements, onDone }));
  grants.start();

  return {
    get isReady() {
      return grants.isInSync;
    },
    admit: (token, serverId) => (servers.has(serverId) ? grants.admit(token, serverId) : admitElsewhere(grants, token, serverId)),
    revoked: (caller) => grants.ended(caller),
    async describe(exchange) {
      const { serverId } = exchange.caller;
      // Ours, whatever the server can: sessions know no tasks of this kind.
      const own: JsonObject = { tools: { listChanged: true }, ...(exchange.era === 'modern' && { extensions: { [TASKS_EXTENSION]: {} } }) };
      try {
        const { capabilities, serverInfo } = await (await upstreams.of(serverId, exchange.caller)).describe();
        // As they were approved: a model reads them as it reads tools.
        const instructions = await pins.instructionsOf(serverId);
        const both = intersection(capabilities, OURS);
        const permitted = await others(exchange).permitted(exchange, Object.keys(both));
        const shown: JsonObject = Object.fromEntries(permitted.map((key) => [key, both[key]!]));
        return { capabilities: { ...own, ...shown }, serverInfo: { ...SERVER_INFO, ...(typeof serverInfo['title'] === 'string' && { title: serverInfo['title'] }) }, ...(instructions !== undefined && { instructions }), ttlMs: DESCRIBED_MS };
      } catch (error) {
        logger.info({ server: serverId, reason: error instanceof DocketError ? error.reason : 'INTERNAL' }, 'a server cannot be described; its tools are pinned');
        return { capabilities: own, serverInfo: SERVER_INFO, ttlMs: 0 };
      }
    },
    async request(message, given) {
      const startedMs = performance.now();
      const { span, exchange } = openRequest(tracing, message.method, given);
      const answer = await tracing.within(span, (): Promise<RpcAnswer> => {
        if (message.method === 'tools/list') return listTools(message.params, exchange, { docket, pins });
        if (message.method === 'tools/call') return toolCalls(exchange).call(message, exchange);
        if (exchange.era === 'modern' && OF_TASKS.includes(message.method)) return tasks.request(message.method, message.params, exchange);
        return others(exchange).request(message, exchange);
      });
      const { uri } = message.params;
      const isSubscribing = message.method === 'resources/subscribe';
      if (exchange.sessionId !== undefined && typeof uri === 'string' && (isSubscribing || message.method === 'resources/unsubscribe') && 'result' in answer) changes.subscribe(exchange.sessionId, uri, isSubscribing);
      endRequest(span, answer, facts.get(exchange));
      report(message.method, exchange, startedMs, answer);
      return exchange.era === 'legacy' ? legacy(answer) : answer;
    },
    notification: () => undefined,
    listen: (filter, exchange) => changes.listen(filter, exchange),
    async stop() {
      await tasks.stop();
      await settlements.drained();
      changes.stop();
      grants.stop();
    },
  };
}

/** A server that there is not looks like one that the grant is not for. */
async function admitElsewhere(grants: Grants, token: Secret, serverId: string): ReturnType<McpHandler['admit']> {
  const admission = await grants.admit(token, serverId);
  return admission.admitted ? { admitted: false, because: 'wrong_server' } : admission;
}

function legacy(answer: RpcAnswer): RpcAnswer {
  if ('error' in answer || !MODERN_KEYS.some((key) => key in answer.result)) return answer;
  const result = Object.fromEntries(Object.entries(answer.result).filter(([key]) => !MODERN_KEYS.includes(key)));
  return { result: isObject(result) ? result : {} };
}
