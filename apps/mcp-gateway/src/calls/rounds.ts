import { newCallId } from '#client';
import { isObject, type JsonObject, RPC } from '#mcp';
import type { Exchange, RpcAnswer } from '../ports.js';
import type { RequestStates, StateBinding } from './request-state.js';

/** As many rounds as official clients go by themselves. */
export const ROUNDS_MAX = 10;

/** What an upstream may ask of a client in the middle of a call, and the capability that a client has declared for it (I4). */
const ASKED: Readonly<Record<string, string>> = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };
const FIELD_NAMES_OF_SECRETS = /pass(?:word|phrase)|secret|api[-_ ]?key|access[-_ ]?token|credit[-_ ]?card|\bcvv\b/i;

/** Where a conversation about one call stands. */
export interface Round {
  /** Under which the whole conversation is charged once. */
  readonly logicalCallId: string;
  readonly number: number;
  /** The first call of the conversation, which was charged: it is settled with the last. */
  readonly chargedCallId: string | undefined;
  /** The upstream's own state, to be handed back. */
  readonly upstreamState: string | undefined;
}

/** The first round, or the one that the client goes on with; undefined: the state is none of this request's (I2, I3). */
export function roundOf(params: JsonObject, states: RequestStates, binding: () => StateBinding): Round | undefined {
  const { requestState } = params;
  if (requestState === undefined) return { logicalCallId: newCallId(), number: 1, chargedCallId: undefined, upstreamState: undefined };
  const held = typeof requestState === 'string' ? states.open(requestState, binding()) : undefined;
  if (held === undefined || typeof held['call'] !== 'string' || typeof held['round'] !== 'number') return undefined;
  const { upstream, charged } = held;
  return { logicalCallId: held['call'], number: held['round'] + 1, chargedCallId: typeof charged === 'string' ? charged : undefined, upstreamState: typeof upstream === 'string' ? upstream : undefined };
}

/** The state for the round after this one. */
export function nextState({ logicalCallId, number, chargedCallId }: Round, upstreamState: string | undefined, states: RequestStates, binding: StateBinding): string {
  return states.seal({ call: logicalCallId, round: number, ...(chargedCallId !== undefined && { charged: chargedCallId }), ...(upstreamState !== undefined && { upstream: upstreamState }) }, binding);
}

export function foreignState(): RpcAnswer {
  return { error: { code: RPC.invalidParams, message: 'Invalid requestState: it has ended, or was made for another request; repeat the request without it' } };
}

/** Why what an upstream asks of the client cannot be passed on; undefined: it can. */
export function unaskable(result: JsonObject, { clientCapabilities }: Exchange): string | undefined {
  const { inputRequests = {}, requestState } = result;
  if (!isObject(inputRequests) || (requestState !== undefined && typeof requestState !== 'string')) return 'what it asks for is malformed';
  const asked = Object.values(inputRequests);
  if (asked.length === 0 && requestState === undefined) return 'it asks for nothing';
  for (const request of asked) {
    if (!isObject(request) || typeof request['method'] !== 'string') return 'what it asks for is malformed';
    const capability = ASKED[request['method']];
    if (capability === undefined) return 'it asks for something that this gateway does not pass on';
    if (!isObject(clientCapabilities[capability])) return `it asks for ${capability}, which this client has not declared`;
    if (capability === 'elicitation' && asksForSecret(request['params'])) return 'it asks for a secret in a form, which is not passed on';
  }
  return undefined;
}

/** Whether a form wants a password or the like (I6): a third party's credentials do not go through clients. */
export function asksForSecret(params: unknown): boolean {
  if (!isObject(params) || params['mode'] === 'url') return false;
  const { requestedSchema } = params;
  if (!isObject(requestedSchema) || !isObject(requestedSchema['properties'])) return false;
  return Object.entries(requestedSchema['properties']).some(([name, schema]) => FIELD_NAMES_OF_SECRETS.test(name) || (isObject(schema) && typeof schema['title'] === 'string' && FIELD_NAMES_OF_SECRETS.test(schema['title'])));
}

/** Asks a client of a session, one request after another; undefined where it does not answer one. */
export async function askClient(inputRequests: JsonObject, exchange: Exchange): Promise<JsonObject | undefined> {
  const responses: Record<string, JsonObject> = {};
  for (const [key, request] of Object.entries(inputRequests)) {
    if (exchange.ask === undefined || !isObject(request)) return undefined;
    const answer = await exchange.ask(String(request['method']), isObject(request['params']) ? request['params'] : {}, exchange.signal);
    if ('error' in answer) return undefined;
    responses[key] = answer.result;
  }
  return responses;
}
