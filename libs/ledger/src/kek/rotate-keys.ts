import type pg from 'pg';
import { DocketError } from '#errors';
import { unwrapSecret, wrapSecret } from '../grant-keys.wrap.js';
import type { Keyring } from '../keyring.js';
import { withPostgresErrors } from '../postgres/errors.js';

export interface RewrapProgress {
  readonly done: number;
  /** What was left when it began, or more, if keys were made meanwhile. */
  readonly total: number;
}

export interface RewrapOptions {
  readonly pool: pg.Pool;
  /** Its current key wraps, the others unwrap. */
  readonly keyring: Keyring;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RewrapProgress) => void;
  readonly batch?: number;
}

/** What one key-encryption key wraps. */
export interface KekUse {
  readonly id: string;
  readonly isCurrent: boolean;
  /** It is at hand: what it wraps can be opened. */
  readonly isHere: boolean;
  readonly grants: number;
  readonly connections: number;
  /** When the newest of what it wraps was made. */
  readonly newestAt: Date | undefined;
}

/** "dock", 5: one rotation at a time. */
export const LOCK_KEYS = [0x646f636b, 5];
const BATCH = 500;

/** Which keys wrap what, those at hand and those that are missing, the current one first. */
export async function kekUses(pool: pg.Pool, keyring: Keyring): Promise<KekUse[]> {
  const { rows } = await inDatabase(() => pool.query<{ id: string; grants: string; connections: string; newest: Date }>(
    `SELECT kek_id AS id, count(*) FILTER (WHERE NOT starts_with(grant_id, 'connection/')) AS grants, count(*) FILTER (WHERE starts_with(grant_id, 'connection/')) AS connections,
            max(created_at) AS newest
       FROM ledger.grant_key WHERE kek_id IS NOT NULL GROUP BY kek_id ORDER BY max(created_at) DESC`));
  const uses = rows.map(({ id, grants, connections, newest }) => ({
    id, isCurrent: id === keyring.currentId, isHere: keyring.get(id) !== undefined, grants: Number(grants), connections: Number(connections), newestAt: newest,
  }));
  const current = uses.find(({ isCurrent }) => isCurrent) ?? { id: keyring.currentId, isCurrent: true, isHere: true, grants: 0, connections: 0, newestAt: undefined };
  return [current, ...uses.filter(({ isCurrent }) => !isCurrent)];
}

/** Runs `work` while no other rotation runs. Rejects with DocketError aborted / ROTATION_UNDER_WAY. */
export async function rotatingAlone<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = await inDatabase(() => pool.connect());
  try {
    // Of the session: it is given back when the process is lost, too.
    const { rows: [lock] } = await inDatabase(() => client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS taken', LOCK_KEYS));
    if (lock?.taken !== true) throw new DocketError('failed_precondition', { reason: 'ROTATION_UNDER_WAY', message: 'another docket keys command is at work on this database' });
    return await work();
  } finally {
    // If the lock cannot be given back, it goes with the connection.
    const isBack = await client.query('SELECT pg_advisory_unlock($1, $2)', LOCK_KEYS).then(() => true, () => false);
    client.release(!isBack);
  }
}

/**
 * Wraps every key that another key-encryption key wraps anew, under the current one. Online: each row is exchanged only if it
 * is what it was when it was read, so a key that is erased meanwhile stays erased, and readers find the old one or the new
 * one, both of which they can open. Stopped anywhere, it goes on where it was. Rejects with DocketError
 * failed_precondition / KEYRING_MISMATCH before it has done anything if a key is missing, data_loss / GRANT_KEY_BROKEN at a
 * row that does not open, after all others.
 */
export async function rewrapKeys({ pool, keyring, signal, onProgress = () => {}, batch = BATCH }: RewrapOptions): Promise<{ readonly rewrapped: number; readonly isComplete: boolean }> {
  const uses = await kekUses(pool, keyring);
  const total = uses.filter(({ isCurrent }) => !isCurrent).reduce((sum, { grants, connections }) => sum + grants + connections, 0);
  const missing = uses.filter(({ isHere }) => !isHere).map(({ id }) => id);
  if (missing.length > 0) {
    throw new DocketError('failed_precondition', { reason: 'KEYRING_MISMATCH', message: `this database holds keys wrapped by key ${missing.join(', ')}, which is not at hand` });
  }
  const broken: DocketError[] = [];
  let rewrapped = 0;
  let after = '';
  for (;;) {
    if (signal?.aborted) return { rewrapped, isComplete: false };
    const { rows } = await inDatabase(() => pool.query<{ grant_id: string; wrapped: Buffer }>(
      'SELECT grant_id, wrapped FROM ledger.grant_key WHERE kek_id <> $1 AND grant_id > $2 ORDER BY grant_id LIMIT $3', [keyring.currentId, after, batch]));
    if (rows.length === 0) break;
    after = rows.at(-1)!.grant_id;
    rewrapped += await exchange(pool, keyring, rows, broken);
    onProgress({ done: rewrapped, total: Math.max(total, rewrapped) });
  }
  if (broken[0]) throw broken[0];
  return { rewrapped, isComplete: true };
}

async function exchange(pool: pg.Pool, keyring: Keyring, rows: readonly { readonly grant_id: string; readonly wrapped: Buffer }[], broken: DocketError[]): Promise<number> {
  const ids: string[] = [];
  const former: Buffer[] = [];
  const next: Buffer[] = [];
  for (const { grant_id, wrapped } of rows) {
    try {
      next.push(wrapSecret(keyring, grant_id, unwrapSecret(keyring, grant_id, wrapped)));
      ids.push(grant_id);
      former.push(wrapped);
    } catch (error) {
      if (!(error instanceof DocketError)) throw error;
      broken.push(error);
    }
  }
  const { rowCount } = await inDatabase(() => pool.query(
    `UPDATE ledger.grant_key AS k SET wrapped = n.next, kek_id = $4
       FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n (id, former, next) WHERE k.grant_id = n.id AND k.wrapped = n.former`, [ids, former, next, keyring.currentId]));
  return rowCount ?? 0;
}

function inDatabase<T>(work: () => Promise<T>): Promise<T> {
  return withPostgresErrors('the key table', work);
}
