import type pg from 'pg';
import { DocketError } from '#errors';
import type { SealBudget } from './seal.js';

/** With random nonces one key is good for 2^32 messages (NIST SP 800-38D, 8.3); a process that is killed may not have counted its last ones. */
const SEALS_MAX = 2 ** 32 - 2 ** 26;
const WORN_FROM = SEALS_MAX / 2;
/** Reserved at a key's first seal here, then four times as much each time: few keys seal much, and each block may be left unused. */
const FIRST_BLOCK = 1_024;
const LAST_BLOCK = 2 ** 20;
/** What may be sealed while a reservation is on its way, or the database away. */
const AHEAD_MAX = 65_536;

type Query = (text: string, values: unknown[]) => Promise<pg.QueryResult<{ id: string; seals: string }>>;

/** For rows in the order of their ids, so that two processes do not wait for each other. */
const RESERVE = `
  WITH wanted AS (SELECT id, n FROM unnest($1::text[], $2::bigint[]) AS w (id, n)),
       locked AS (SELECT grant_id FROM ledger.grant_key WHERE grant_id IN (SELECT id FROM wanted) ORDER BY grant_id FOR UPDATE)
  UPDATE ledger.grant_key AS k SET seals = k.seals + wanted.n
    FROM wanted, locked WHERE k.grant_id = wanted.id AND locked.grant_id = k.grant_id
  RETURNING k.grant_id AS id, k.seals`;

/**
 * Counts the seals of every key over all processes and restarts, in blocks: a block is added to the key's row before it has
 * been used up, off the sealing path, and one statement reserves for all keys that wait. Kept for each key as long as it is
 * in memory; what is left of a block then is lost.
 */
export class SealCounts {
  readonly #query: Query;
  #waiting = new Map<string, KeySeals>();
  #isReserving = false;
  total = 0;

  constructor(query: Query) {
    this.#query = query;
  }

  /** @param reserved as the key's row has it */
  of(id: string, reserved: number): SealBudget {
    return new KeySeals(id, reserved, this);
  }

  reserve(key: KeySeals): void {
    this.#waiting.set(key.id, key);
    if (!this.#isReserving) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#isReserving = true;
    while (this.#waiting.size > 0) {
      const keys = this.#waiting;
      this.#waiting = new Map();
      try {
        const { rows } = await this.#query(RESERVE, [[...keys.keys()], [...keys.values()].map(({ block }) => block)]);
        for (const { id, seals } of rows) keys.get(id)?.reserved(Number(seals));
      } catch {
        // Asked again by the next seals; beyond what may be ahead they fail.
      }
      for (const key of keys.values()) key.isAsked = false;
    }
    this.#isReserving = false;
  }
}

class KeySeals implements SealBudget {
  readonly id: string;
  readonly #counts: SealCounts;
  /** In the database: by all who have ever held this key. */
  #everywhere: number;
  #used = 0;
  #granted = 0;
  block = FIRST_BLOCK;
  isAsked = false;

  constructor(id: string, everywhere: number, counts: SealCounts) {
    this.id = id;
    this.#everywhere = everywhere;
    this.#counts = counts;
  }

  get isWorn(): boolean {
    return this.#everywhere >= WORN_FROM;
  }

  take(): void {
    if (this.#everywhere >= SEALS_MAX) {
      throw new DocketError('failed_precondition', { reason: 'GRANT_KEY_WORN', message: `${this.id} has sealed ${SEALS_MAX} values under one key, as many as one may; issue a new grant` });
    }
    if (this.#used >= this.#granted + AHEAD_MAX) {
      this.#ask();
      throw new DocketError('unavailable', { reason: 'SEALS_NOT_COUNTED', message: `${this.id} seals nothing more until the database has counted what it has sealed`, retryAfterMs: 1_000 });
    }
    this.#used += 1;
    this.#counts.total += 1;
    // Half a block early: what is sealed on the way is counted already.
    if (this.#used > this.#granted - this.block / 2) this.#ask();
  }

  reserved(everywhere: number): void {
    this.#everywhere = everywhere;
    this.#granted += this.block;
    this.block = Math.min(this.block * 4, LAST_BLOCK);
  }

  #ask(): void {
    if (this.isAsked) return;
    this.isAsked = true;
    this.#counts.reserve(this);
  }
}
