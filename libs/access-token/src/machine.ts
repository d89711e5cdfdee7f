import { decode, encode } from './codec.js';
import type { TokenCommand, TokenReply } from './commands.js';
import { decide } from './decide.js';
import { evolve } from './evolve.js';
import type { TokenEvent } from './model.js';
import { DEFAULT_TOKEN_SETTINGS, type TokenSettings } from './settings.js';
import { restore, snapshot } from './snapshot.js';
import { initialTokenState, type TokenState } from './state.js';

/** The state machine of a partition of `docket.tokens`: structurally the ledger's `StateMachine` (design.md 2). */
export function accessTokenMachine(settings: TokenSettings = DEFAULT_TOKEN_SETTINGS) {
  return {
    initialState: initialTokenState,
    decide: (state: TokenState, command: TokenCommand, { nowMs }: { readonly nowMs: number }) => decide(settings, state, command, nowMs),
    evolve, replyTo, encode, decode, snapshot, restore, maxEventBytes,
  };
}

function replyTo(event: TokenEvent, at: { readonly timeMs: number }): TokenReply {
  switch (event.type) {
    case 'ConnectionRegistered':
    case 'SecretRotated':
    case 'SecretRenewed':
    case 'ConnectionSuspended':
    case 'ConnectionResumed':
    case 'ConnectionRemoved':
    case 'BreakerReset':
    case 'TokenRevoked':
    case 'TokenRevealed':
    case 'GrantCutOff':
    case 'GrantCutOffLifted':
    case 'GrantTokensEnded':
    case 'GrantBarred':
    case 'GrantBarLifted':
    case 'TokenServed':
      return { kind: 'done', unchanged: false };
    case 'TokenWrapped':
      return { kind: 'wrapped', expires_at_ms: event.handle_expires_at_ms, now_ms: at.timeMs };
    case 'TokenUnwrapped': {
      const { slot, generation, mint_id, expires_at_ms } = event;
      return { kind: 'unwrapped', slot, generation, mint_id, expires_at_ms, now_ms: at.timeMs };
    }
    case 'AccessDenied':
      return { kind: 'denied', reason: event.reason };
    case 'MintStarted': {
      const { mint_id, secret_id, binding, attempt, reason } = event;
      return { kind: 'mint', mint_id, secret_id, binding, attempt, reason };
    }
    case 'TokenMinted': {
      const { generation, mint_id, fingerprint, soft_at_ms, hard_at_ms, expires_at_ms, renewed_secret_id } = event;
      return { kind: 'token', token: { generation, mint_id, fingerprint, minted_at_ms: at.timeMs, soft_at_ms, hard_at_ms, expires_at_ms }, now_ms: at.timeMs, renewed_secret_id };
    }
    case 'MintFailed': {
      const { class: failureClass, code, status, retry_at_ms } = event;
      return { kind: 'failed', class: failureClass, code, status, retry_at_ms };
    }
    case 'MintRefused':
      return { kind: 'refused', cap: event.cap, retry_at_ms: event.retry_at_ms };
    case 'TokenRejected':
      return { kind: 'rejected', generation: event.generation, retry_at_ms: event.retry_at_ms };
  }
}

/** An event has the fields of its command and some of the state's, which are short; a character takes at most three bytes, and JSON has escaped the rest. */
function maxEventBytes(command: TokenCommand): number {
  return 3 * JSON.stringify(command).length + 1_024;
}
