import type { DocketClient, Outcome } from '#client';
import { DocketError } from '#errors';
import { isObject, type JsonObject, RPC, writeJson } from '#mcp';
import type { Exchange, McpRequest, RpcAnswer, Upstreams } from '../ports.js';
import { BEFORE_ANY } from './approvals.js';
import type { Deciding } from './decide.js';
import { GATEWAY_ERRORS, refusalOf, rpcError, type Refusal } from './refusals.js';
import type { RequestStates, StateBinding } from './request-state.js';
import { askClient, foreignState, isOver, nextState, type Round, roundOf, unaskable, usedState } from './rounds.js';
import type { Settlements } from './settlements.js';
import { LIST_TTL_MS } from './tool-list.js';
import { type CallFacts, errorDown } from './tool-calls.js';
import { paramsUpstream, resultDown, upstreamCall } from './upstream-call.js';

/**
 * Every other way to something of the server's (C1): decided under the method's own name, with what it is about as its arguments, so that
 * a policy names `resources/read` as it names a tool. What is not here is unknown, whatever the upstream can do.
 */
const METHODS: Readonly<Record<string, { readonly capability: string; readonly about: readonly string[]; readonly isList?: true; readonly asks?: true }>> = {
  'prompts/list': { capability: 'prompts', about: [], isList: true },
  'prompts/get': { capability: 'prompts', about: ['name', 'arguments'], asks: true },
  'resources/list': { capability: 'resources', about: [], isList: true },
  'resources/templates/list': { capability: 'resources', about: [], isList: true },
  'resources/read': { capability: 'resources', about: ['uri'], asks: true },
  'resources/subscribe': { capability: 'resources', about: ['uri'] },
  'resources/unsubscribe': { capability: 'resources', about: ['uri'] },
  'completion/complete': { capability: 'completions', about: ['ref', 'argument', 'context'] },
};
/** Of the legacy era only. */
const LEGACY_ONLY = ['resources/subscribe', 'resources/unsubscribe'];
const NAME_MAX = 2_048;

export interface OtherMethodsOptions {
  readonly docket: Pick<DocketClient, 'explain'>;
  readonly deciding: Deciding;
  readonly upstreams: Pick<Upstreams, 'of'>;
  readonly states: RequestStates;
  readonly settlements: Pick<Settlements, 'settle'>;
  readonly onDone: (facts: CallFacts) => void;
}

/** Prompts, resources and completion. */
export class OtherMethods {
  readonly #o: OtherMethodsOptions;

  constructor(options: OtherMethodsOptions) {
    this.#o = options;
  }

  /** Capabilities of which the policy denies this grant nothing outright. Rejects with a DocketError. */
  async permitted(exchange: Exchange, capabilities: readonly string[]): Promise<readonly string[]> {
    const first: Readonly<Record<string, string>> = { prompts: 'prompts/get', resources: 'resources/read', completions: 'completion/complete' };
    const found = await Promise.all(capabilities.map(async (capability) => {
      const tool = first[capability];
      if (tool === undefined) return [capability];
      const { caller } = exchange;
      const { verdict, wouldBe, rule } = await this.#o.docket.explain({ grant: caller.token.reveal(), serverId: caller.serverId, tool, arguments: '{}' });
      // A rule on what it is about says DENY to nothing at all: only what no argument could change counts.
      return verdict !== 'DENY' || wouldBe !== null || !rule.startsWith('(') ? [capability] : [];
    }));
    return found.flat();
  }

  /** Never rejects. */
  async request({ method, params }: McpRequest, exchange: Exchange): Promise<RpcAnswer> {
    const known = Object.hasOwn(METHODS, method) && !(exchange.era === 'modern' && LEGACY_ONLY.includes(method)) ? METHODS[method] : undefined;
    if (known === undefined) return { error: { code: RPC.methodNotFound, message: `Method not found: ${method}` } };
    const about = Object.fromEntries(known.about.filter((key) => params[key] !== undefined).map((key) => [key, params[key]!]));
    const text = writeJson(about);
    const binding = (): StateBinding => ({ grantId: exchange.caller.grantId, serverId: exchange.caller.serverId, method, name: '', arguments: text });
    const round = known.asks === true ? roundOf(params, this.#o.states, binding) : FIRST;
    return round === undefined ? foreignState() : this.#decided({ method, params, exchange, text, binding, isList: known.isList === true, told: { value: BEFORE_ANY } }, round, isObject(params['inputResponses']) ? params['inputResponses'] : undefined);
  }

  async #decided(call: Call, round: Round, inputResponses: JsonObject | undefined): Promise<RpcAnswer> {
    const { method, params, exchange, text } = call;
    const found = await this.#o.deciding.decide({ tool: method, arguments: text, ...(round.logicalCallId !== '' && { round }) }, exchange, call.told);
    if (found.kind === 'undecided') return this.#refused(call, 'UNDECIDED', found.refusal);
    if (found.kind === 'used') {
      this.#o.onDone({ method, name: method, verdict: 'USED' });
      return usedState();
    }
    const { decision, asked } = found;
    if (!decision.allowed) return this.#refused(call, decision.verdict, decision.rule === '(hidden)' ? HIDDEN(method) : refusalOf(decision));
    const done = (outcome: Outcome, answer: RpcAnswer): RpcAnswer => {
      void this.#o.settlements.settle({ grant: exchange.caller.token, callId: decision.callId, outcome });
      if (round.chargedCallId !== undefined) void this.#o.settlements.settle({ grant: exchange.caller.token, callId: round.chargedCallId, outcome });
      this.#o.onDone({ method, name: method, verdict: 'ALLOW', callId: decision.callId, outcome });
      return answer;
    };
    try {
      const upstream = await this.#o.upstreams.of(exchange.caller.serverId, exchange.caller);
      const more: JsonObject = { ...(round.upstreamState !== undefined && { requestState: round.upstreamState }), ...(inputResponses !== undefined && { inputResponses }) };
      const answer = await upstream.request(method, paramsUpstream(params, more), upstreamCall(exchange, call.told));
      if (answer.outcome !== 'answered') return done(answer.outcome === 'not_sent' ? 'NOT_SENT' : 'UNKNOWN', { error: { code: GATEWAY_ERRORS.upstream, message: answer.message, data: { 'docket/reason': answer.reason } } });
      if ('error' in answer) return done('FAILED', errorDown(answer.error, exchange));
      const { result } = answer;
      if (result['resultType'] === 'input_required') return await this.#moreInput(call, { ...round, asked, chargedCallId: round.chargedCallId ?? decision.callId }, result, done);
      if (result['resultType'] !== undefined && result['resultType'] !== 'complete') return done('UNKNOWN', { error: { code: GATEWAY_ERRORS.upstream, message: 'The server answered in a way that this gateway does not know' } });
      return done('SUCCEEDED', { result: resultDown({ ...result, resultType: 'complete', ...cached(method, result) }) });
    } catch (error) {
      return done('NOT_SENT', { error: { code: GATEWAY_ERRORS.upstream, message: 'The server cannot be reached just now', data: { 'docket/reason': error instanceof DocketError ? error.reason : 'INTERNAL' } } });
    }
  }

  async #moreInput(call: Call, round: Round, result: JsonObject, done: (outcome: Outcome, answer: RpcAnswer) => RpcAnswer): Promise<RpcAnswer> {
    const why = round.logicalCallId === '' ? 'nothing may be asked for here' : unaskable(result, call.exchange) ?? (isOver(round, this.#o.states) ? 'it has asked too often, or for too long' : undefined);
    const refused = (because: string): RpcAnswer => done('FAILED', { error: { code: GATEWAY_ERRORS.upstream, message: `The server needs more input, and ${because}` } });
    if (why !== undefined) return refused(why);
    const { requestState, inputRequests } = result;
    const state = typeof requestState === 'string' ? requestState : undefined;
    if (call.exchange.era === 'modern') return { result: resultDown({ ...result, requestState: nextState(round, round.asked, state, this.#o.states, call.binding()) }) };
    const responses = isObject(inputRequests) ? await askClient(inputRequests, call.exchange) : {};
    return responses === undefined ? refused('this client does not give it') : this.#decided(call, { ...round, number: round.number + 1, upstreamState: state }, responses);
  }

  #refused({ method, isList }: Call, verdict: string, refusal: Refusal): RpcAnswer {
    this.#o.onDone({ method, name: method, verdict });
    // A list of what may not be used is empty, rather than an error that ends a client's start.
    if (isList && (verdict === 'DENY')) return { result: { resultType: 'complete', [LISTED[method]!]: [], ttlMs: LIST_TTL_MS, cacheScope: 'private' } };
    return rpcError(refusal);
  }
}

interface Call {
  readonly method: string;
  readonly params: JsonObject;
  readonly exchange: Exchange;
  readonly text: string;
  readonly binding: () => StateBinding;
  readonly isList: boolean;
  readonly told: { value: number };
}

const FIRST: Round = { logicalCallId: '', number: 1, asked: 0, isResumed: false, chargedCallId: undefined, upstreamState: undefined };
const LISTED: Readonly<Record<string, string>> = { 'prompts/list': 'prompts', 'resources/list': 'resources', 'resources/templates/list': 'resourceTemplates' };
const HIDDEN = (method: string): Refusal => ({ code: RPC.methodNotFound, text: `Method not found: ${method.slice(0, NAME_MAX)}`, meta: {} });

/** What a grant got is for nobody else (T3, T4). */
function cached(method: string, { ttlMs }: JsonObject): JsonObject {
  if (LISTED[method] === undefined && method !== 'resources/read') return {};
  return { ttlMs: typeof ttlMs === 'number' && ttlMs >= 0 ? Math.min(ttlMs, LIST_TTL_MS) : 0, cacheScope: 'private' };
}
