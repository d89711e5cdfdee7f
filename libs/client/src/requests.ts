import type { decision } from '#contracts';
import { DocketError } from '#errors';
import type { FieldViolation } from '#errors';
import { newCallId, readCallId } from './call-id.js';
import type { Asked } from './calls.js';
import { argumentBytes, ArgumentsProblem } from './json-arguments.js';
import type { JsonObject } from './json-arguments.js';

/** One tool call that is to be decided. */
export interface ToolCall {
  /** Grant token (`dg_…`) or grant id. */
  readonly grant: string;
  readonly tool: string;
  /** JSON text or bytes as the agent sent them, digit for digit; or an object. Nothing means `{}`. */
  readonly arguments?: JsonObject | string | Uint8Array;
  /** Checked against the grant's server. */
  readonly serverId?: string;
  readonly sessionId?: string;
  readonly agent?: string;
  /** Whom the agent works for. */
  readonly principal?: string;
  readonly toolDefinitionHash?: string;
  /** The call that this one continues (a multi-round request): decided anew, charged once. */
  readonly logicalCallId?: string;
  /** W3C traceparent of the gateway's own span, so that what Docket does is part of its trace. What is none is left out. */
  readonly traceparent?: string;
  /** UUID version 7, to ask again about a call. Without it the client makes a new one. */
  readonly callId?: string;
}

const GRANT = /^(?:dg_)?([0-9a-f]{32})(?:_[A-Za-z0-9_-]{43})?$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const TEXT_LENGTH_MAX = 1_024;
const ARGUMENT_BYTES_MAX = 1024 * 1024;
const TEXTS = ['tool', 'serverId', 'sessionId', 'agent', 'principal', 'toolDefinitionHash'] as const;

/**
 * A call as a request. What could not be matched or would spoil a message for others is refused here, everything else by the service.
 * Throws DocketError invalid_argument, which names fields and never values of the arguments.
 */
export function readCall(call: ToolCall, dryRun: boolean): Asked {
  const violations: FieldViolation[] = [];
  const grantId = grantIdOf(call.grant);
  if (grantId === undefined) violations.push({ field: 'grant', description: 'expected a grant token (dg_…) or a grant id of 32 hex characters' });
  const callId = idOf(call.callId, 'callId', violations) ?? newCallId();
  const logicalCallId = idOf(call.logicalCallId, 'logicalCallId', violations) ?? '';
  let bytes = 256;
  for (const field of TEXTS) bytes += checkText(field, call[field] ?? '', violations);
  let args: Uint8Array = new Uint8Array();
  try {
    args = argumentBytes(call.arguments);
  } catch (error) {
    if (!(error instanceof ArgumentsProblem)) throw error;
    violations.push({ field: 'arguments', description: error.message });
  }
  if (args.length > ARGUMENT_BYTES_MAX) violations.push({ field: 'arguments', description: `found ${args.length} bytes, expected at most ${ARGUMENT_BYTES_MAX}` });
  if (violations.length > 0 || grantId === undefined) throw refused(violations);
  const { grant, tool, serverId = '', sessionId = '', agent = '', principal = '', toolDefinitionHash = '', traceparent = '' } = call;
  const request: decision.DecideRequest & { readonly callId: string } = {
    callId, grant, tool, arguments: args, serverId, sessionId, agent, principal, toolDefinitionHash, logicalCallId, dryRun,
    // A wrong one must not cost the call: tracing is never a reason to refuse.
    traceparent: TRACEPARENT.test(traceparent) ? traceparent : '',
  };
  return { grantId, request, bytes: bytes + args.length };
}

/** Of a token or an id; undefined for what is neither. */
export function grantIdOf(grant: string): string | undefined {
  return typeof grant === 'string' ? GRANT.exec(grant)?.[1] : undefined;
}

export function refused(violations: readonly FieldViolation[]): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'INVALID_REQUEST', violations, metadata: { outcome: 'not_decided' },
    message: `the request is not acceptable: ${violations.map(({ field, description }) => `${field}: ${description}`).join('; ')}`,
  });
}

function idOf(text: string | undefined, field: string, violations: FieldViolation[]): string | undefined {
  if (text === undefined || text === '') return undefined;
  const id = readCallId(text);
  if (id === undefined) violations.push({ field, description: 'expected a UUID version 7' });
  return id;
}

function checkText(field: string, text: string, violations: FieldViolation[]): number {
  if (typeof text !== 'string') violations.push({ field, description: 'expected a text' });
  else if (text.length > TEXT_LENGTH_MAX) violations.push({ field, description: `found ${text.length} characters, expected at most ${TEXT_LENGTH_MAX}` });
  else if (!text.isWellFormed()) violations.push({ field, description: 'expected Unicode without lone surrogates' });
  return typeof text === 'string' ? text.length : 0;
}
