import type { Outcome } from '#client';
import { isObject, type JsonObject, modernErrorCode, parseJson, RPC, writeJson } from '#mcp';
import { DocketError } from '#errors';
import type { Exchange, McpRequest, PinnedTool, RpcAnswer, ToolPins, UpstreamAnswer, Upstreams } from '../ports.js';
import type { UpstreamServer } from '../servers-file.js';
import { BEFORE_ANY } from './approvals.js';
import { mirroredOtherwise } from './mirrored-arguments.js';
import type { AgentTokens } from './agent-tokens.js';
import type { ArgumentSchemas } from './argument-schemas.js';
import { isUnwanted } from './approval-question.js';
import type { Deciding, Subject } from './decide.js';
import { GATEWAY_ERRORS, refusalOf, toolError, undecided } from './refusals.js';
import type { RequestStates, StateBinding } from './request-state.js';
import { comesBack, type HeldCalls } from './held-calls.js';
import { askClient, callIdsOf, FIRST_ROUND, foreignState, isOver, nextState, type Round, roundOf, unaskable, usedState } from './rounds.js';
import type { Settlements } from './settlements.js';
import type { Task } from './task-ids.js';
import type { Redeemed } from './tasks.js';
import { withTokens } from './stand-ins.js';
import { isShown, type ToolListOptions, visibleNames } from './tool-list.js';
import { paramsUpstream, resultDown, upstreamCall } from './upstream-call.js';

/** Names that tools may have (T10). What is none is no tool. */
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;
const SHOWN_NAME_MAX = 128;
/** Capabilities of clients that upstreams are told of. */
const PASSED_ON = ['elicitation', 'sampling', 'roots'];

export interface ToolCallsOptions {
  readonly docket: ToolListOptions['docket'];
  readonly deciding: Deciding;
  readonly pins: Pick<ToolPins, 'toolsOf'>;
  readonly upstreams: Pick<Upstreams, 'of'>;
  readonly servers: ReadonlyMap<string, UpstreamServer>;
  readonly tokens: AgentTokens;
  readonly schemas: ArgumentSchemas;
  readonly states: RequestStates;
  readonly settlements: Pick<Settlements, 'settle'>;
  readonly held: HeldCalls;
  /** What one call came to, for the log and the metrics; never an argument. */
  readonly onDone: (facts: CallFacts) => void;
}

export interface CallFacts {
  readonly method: string;
  readonly name: string;
  readonly verdict: string;
  readonly callId?: string;
  readonly outcome?: Outcome;
  readonly upstreamMs?: number;
}

/** One call on its way. */
interface Call {
  readonly name: string;
  readonly args: JsonObject;
  readonly text: string;
  readonly params: JsonObject;
  readonly exchange: Exchange;
  readonly pin: PinnedTool | undefined;
  /** Progress that the client was told last. */
  readonly told: { value: number };
}

/** `tools/call`: checked, decided, forwarded with the token put in, settled. Nothing goes upstream without a recorded ALLOW. */
export class ToolCalls {
  readonly #o: ToolCallsOptions;

  constructor(options: ToolCallsOptions) {
    this.#o = options;
  }

  /** Never rejects. */
  async call({ params }: McpRequest, exchange: Exchange): Promise<RpcAnswer> {
    const { name, arguments: args = {} } = params;
    if (typeof name !== 'string') return invalidParams('expected the name of a tool');
    if (!isObject(args)) return invalidParams('expected arguments that are an object');
    if (!TOOL_NAME.test(name)) return unknownTool(name);
    let pin: PinnedTool | undefined;
    try {
      pin = (await this.#o.pins.toolsOf(exchange.caller.serverId)).find((tool) => tool.name === name && isShown(tool));
    } catch (error) {
      return toolError(undecided(error));
    }
    const call: Call = { name, args, text: writeJson(args), params, exchange, pin, told: { value: BEFORE_ANY } };
    const round = roundOf(params, this.#o.states, () => bindingOf(call));
    return round === undefined ? foreignState() : this.#checked(call, round);
  }

  /** Arguments that do not fit are the model's to mend (C5); of a tool that is hidden from it nothing is said, either. */
  async #checked(call: Call, round: Round): Promise<RpcAnswer> {
    const { name, pin, exchange } = call;
    const schema = pin?.definition['inputSchema'];
    const mirrored = exchange.era === 'modern' && isObject(schema) ? mirroredOtherwise(schema, call.args, exchange.paramHeaders) : undefined;
    const problem = mirrored ?? (pin === undefined ? undefined : this.#o.schemas.problem(pin.definitionHash, isObject(schema) ? schema : undefined, call.args));
    if (problem === undefined) return this.#decided(call, round, round.number > 1 && isObject(call.params['inputResponses']) ? call.params['inputResponses'] : undefined);
    try {
      const visible = await visibleNames(this.#o.docket, exchange.caller.token.reveal(), [name]);
      if (!visible.has(name)) return unknownTool(name);
    } catch (error) {
      return toolError(undecided(error));
    }
    this.#o.onDone({ method: 'tools/call', name, verdict: 'INVALID' });
    if (mirrored !== undefined) return { error: { code: RPC.headerMismatch, message: mirrored } };
    return toolError({ text: `[INVALID ARGUMENTS] ${problem}. Nothing was called; correct the arguments and call again.`, meta: { 'docket/verdict': 'INVALID' } });
  }

  async #decided(call: Call, round: Round, inputResponses: JsonObject | undefined): Promise<RpcAnswer> {
    const { name, pin, exchange, text } = call;
    if (round.question !== undefined && isUnwanted(round.question.mode, inputResponses)) {
      this.#o.onDone({ method: 'tools/call', name, verdict: 'WITHDRAWN' });
      return this.#o.held.takeBack(round.question.approvalId, callIdsOf(round));
    }
    const subject: Subject = { tool: name, arguments: text, ...(pin && { definitionHash: pin.definitionHash }), round };
    let found = await this.#o.deciding.ask(subject, exchange);
    if (found.kind === 'pending') {
      const told = pin === undefined ? undefined : await this.#o.held.offer({ name, text, definitionHash: pin.definitionHash }, round, found, exchange, () => bindingOf(call));
      if (told !== undefined) {
        this.#o.onDone({ method: 'tools/call', name, verdict: found.decision.verdict, callId: found.decision.callId });
        return told;
      }
      found = await this.#o.held.hold(subject, found, exchange, call.told);
    }
    if (found.kind === 'undecided') {
      this.#o.onDone({ method: 'tools/call', name, verdict: 'UNDECIDED' });
      // Whether there is such a tool is not told by how the question failed.
      return toolError(found.refusal);
    }
    if (found.kind === 'used') {
      this.#o.onDone({ method: 'tools/call', name, verdict: 'USED' });
      return usedState();
    }
    const { decision, asked } = found;
    const { callId } = decision;
    // To a server that has asked for nothing they are nothing: they answer us.
    if (decision.allowed) return this.#allowed(call, { ...round, asked }, callId, round.chargedCallId === undefined ? undefined : inputResponses);
    this.#o.onDone({ method: 'tools/call', name, verdict: decision.verdict, callId });
    if (pin === undefined || decision.rule === '(hidden)') return unknownTool(name);
    if (found.kind === 'pending' && comesBack(exchange) && !isOver(round, this.#o.states)) {
      return { result: { resultType: 'input_required', requestState: nextState(round, asked, round.upstreamState, this.#o.states, bindingOf(call)), _meta: refusalOf(decision).meta } };
    }
    return toolError(refusalOf(decision, this.#o.held.pageOf(decision)));
  }

  /** A task's call, on which people have decided: asked for again under this conversation's first id, and made if it is allowed. Never rejects. */
  async redeem({ tool: name, arguments: text, definitionHash, approvalId }: Task, conversation: string, exchange: Exchange): Promise<Redeemed> {
    const answered = (answer: RpcAnswer): Redeemed => ({ kind: 'answered', answer });
    const args = parseJson(text);
    let pin: PinnedTool | undefined;
    try {
      pin = (await this.#o.pins.toolsOf(exchange.caller.serverId)).find((tool) => tool.name === name && isShown(tool));
    } catch (error) {
      return { kind: 'undecided', refusal: undecided(error) };
    }
    // It is not what people have approved: the approval stays for what is.
    if (pin === undefined || !isObject(args)) return answered(unknownTool(name));
    if (pin.state !== 'approved' || pin.definitionHash !== definitionHash) return answered(toolError(HELD));
    const round: Round = { ...FIRST_ROUND, logicalCallId: conversation, isResumed: true };
    const found = await this.#o.deciding.ask({ tool: name, arguments: text, definitionHash, round }, exchange);
    if (found.kind === 'used' || found.kind === 'undecided') return found;
    if (found.kind === 'pending') return { kind: 'pending', approvalId: found.decision.approvalId, callId: found.decision.callId };
    const { decision, asked } = found;
    if (decision.allowed && decision.approvalId !== approvalId) {
      this.#settle(exchange, decision.callId, 'NOT_SENT');
      this.#o.onDone({ method: 'tools/call', name, verdict: 'ALLOW', callId: decision.callId, outcome: 'NOT_SENT' });
      return { kind: 'unneeded' };
    }
    if (decision.allowed) return answered(await this.#allowed({ name, args, text, params: {}, exchange, pin, told: { value: BEFORE_ANY } }, { ...round, asked }, decision.callId, undefined));
    this.#o.onDone({ method: 'tools/call', name, verdict: decision.verdict, callId: decision.callId });
    return answered(decision.rule === '(hidden)' ? unknownTool(name) : toolError(refusalOf(decision)));
  }

  async #allowed(call: Call, round: Round, callId: string, inputResponses: JsonObject | undefined): Promise<RpcAnswer> {
    const { name, exchange } = call;
    const { caller } = exchange;
    const done = (outcome: Outcome, answer: RpcAnswer, upstreamMs?: number): RpcAnswer => {
      this.#settle(exchange, callId, outcome);
      if (round.chargedCallId !== undefined) this.#settle(exchange, round.chargedCallId, outcome);
      this.#o.onDone({ method: 'tools/call', name, verdict: 'ALLOW', callId, outcome, ...(upstreamMs !== undefined && { upstreamMs }) });
      return answer;
    };
    let pin: PinnedTool | undefined;
    try {
      // Once more: while people decided, what they decided on may have changed.
      pin = (await this.#o.pins.toolsOf(caller.serverId)).find((tool) => tool.name === name && isShown(tool));
    } catch (error) {
      return done('NOT_SENT', toolError(undecided(error)));
    }
    if (call.pin === undefined) return done('NOT_SENT', unknownTool(name));
    if (pin?.state !== 'approved' || pin.definitionHash !== call.pin.definitionHash) return done('NOT_SENT', toolError(HELD));
    const server = this.#o.servers.get(caller.serverId);
    if (server?.kind === 'http' && server.connection !== undefined && server.tokenTool === name) return this.#handOver(server.connection, server.tokenDelivery, caller.grantId, done);
    const connection = server?.kind === 'http' ? server.connection : undefined;
    let args = call.args;
    if (connection !== undefined) {
      try {
        args = await withTokens(args, this.#o.tokens, connection, caller.grantId);
      } catch (error) {
        return done('NOT_SENT', toolError(notSent(reasonOf(error), 'The access token in the arguments is not good any more; have another one.')));
      }
    }
    const startedMs = performance.now();
    const answer = await this.#forward(call, args, round, inputResponses);
    const tookMs = performance.now() - startedMs;
    if (answer.outcome !== 'answered') {
      return answer.outcome === 'not_sent' ? done('NOT_SENT', toolError(notSent(answer.reason, answer.message, answer.retryAfterMs)), tookMs) : done('UNKNOWN', toolError(noAnswer(answer.reason, answer.message)), tookMs);
    }
    if ('error' in answer) return done('FAILED', errorDown(answer.error, exchange), tookMs);
    const { result } = answer;
    const { resultType = 'complete' } = result;
    if (resultType === 'complete') return done(result['isError'] === true ? 'FAILED' : 'SUCCEEDED', { result: resultDown({ ...result, resultType }) }, tookMs);
    if (resultType === 'input_required') return this.#moreInput(call, { ...round, chargedCallId: round.chargedCallId ?? callId }, result, (outcome, refused) => done(outcome, refused, tookMs));
    return done('UNKNOWN', toolError(noAnswer('RESULT_TYPE_UNKNOWN', 'The server answered in a way that this gateway does not know.')), tookMs);
  }

  async #forward(call: Call, args: JsonObject, round: Round, inputResponses: JsonObject | undefined): Promise<UpstreamAnswer> {
    const { exchange, pin, name, params } = call;
    if (exchange.signal.aborted) return { outcome: 'not_sent', reason: 'CANCELLED', message: 'The call was cancelled.' };
    try {
      const upstream = await this.#o.upstreams.of(exchange.caller.serverId, exchange.caller);
      const schema = pin?.definition['inputSchema'];
      const more: JsonObject = { ...(round.upstreamState !== undefined && { requestState: round.upstreamState }), ...(inputResponses !== undefined && { inputResponses }) };
      return await upstream.request('tools/call', paramsUpstream(params, { name, arguments: args, ...more }), upstreamCall(exchange, call.told, isObject(schema) ? schema : undefined));
    } catch (error) {
      return { outcome: 'not_sent', reason: reasonOf(error), message: 'The server cannot be reached just now.' };
    }
  }

  /** The upstream wants to know more: the client is asked in the way that it can be (I1, I3, I4), or the call ends with the reason. */
  async #moreInput(call: Call, round: Round, result: JsonObject, end: (outcome: Outcome, answer: RpcAnswer) => RpcAnswer): Promise<RpcAnswer> {
    const { exchange } = call;
    const refused = (why: string): RpcAnswer => end('FAILED', toolError({ text: `[NOT DONE] The server needs more input, and ${why}.`, meta: { 'docket/verdict': 'ALLOW', 'docket/reason': 'INPUT_NOT_AVAILABLE' } }));
    const why = unaskable(result, exchange);
    if (why !== undefined) return refused(why);
    if (isOver(round, this.#o.states)) return refused('it has asked too often, or for too long');
    const { requestState, inputRequests } = result;
    const state = typeof requestState === 'string' ? requestState : undefined;
    if (comesBack(exchange)) return { result: resultDown({ ...result, requestState: nextState(round, round.asked, state, this.#o.states, bindingOf(call)) }) };
    const responses = isObject(inputRequests) ? await askClient(inputRequests, exchange) : {};
    if (responses === undefined) return refused('this client does not give it');
    // A round is a call like any other: decided anew, charged once (I5).
    return this.#decided(call, { ...round, number: round.number + 1, upstreamState: state }, responses);
  }

  async #handOver(connection: string, delivery: 'stand_in' | 'reveal', grantId: string, done: (outcome: Outcome, answer: RpcAnswer) => RpcAnswer): Promise<RpcAnswer> {
    try {
      const { value, expiresAt } = await this.#o.tokens.handOver(connection, grantId, delivery);
      const given = { accessToken: value, expiresAt: Math.floor(expiresAt.getTime() / 1_000) };
      return done('SUCCEEDED', { result: { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(given) }], structuredContent: given } });
    } catch (error) {
      return done('NOT_SENT', toolError(notSent(reasonOf(error), 'No access token can be had just now.', error instanceof DocketError ? error.retryAfterMs : undefined)));
    }
  }

  #settle({ caller }: Exchange, callId: string, outcome: Outcome): void {
    void this.#o.settlements.settle({ grant: caller.token, callId, outcome });
  }
}

const HELD = {
  text: '[POLICY DENIED] The definition of this tool has changed since it was approved; it is held until somebody has looked at it. Nothing was called.',
  meta: { 'docket/verdict': 'DENY', 'docket/rule': '(tool changed)' },
};

/** The same for a tool that there is not and one that is hidden (R4). */
export function unknownTool(name: string): RpcAnswer {
  return { error: { code: RPC.invalidParams, message: `Unknown tool: ${name.slice(0, SHOWN_NAME_MAX)}` } };
}

export function errorDown({ code, message, data }: { readonly code: number; readonly message: string; readonly data?: unknown }, { era, clientCapabilities }: Exchange): RpcAnswer {
  const wanted = isObject(data) && data['reason'] === 'UPSTREAM_WANTS_CAPABILITY' && Array.isArray(data['requiredCapabilities']) ? data['requiredCapabilities'] as readonly unknown[] : [];
  const missing = PASSED_ON.filter((name) => wanted.includes(name) && clientCapabilities[name] === undefined);
  // What it is told is our own, in the specification's words (R5): the client can declare it and ask again.
  if (era === 'modern' && missing.length > 0) return { error: { code: RPC.missingClientCapability, message: `The server needs what this client has not declared: ${missing.join(', ')}`, data: { requiredCapabilities: Object.fromEntries(missing.map((name) => [name, {}])) } } };
  // That our own request lacked a capability says nothing of the client's (R5).
  if (code === RPC.missingClientCapability) return { error: { code: GATEWAY_ERRORS.upstream, message: 'The server needs a capability that this client has not declared' } };
  return { error: { code: era === 'modern' ? modernErrorCode(code) : code, message, ...(data !== undefined && { data: data as never }) } };
}

function notSent(reason: string, message: string, retryAfterMs?: number): { text: string; meta: JsonObject } {
  const seconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return { text: `[NOT SENT] ${sentence(message)} Nothing was called.${seconds === undefined ? '' : ` Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`}`, meta: { 'docket/verdict': 'ALLOW', 'docket/reason': reason, ...(seconds !== undefined && { 'docket/retry-after-seconds': seconds }) } };
}

function noAnswer(reason: string, message: string): { text: string; meta: JsonObject } {
  return { text: `[NO ANSWER] ${sentence(message)} Whether the call was carried out is not known: look before you repeat it.`, meta: { 'docket/verdict': 'ALLOW', 'docket/reason': reason } };
}

/** Another sentence follows it. */
function sentence(message: string): string {
  return `${message.slice(0, 1).toUpperCase()}${message.slice(1)}${/[.!?…]$/.test(message) ? '' : '.'}`;
}

function reasonOf(error: unknown): string {
  return error instanceof DocketError ? error.reason : 'INTERNAL';
}

function invalidParams(message: string): RpcAnswer {
  return { error: { code: RPC.invalidParams, message: `Invalid params: ${message}` } };
}

function bindingOf({ name, text, exchange: { caller } }: Call): StateBinding {
  return { grantId: caller.grantId, serverId: caller.serverId, method: 'tools/call', name, arguments: text };
}
