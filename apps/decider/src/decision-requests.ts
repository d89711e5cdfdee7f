import type { decision } from '#contracts';
import type { GrantReference, Outcome } from '#decision';
import { DocketError } from '#errors';
import type { FieldViolation } from '#errors';
import { ARGUMENT_LIMITS, canonicalJson, ExactJsonError, type ExactObject, parseExactJson } from '#policy';
import { readCallId } from './call-ids.js';
import { readGrant } from './grant-reference.js';

const NAME_LENGTH_MAX = 256;
const HASH_LENGTH_MAX = 128;
export const VISIBLE_NAMES_MAX = 2_000;
const NO_ARGUMENTS: ExactObject = new Map();

/** A call id and the time inside it. */
export interface CallId { readonly callId: string; readonly timeMs: number }

/** A decide request that has been looked through: what the rest of the path needs of it. */
export interface DecideInput {
  readonly grant: GrantReference;
  /** undefined: the server makes one. */
  readonly id: CallId | undefined;
  readonly request: decision.DecideRequest__Output;
  /** Arguments in their canonical form (policy.md 4). */
  readonly canonical: string;
  /** The same, parsed; empty when absent or no object. */
  readonly args: ExactObject;
  readonly keys: readonly string[];
  /** JSON, but no object. */
  readonly argumentsInvalid: boolean;
  readonly logicalCallId: string;
}

/** Reads a request; throws invalid_argument with one violation per bad field, and never a value of the arguments. */
export function readDecide(request: decision.DecideRequest__Output, options: { readonly idRequired: boolean }): DecideInput {
  const violations: FieldViolation[] = [];
  const grant = grantOf(request.grant, violations);
  const id = request.callId === '' && !options.idRequired ? undefined : callIdOf('call_id', request.callId, violations);
  if (request.tool === '') violations.push({ field: 'tool', description: 'found nothing, expected the name of a tool' });
  text('tool', request.tool, NAME_LENGTH_MAX, violations);
  text('server_id', request.serverId, NAME_LENGTH_MAX, violations);
  text('session_id', request.sessionId, NAME_LENGTH_MAX, violations);
  text('agent', request.agent, NAME_LENGTH_MAX, violations);
  text('principal', request.principal, NAME_LENGTH_MAX, violations);
  text('tool_definition_hash', request.toolDefinitionHash, HASH_LENGTH_MAX, violations);
  const logical = request.logicalCallId === '' ? undefined : callIdOf('logical_call_id', request.logicalCallId, violations);
  if (violations.length > 0 || grant === undefined) throw invalid(violations);
  return { grant, id, request, logicalCallId: logical?.callId ?? '', ...readArguments(request.arguments) };
}

/** Grant and call id of a Settle or GetDecision. */
export function readReference(request: { readonly grant: string; readonly callId: string }): { grant: GrantReference; id: CallId } {
  const violations: FieldViolation[] = [];
  const grant = grantOf(request.grant, violations);
  const id = callIdOf('call_id', request.callId, violations);
  if (grant === undefined || id === undefined) throw invalid(violations);
  return { grant, id };
}

export function readOutcome(outcome: decision.SettleRequest__Output['outcome']): Outcome {
  if (outcome === 'SUCCEEDED' || outcome === 'FAILED' || outcome === 'NOT_SENT' || outcome === 'UNKNOWN') return outcome;
  throw invalid([{ field: 'outcome', description: 'found none, expected SUCCEEDED, FAILED, NOT_SENT or UNKNOWN' }]);
}

/** Grant, names and session of a ListVisibleTools. */
export function readVisibleTools(request: decision.ListVisibleToolsRequest__Output): { grant: GrantReference; names: readonly string[]; sessionId: string; agent: string } {
  const violations: FieldViolation[] = [];
  const grant = grantOf(request.grant, violations);
  text('session_id', request.sessionId, NAME_LENGTH_MAX, violations);
  text('agent', request.agent, NAME_LENGTH_MAX, violations);
  if (request.names.length > VISIBLE_NAMES_MAX) {
    violations.push({ field: 'names', description: `found ${request.names.length}, expected at most ${VISIBLE_NAMES_MAX}` });
  } else {
    request.names.forEach((name, index) => text(`names[${index}]`, name, NAME_LENGTH_MAX, violations));
  }
  if (violations.length > 0 || grant === undefined) throw invalid(violations);
  return { grant, names: request.names, sessionId: request.sessionId, agent: request.agent };
}

function readArguments(bytes: Uint8Array): Pick<DecideInput, 'canonical' | 'args' | 'keys' | 'argumentsInvalid'> {
  if (bytes.length === 0) return { canonical: '{}', args: NO_ARGUMENTS, keys: [], argumentsInvalid: false };
  try {
    const value = parseExactJson(bytes, ARGUMENT_LIMITS);
    const args = value instanceof Map ? (value as ExactObject) : undefined;
    return { canonical: canonicalJson(value), args: args ?? NO_ARGUMENTS, keys: args === undefined ? [] : [...args.keys()], argumentsInvalid: args === undefined };
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    const description = error.where === '' ? error.expected : `${error.expected} (${error.where})`;
    throw new DocketError('invalid_argument', {
      reason: `ARGUMENTS_${error.reason.toUpperCase()}`,
      message: `the arguments are not acceptable: ${description}`,
      violations: [{ field: 'arguments', description }],
    });
  }
}

function grantOf(text: string, violations: FieldViolation[]): GrantReference | undefined {
  const grant = readGrant(text);
  if (grant === undefined) violations.push({ field: 'grant', description: 'expected a grant token (dg_…) or a grant id of 32 hex characters' });
  return grant;
}

function callIdOf(field: string, text: string, violations: FieldViolation[]): CallId | undefined {
  const id = readCallId(text);
  if (id === undefined) violations.push({ field, description: `found ${text === '' ? 'nothing' : 'something else'}, expected a UUID version 7` });
  return id;
}

/** Control characters and line breaks are refused, as in the registry: no business in a name, and PostgreSQL text cannot hold NUL. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

function text(field: string, value: string, lengthMax: number, violations: FieldViolation[]): void {
  if (value.length > lengthMax) violations.push({ field, description: `found ${value.length} characters, expected at most ${lengthMax}` });
  else if (CONTROL.test(value)) violations.push({ field, description: 'found a control character, expected none' });
}

function invalid(violations: readonly FieldViolation[]): DocketError {
  const fields = violations.slice(0, 5).map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the request is not acceptable: ${fields}`, violations });
}
