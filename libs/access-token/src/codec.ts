import { z } from 'zod';
import { cause, code, connection, count, durationMs, generation, hash, holder, ownerId, randomId, reason, remainingMs, settings, slot, status, timeMs } from './fields.js';
import { DENIED_ACTIONS, MINT_REASONS, type GrantEvent, type TokenEvent } from './model.js';

/** Structurally the ledger's `Json`; pure libs do not import the ledger. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Structurally the ledger's `EncodedEvent`. */
export interface EncodedEvent {
  readonly type: string;
  readonly subject: string;
  readonly data: Json;
}

const secret = { secret_id: randomId, secret_version: z.int().positive(), binding: hash };
const mint = { slot, mint_id: randomId };
const token = { slot, generation, fingerprint: hash, expires_at_ms: timeMs };
const failure = { class: z.enum(['transient', 'permanent']), code, status };

/** One schema an event type and version; strict, so that a reader never drops a field that it does not know. */
const schemas = {
  ConnectionRegistered: z.strictObject({ ...connection, ...cause, settings, ...secret }),
  SecretRotated: z.strictObject({ ...connection, ...cause, ...secret }),
  SecretRenewed: z.strictObject({ ...connection, former_secret_id: randomId, secret_id: randomId }),
  ConnectionSuspended: z.strictObject({ ...connection, ...cause }),
  ConnectionResumed: z.strictObject({ ...connection, ...cause }),
  ConnectionRemoved: z.strictObject({ ...connection, ...cause }),
  BreakerReset: z.strictObject({ ...connection, ...cause }),
  MintStarted: z.strictObject({
    ...connection, ...cause, ...mint, owner: ownerId, attempt: z.int().min(1).max(2), reason: z.enum(MINT_REASONS), after_rejection: z.boolean(),
    secret_id: randomId, binding: hash,
  }),
  TokenMinted: z.strictObject({
    ...connection, ...cause, ...mint, generation, fingerprint: hash, soft_at_ms: timeMs, hard_at_ms: timeMs, expires_at_ms: timeMs,
    renewed_secret_id: randomId.nullable(), took_ms: durationMs,
  }),
  MintFailed: z.strictObject({ ...connection, ...cause, ...mint, ...failure, retry_at_ms: timeMs, took_ms: durationMs }),
  MintRefused: z.strictObject({ ...connection, ...cause, slot, cap: z.enum(['connection', 'global']), retry_at_ms: timeMs }),
  TokenRejected: z.strictObject({ ...connection, ...cause, ...token, retry_at_ms: timeMs.nullable() }),
  TokenRevoked: z.strictObject({ ...connection, ...cause, slot: slot.nullable(), generation: z.int().nonnegative() }),
  TokenWrapped: z.strictObject({ ...connection, ...cause, ...token, handle: hash, handle_expires_at_ms: timeMs }),
  TokenUnwrapped: z.strictObject({ ...connection, ...cause, ...token, mint_id: randomId, handle: hash, use_id: randomId }),
  TokenRevealed: z.strictObject({ ...connection, ...cause, ...token }),
  GrantCutOff: z.strictObject({ ...connection, ...cause, holder }),
  GrantCutOffLifted: z.strictObject({ ...connection, ...cause, holder }),
  GrantTokensEnded: z.strictObject({ ...connection, ...cause, holder }),
  GrantBarred: z.strictObject({ tenant: connection.tenant, ...cause, holder }),
  GrantBarLifted: z.strictObject({ tenant: connection.tenant, ...cause, holder }),
  TokenServed: z.strictObject({ ...connection, ...cause, slot, generation, served: count, least_remaining_ms: remainingMs }),
  AccessDenied: z.strictObject({ ...connection, ...cause, action: z.enum(DENIED_ACTIONS), reason, denials: count, handle: hash.nullable() }),
} satisfies Record<TokenEvent['type'], z.ZodType>;

const PREFIX = 'docket.token.';
const SUFFIX = '.v1';

/**
 * CloudEvents attributes and data of an event. The data carries no `type` of its own: the envelope has it. Throws on an
 * event that `decode` would refuse: what no reader could fold must not get into the log.
 */
export function encode(event: TokenEvent): EncodedEvent {
  const { type, ...data } = event;
  return { type: `${PREFIX}${type}${SUFFIX}`, subject: event.connection_id ?? (event as GrantEvent).holder, data: schemas[type].parse(data) as Json };
}

/** Throws on a type or a shape that it does not know. */
export function decode(encoded: EncodedEvent): TokenEvent {
  const name = encoded.type.startsWith(PREFIX) && encoded.type.endsWith(SUFFIX) ? encoded.type.slice(PREFIX.length, -SUFFIX.length) : '';
  if (!Object.hasOwn(schemas, name)) throw new Error(`unknown token event type ${encoded.type}`);
  const type = name as TokenEvent['type'];
  const parsed = schemas[type].safeParse(encoded.data);
  if (!parsed.success) throw new Error(`malformed ${encoded.type}: ${parsed.error.issues.map(({ path, message }) => `/${path.join('/')} ${message}`).join('; ')}`);
  const key = 'connection_id' in parsed.data ? 'connection_id' : 'holder';
  if ((parsed.data as Partial<Record<typeof key, string>>)[key] !== encoded.subject) throw new Error(`malformed ${encoded.type}: /${key} is not the subject`);
  return { type, ...parsed.data } as TokenEvent;
}
