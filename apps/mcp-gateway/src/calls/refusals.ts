import type { Decision, LimitState } from '#client';
import { DocketError } from '#errors';
import type { JsonObject } from '#mcp';
import type { RpcAnswer } from '../ports.js';

/** Codes of our own, for methods whose results cannot say that they failed. They lie outside of what JSON-RPC reserves (R1). */
export const GATEWAY_ERRORS = { denied: 4030, rateLimited: 4290, approvalRequired: 4091, undecided: 5030, upstream: 5020 } as const;

export type Refusing = Exclude<Decision, { readonly allowed: true }>;

/** A call that is not made, in words that an agent can act on (R3, R7), and with what programs may want to know under `docket/`. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
  readonly meta: JsonObject;
}

/** @param page where people decide on it, if it waits for them and there is one */
export function refusalOf(decision: Refusing, page?: string): Refusal {
  const message = sentence(decision.message);
  const meta: JsonObject = {
    'docket/verdict': decision.verdict, 'docket/rule': decision.rule, 'docket/call-id': decision.callId, ...remainingOf(decision.limits),
    ...(decision.approvalId !== null && { 'docket/approval-id': decision.approvalId }),
  };
  switch (decision.verdict) {
    case 'DENY':
      return { code: GATEWAY_ERRORS.denied, text: `[POLICY DENIED] ${message} Repeating the call will not help.`, meta };
    case 'RATE_LIMITED': {
      const seconds = Math.max(1, Math.ceil(decision.retryAfterMs / 1_000));
      return { code: GATEWAY_ERRORS.rateLimited, text: `[POLICY DENIED] ${message}${message.includes(`${seconds} second`) ? '' : ` Wait ${seconds} second${seconds === 1 ? '' : 's'}, then call again.`}`, meta: { ...meta, 'docket/retry-after-seconds': seconds } };
    }
    case 'APPROVAL_REQUIRED': {
      const until = decision.approvalExpiresAt.toISOString();
      return {
        code: GATEWAY_ERRORS.approvalRequired, meta: { ...meta, 'docket/approval-expires-at': until },
        text: `[POLICY DENIED] ${message} Pending approval ${decision.approvalId}, which expires at ${until}.${page === undefined ? '' : ` Approvers decide at ${page}.`} Once it is approved, repeat the identical call: it is let through once. Other arguments need an approval of their own.`,
      };
    }
  }
}

/** Nobody could decide: the call was not made. */
export function undecided(error: unknown): Refusal {
  const { reason, retryAfterMs } = error instanceof DocketError ? error : { reason: 'INTERNAL', retryAfterMs: undefined };
  const seconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const isGrant = reason.startsWith('GRANT_');
  const text = isGrant
    ? '[POLICY DENIED] The grant of this connection is not good any more. Nothing was called; ask whoever gave it to you for another one.'
    : `[NOT DECIDED] No decision could be had just now, so nothing was called. ${seconds === undefined ? 'Try again in a moment.' : `Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`}`;
  return { code: isGrant ? GATEWAY_ERRORS.denied : GATEWAY_ERRORS.undecided, text, meta: { 'docket/verdict': 'UNDECIDED', 'docket/reason': reason, ...(seconds !== undefined && { 'docket/retry-after-seconds': seconds }) } };
}

/** A result that a model gets to see: errors of JSON-RPC it does not. */
export function toolError({ text, meta }: Pick<Refusal, 'text' | 'meta'>): RpcAnswer {
  return { result: { resultType: 'complete', content: [{ type: 'text', text }], isError: true, _meta: meta } };
}

/** The same for methods whose results have no `isError`. */
export function rpcError({ code, text, meta }: Refusal): RpcAnswer {
  return { error: { code, message: text, data: meta } };
}

/** What is left of the tightest limit that refused, or else of the tightest. */
function remainingOf(limits: readonly LimitState[]): JsonObject {
  const tightest = limits.find(({ refused }) => refused) ?? limits.toSorted((a, b) => Number(a.remaining) - Number(b.remaining))[0];
  return tightest === undefined ? {} : { 'docket/remaining': tightest.remaining };
}

function sentence(text: string): string {
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}
