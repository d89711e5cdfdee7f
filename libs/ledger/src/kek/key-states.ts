import type pg from 'pg';
import { withPostgresErrors } from '../postgres/errors.js';
import type { LiveKeyring } from './live-keyring.js';
import { kekUses, LOCK_KEYS, type KekUse } from './rotate-keys.js';

/**
 * `current`: wraps from now on. `former`: still wraps something. `unused`: at hand, and wraps nothing (any more, or yet).
 * `missing`: wraps something, and is not at hand.
 */
export type KeyState = 'current' | 'former' | 'unused' | 'missing';

export interface KeyStatus extends KekUse {
  readonly state: KeyState;
  /** Where it comes from, for people; undefined: it is missing. */
  readonly source: string | undefined;
}

/** How far the newest key has come. */
export interface RotationStatus {
  /** Keys of grants and connections under the current key. */
  readonly rewrapped: number;
  readonly total: number;
  /** A `docket keys` command is at work at this moment. */
  readonly isUnderWay: boolean;
}

/** Every key-encryption key that is at hand or in use, with what it wraps, the current one first; and how far a rotation has come. */
export async function keyStates(pool: pg.Pool, keyring: LiveKeyring): Promise<{ readonly keys: KeyStatus[]; readonly rotation: RotationStatus }> {
  const uses = await kekUses(pool, keyring);
  const unused = keyring.ids.filter((id) => !uses.some((use) => use.id === id)).map((id): KekUse => ({ id, isCurrent: false, isHere: true, grants: 0, connections: 0, newestAt: undefined }));
  const keys = [...uses, ...unused].map((use): KeyStatus => ({ ...use, state: stateOf(use), source: keyring.sourceOf(use.id)?.label }));
  const sum = (of: readonly KekUse[]): number => of.reduce((total, { grants, connections }) => total + grants + connections, 0);
  return { keys, rotation: { rewrapped: sum(uses.filter(({ isCurrent }) => isCurrent)), total: sum(uses), isUnderWay: await isUnderWay(pool) } };
}

function stateOf({ isCurrent, isHere, grants, connections }: KekUse): KeyState {
  if (isCurrent) return 'current';
  if (!isHere) return 'missing';
  return grants + connections > 0 ? 'former' : 'unused';
}

async function isUnderWay(pool: pg.Pool): Promise<boolean> {
  const { rows: [found] } = await withPostgresErrors('the locks', () => pool.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND objsubid = 2 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS held`, LOCK_KEYS));
  return found?.held === true;
}
