import { type ApprovalRow, approvalRow, ofApprovalRow } from './approval-row.js';
import { amountJson, ofAmountJson } from './amount-json.js';
import type { GrantSet, Mode } from './model.js';
import { type BucketJson, RememberedCalls } from './remembered-calls.js';
import { type SlidingRow, restoreSliding, slidingRow } from './sliding-row.js';
import { type DecisionState, initialState, shareNames } from './state.js';

/** Structurally the ledger's `Json`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const FORMAT = 3;

/** The state as compact JSON. Everything is listed in the order in which it came, so the same events give the same text. */
export function snapshot(state: DecisionState): Json {
  const reservations = Array.from(state.reservations.entries(), ([bucket, calls]): Json => [bucket, flat(calls, ({ offset, released }) => [offset, released ? 1 : 0])]);
  return {
    format: FORMAT,
    grants: Array.from(state.grants.values(), grantRow),
    policies: [...state.policies].flatMap(([organisation, versions]) =>
      Array.from(versions, ([policyId, { version, registry_offset }]) => [organisation, policyId, version, registry_offset]),
    ),
    windows: Array.from(state.windows.entries(), ([endMs, counters]) => [endMs, flat(counters, amountJson)]),
    sliding: Array.from(state.sliding.entries(), slidingRow),
    approvals: Array.from(state.approvals.entries(), approvalRow),
    calls: state.calls.snapshot(),
    logical_calls: Array.from(state.logicalCalls.entries(), ([bucket, calls]) => [bucket, flat(calls, ({ offset, rounds }) => [offset, rounds])]),
    // Where nobody limits wider scopes the text is the same as before there were any.
    ...(reservations.length > 0 ? { reservations } : {}),
  };
}

/** Only of what `snapshot` made: the ledger checks the text's hash before. Throws on another format. */
export function restore(json: Json): DecisionState {
  const stored = json as {
    format: number;
    grants: GrantRow[];
    policies: [string, string, string, number][];
    windows: [number, (string | number)[]][];
    sliding: SlidingRow[];
    approvals: ApprovalRow[];
    calls: BucketJson[];
    logical_calls: [number, (string | [number, number])[]][];
    reservations?: [number, (string | [number, number])[]][];
  };
  if (stored.format !== FORMAT) throw new Error(`decisions snapshot: expected format ${FORMAT}`);
  const state: DecisionState = { ...initialState(), calls: RememberedCalls.restore(stored.calls) };
  for (const row of stored.grants) {
    const grant = shareNames(state, ofGrantRow(row));
    state.grants.set(grant.grant_id, grant);
  }
  for (const [organisation, policyId, version, registry_offset] of stored.policies) {
    const versions = state.policies.get(organisation) ?? new Map();
    state.policies.set(organisation, versions.set(policyId, { version, registry_offset }));
  }
  for (const [endMs, counters] of stored.windows) pairs<number | string>(counters, (counter, used) => state.windows.add(endMs, counter, ofAmountJson(used)));
  for (const row of stored.sliding) restoreSliding(state, row);
  for (const row of stored.approvals) state.approvals.restore(ofApprovalRow(row));
  for (const [bucket, calls] of stored.logical_calls) {
    pairs<[number, number]>(calls, (key, [offset, rounds]) => state.logicalCalls.setInBucket(bucket, key, { offset, rounds }));
  }
  for (const [bucket, calls] of stored.reservations ?? []) {
    pairs<[number, number]>(calls, (key, [offset, released]) => state.reservations.setInBucket(bucket, key, { offset, released: released === 1 }));
  }
  return state;
}

type KeptGrantRow = [string, number, string, string, string, string, Mode, number | null, boolean];
/** Erased ones have one more: the others are the same text as before there was erasure. */
type GrantRow = KeptGrantRow | [...KeptGrantRow, erased: true];

function grantRow(grant: GrantSet): GrantRow {
  const { grant_id, registry_offset, organisation, server_id, secret_hash, policy_id, mode, expires_at_ms, revoked, erased } = grant;
  const row: KeptGrantRow = [grant_id, registry_offset, organisation, server_id, secret_hash, policy_id, mode, expires_at_ms, revoked];
  return erased === true ? [...row, erased] : row;
}

function ofGrantRow(row: GrantRow): GrantSet {
  const [grant_id, registry_offset, organisation, server_id, secret_hash, policy_id, mode, expires_at_ms, revoked, erased] = row;
  return { type: 'GrantSet', grant_id, registry_offset, organisation, server_id, secret_hash, policy_id, mode, expires_at_ms, revoked, ...(erased === true ? { erased } : {}) };
}

/** [key, value, key, value, …] */
function flat<V>(map: ReadonlyMap<string, V>, toJson: (value: V) => Json): Json[] {
  const list: Json[] = [];
  for (const [key, value] of map) list.push(key, toJson(value));
  return list;
}

function pairs<V>(list: readonly (string | V)[], each: (key: string, value: V) => void): void {
  for (let i = 0; i < list.length; i += 2) each(list[i] as string, list[i + 1] as V);
}
