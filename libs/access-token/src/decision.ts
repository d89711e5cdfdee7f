import { DocketError, type ErrorKind } from '#errors';
import type { TokenReply } from './commands.js';
import type { TokenEvent } from './model.js';

/** Structurally the ledger's `Decision`. */
export type TokenDecision =
  | { readonly kind: 'append'; readonly event: TokenEvent }
  | { readonly kind: 'answer'; readonly reply: TokenReply }
  | { readonly kind: 'refuse'; readonly error: DocketError }
  | { readonly kind: 'advise'; readonly reply: DocketError };

export function append(event: TokenEvent): TokenDecision {
  return { kind: 'append', event };
}

export function answer(reply: TokenReply): TokenDecision {
  return { kind: 'answer', reply };
}

export const unchanged: TokenDecision = answer({ kind: 'done', unchanged: true });

export function refuse(kind: ErrorKind, reason: string, message: string, more: { retryAfterMs?: number; metadata?: Record<string, string> } = {}): TokenDecision {
  return { kind: 'refuse', error: new DocketError(kind, { reason, message, ...more }) };
}

/** Advisory, as every "not found" is. Does not say the id back: it may be a token in the wrong place. */
export function noConnection(): TokenDecision {
  return { kind: 'advise', reply: new DocketError('not_found', { reason: 'CONNECTION_NOT_FOUND', message: 'there is no connection of this id' }) };
}
