import { z } from 'zod';
import type { Json } from './codec.js';
import { cause, code, connection, hash, holder, ownerId, randomId, settings, slot, status, timeMs } from './fields.js';
import { MINT_REASONS } from './model.js';
import { initialTokenState, keyOf, type ConnectionRecord, type HandleRecord, type Slot, type TokenState } from './state.js';

const FORMAT = 3;
const count = z.int().nonnegative();
const failureClass = z.enum(['transient', 'permanent']);

const slotSchema = z.strictObject({
  slot,
  token: z.strictObject({
    generation: count, mint_id: randomId, fingerprint: hash, minted_at_ms: timeMs, soft_at_ms: timeMs, hard_at_ms: timeMs, expires_at_ms: timeMs,
    after_rejection: z.boolean(), ended_by: z.enum(['rejection', 'revocation']).nullable(),
  }).nullable(),
  minting: z.strictObject({
    mint_id: randomId, owner: ownerId, attempt: count, reason: z.enum(MINT_REASONS), after_rejection: z.boolean(), started_at_ms: timeMs,
  }).nullable(),
  used_at_ms: timeMs,
  hold: z.strictObject({ cause: z.enum(['rejected', 'refused']), until_ms: timeMs }).nullable(),
});

const connectionSchema = z.strictObject({
  ...connection, settings, status: z.enum(['active', 'suspended', 'removed']), secret_id: randomId, secret_version: count, binding: hash,
  registered_by: cause.actor, registered_at_ms: timeMs, generation: count, failures: count,
  last_failure: z.strictObject({ class: failureClass, code, status, at_ms: timeMs, retry_at_ms: timeMs }).nullable(),
  failing_days: count, last_failing_day: count, mints: z.array(timeMs), capped_until_ms: timeMs, slots: z.array(slotSchema),
  replaced: z.array(z.strictObject({ slot, generation: count, mint_id: randomId, fingerprint: hash, expires_at_ms: timeMs, ended_by: z.enum(['rejection', 'revocation']).nullable() })),
  revoked_up_to: count,
  handles: z.array(z.strictObject({ handle: hash, slot, generation: count, grant_id: cause.grant_id, handle_expires_at_ms: timeMs, use_id: randomId.nullable(), denials: count })),
  holders: z.array(z.strictObject({ grant_id: holder, slot, generation: count, expires_at_ms: timeMs })),
  cut_off: z.array(holder),
});

const snapshotSchema = z.strictObject({ format: z.literal(FORMAT), connections: z.array(connectionSchema), mints: z.array(timeMs), capped_until_ms: timeMs,
  barred: z.array(z.strictObject({ tenant: connection.tenant, grants: z.array(holder) })),
});

/** Canonical: lists are in the order of the events that made them, and the keys of every object are sorted. */
export function snapshot(state: TokenState): Json {
  return sorted({
    format: FORMAT,
    connections: [...state.connections.values()].map((record) => ({
      ...record, slots: [...record.slots].map(([name, of]) => ({ slot: name, ...of })), handles: [...record.handles].map(([name, of]) => ({ handle: name, ...of })),
      cut_off: [...record.cut_off],
    })),
    mints: state.mints,
    capped_until_ms: state.capped_until_ms,
    barred: [...state.barred].map(([tenant, grants]) => ({ tenant, grants: [...grants] })),
  });
}

/** Throws on a format or shape that this version does not know; a reader then folds from an older snapshot or from the start. */
export function restore(json: Json): TokenState {
  const parsed = snapshotSchema.safeParse(json);
  if (!parsed.success) throw new Error(`unknown token snapshot, expected format ${FORMAT}: see /${parsed.error.issues[0]?.path.join('/')}`);
  const state = initialTokenState();
  state.mints = parsed.data.mints;
  state.capped_until_ms = parsed.data.capped_until_ms;
  for (const { tenant, grants } of parsed.data.barred) state.barred.set(tenant, new Set(grants));
  for (const { slots, handles, cut_off, ...rest } of parsed.data.connections) {
    const record: ConnectionRecord = {
      ...rest, slots: new Map(slots.map(({ slot: name, ...of }): [string, Slot] => [name, of])),
      handles: new Map(handles.map(({ handle, ...of }): [string, HandleRecord] => [handle, of])), cut_off: new Set(cut_off),
    };
    state.connections.set(keyOf(record.tenant, record.connection_id), record);
  }
  return state;
}

function sorted(value: unknown): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value as Json;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, sorted(part)]));
}
