import { z } from 'zod';
import { DocketError } from '#errors';
import type { TokenCommand } from './commands.js';
import { cause, code, connection, count, durationMs, generation, hash, holder, ownerId, random, randomId, reason, remainingMs, settings, slot, status } from './fields.js';
import { DENIED_ACTIONS, MINT_REASONS } from './model.js';

/** A handle is for passing on at once. */
export const HANDLE_TTL_MAX_MS = 60_000;

const common = { ...connection, ...cause };
const secret = { secret_id: randomId, secret_version: z.int().positive(), binding: hash };
const mint = { slot, mint_id: randomId };

const schemas = {
  RegisterConnection: z.object({ ...common, settings, ...secret }),
  RotateSecret: z.object({ ...common, ...secret }),
  RenewSecret: z.object({ ...common, former_secret_id: randomId, secret_id: randomId }),
  SuspendConnection: z.object(common),
  ResumeConnection: z.object(common),
  RemoveConnection: z.object({ ...common, secret_version: z.int().positive() }),
  ResetBreaker: z.object(common),
  BeginMint: z.object({ ...common, ...mint, known_generation: generation.nullable(), reason: z.enum(MINT_REASONS), min_ttl_ms: durationMs.optional(), owner: ownerId, mints_elsewhere: z.int().nonnegative().optional() }),
  FinishMint: z.object({
    ...common, ...mint, fingerprint: hash, lifetime_ms: durationMs, elapsed_ms: durationMs, refresh_in_ms: durationMs.nullable(),
    renewed_secret_id: randomId.nullable(), random,
  }),
  FailMint: z.object({
    ...common, ...mint, class: z.enum(['transient', 'permanent']), code, status, retry_after_ms: durationMs.nullable(), elapsed_ms: durationMs, random,
  }),
  RejectToken: z.object({ ...common, slot, generation }),
  RevokeToken: z.object({ ...common, slot: slot.nullable(), generation: generation.nullable() }),
  WrapToken: z.object({ ...common, slot, generation, handle: hash, ttl_ms: z.int().positive().max(HANDLE_TTL_MAX_MS) }),
  UnwrapToken: z.object({ ...common, handle: hash, use_id: randomId }),
  RevealToken: z.object({ ...common, slot, generation }),
  CutOffGrant: z.object({ ...common, holder }),
  LiftCutOff: z.object({ ...common, holder }),
  EndHeldTokens: z.object({ ...common, holder }),
  BarGrant: z.object({ tenant: connection.tenant, ...cause, holder }),
  LiftBar: z.object({ tenant: connection.tenant, ...cause, holder }),
  ReportServed: z.object({ ...common, slot, generation, served: count, least_remaining_ms: remainingMs }),
  ReportDenied: z.object({ ...common, action: z.enum(DENIED_ACTIONS), reason, denials: count }),
} satisfies Record<TokenCommand['type'], z.ZodType>;

/** What is wrong with the command itself, whatever the state; undefined if nothing. Names fields, never their values. */
export function shapeError(command: TokenCommand): DocketError | undefined {
  const { type, ...fields } = command;
  const parsed = schemas[type].safeParse(fields);
  if (parsed.success) return undefined;
  const violations = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), description: message }));
  return new DocketError('invalid_argument', {
    reason: 'INVALID_REQUEST', message: `the request is not valid: ${[...new Set(violations.map(({ field }) => field))].join(', ')}`, violations,
  });
}
