import { createHash } from 'node:crypto';
import { newCallId, spellCallId } from '#client';
import { isObject, type JsonObject, RPC } from '#mcp';
import type { Exchange, RpcAnswer } from '../ports.js';
import type { RequestStates, StateBinding } from './request-state.js';

/** As many rounds as official clients go by themselves. */
const ROUNDS_MAX = 10;
/** Below the ten minutes for which a call's id is taken, by as much as clocks may differ and a round takes. */
const CONVERSATION_MS = 8.5 * 60_000;

/** What an upstream may ask of a client in the middle of a call, and the capability that a client has declared for it (I4). */
const ASKED: Readonly<Record<string, string>> = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };
const FIELD_NAMES_OF_SECRETS = /pass(?:word|phrase)|secret|api[-_ ]?key|access[-_ ]?token|credit[-_ ]?card|\bcvv\b/i;

/** Where a conversation about one call stands. */
export interface Round {
  /** Under which the whole conversation is charged once. */
  readonly logicalCallId: string;
  readonly number: number;
  /** How many times a decision was asked for before it: the ids of calls follow from it. */
  readonly asked: number;
  /** The client came with a state, which it may send again. */
  readonly isResumed: boolean;
  /** The first call of the conversation, which was charged: it is settled with the last. */
  readonly chargedCallId: string | undefined;
  /** The upstream's own state, to be handed back. */
  readonly upstreamState: string | undefined;
  /** What the client's user was asked in the round before, of an approval. */
  readonly question?: { readonly approvalId: string; readonly mode: 'form' | 'url' };
}

export const FIRST_ROUND: Omit<Round, 'logicalCallId'> = { number: 1, asked: 0, isResumed: false, chargedCallId: undefined, upstreamState: undefined };

/** The first round, or the one that the client goes on with; undefined: the state is none of this request's (I2, I3). */
export function roundOf(params: JsonObject, states: RequestStates, binding: () => StateBinding): Round | undefined {
  const { requestState } = params;
  if (requestState === undefined) return { ...FIRST_ROUND, logicalCallId: newCallId() };
  const held = typeof requestState === 'string' ? states.open(requestState, binding()) : undefined;
  if (held === undefined || typeof held['call'] !== 'string' || typeof held['round'] !== 'number' || typeof held['asked'] !== 'number') return undefined;
  const { upstream, charged, approval, mode } = held;
  return {
    logicalCallId: held['call'], number: held['round'] + 1, asked: held['asked'], isResumed: true, chargedCallId: typeof charged === 'string' ? charged : undefined, upstreamState: typeof upstream === 'string' ? upstream : undefined,
    ...(typeof approval === 'string' && { question: { approvalId: approval, mode: mode === 'form' ? 'form' : 'url' } }),
  };
}

/** The state for the round after this one, in which so many decisions, and perhaps the client's user, have been asked. */
export function nextState({ logicalCallId, number, chargedCallId }: Round, asked: number, upstreamState: string | undefined, states: RequestStates, binding: StateBinding, question?: Round['question']): string {
  return states.seal({
    call: logicalCallId, round: number, asked, ...(chargedCallId !== undefined && { charged: chargedCallId }), ...(upstreamState !== undefined && { upstream: upstreamState }),
    ...(question !== undefined && { approval: question.approvalId, mode: question.mode }),
  }, binding);
}

/**
 * The id under which a conversation asks for its nth decision, whoever asks and however often: a state that is sent again asks under an id
 * that is decided already, so what was allowed once is known to have been (I2). It has the time of the conversation's beginning.
 */
export function callIdOf(logicalCallId: string, asked: number): string {
  return idOf(logicalCallId.slice(0, 13).replace('-', ''), `${logicalCallId} ${asked}`);
}

/** Ids under which this conversation has asked so far, and asks now. */
export function callIdsOf({ logicalCallId, asked }: Pick<Round, 'logicalCallId' | 'asked'>): readonly string[] {
  return Array.from({ length: asked + 1 }, (_, n) => callIdOf(logicalCallId, n));
}

/** The id of a conversation that begins at this time and is told apart by the seed, whoever begins it. */
export function conversationAt(timeMs: number, seed: string): string {
  const hex = Math.floor(timeMs).toString(16).padStart(12, '0');
  return idOf(hex, `${hex} ${seed}`);
}

function idOf(timeHex: string, seed: string): string {
  return spellCallId(timeHex, createHash('sha256').update(seed).digest('hex'));
}

/** No more rounds: official clients make no more, and the ids of a conversation are good for ten minutes from its beginning. */
export function isOver({ logicalCallId, number }: Round, { wallMs }: RequestStates): boolean {
  return number >= ROUNDS_MAX || wallMs() > parseInt(logicalCallId.slice(0, 13).replace('-', ''), 16) + CONVERSATION_MS;
}

/** An answer may have been lost, so what it did is not done again (C9). */
export function usedState(): RpcAnswer {
  return { error: { code: RPC.invalidParams, message: 'Invalid requestState: it was used before, and the call was allowed then; look what it has done before you repeat the request without it' } };
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
