import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { staleMsOf } from '#access-token';
import type { Secret } from '#platform';

/** A token as its source hands it out; moments are durations from now, so that no two clocks are compared. */
export interface SourcedToken {
  readonly token: Secret;
  readonly generation: number;
  readonly softInMs: number;
  readonly hardInMs: number;
  readonly expiresInMs: number;
  /** Its whole life, from its mint on. */
  readonly lifeMs: number;
}

export interface ServedToken {
  readonly token: Secret;
  readonly generation: number;
  /** Above 0, except under static stability. */
  readonly expiresInMs: number;
  readonly softInMs: number;
  readonly hardInMs: number;
  readonly lifeMs: number;
}

/** Why the source is asked; it answers with a token newer than `knownGeneration` (null: any), or rejects with a DocketError. */
export interface Ask {
  readonly knownGeneration: number | null;
  readonly reason: 'missing' | 'soft' | 'hard' | 'rejected' | 'warm_up';
  /** How long it must be good for; see `BeginMint`. */
  readonly minTtlMs?: number;
}

/** What happened, for metrics; counts, never a line per hit. */
export type CacheEvent = 'hit' | 'soft' | 'hard' | 'miss' | 'stale' | 'unheard' | 'refresh_failed' | 'evicted' | 'outdated';

/** `C`: what the source is told of the caller that it is asked for. */
export interface TokenCacheOptions<C = undefined> {
  /** The partition's owner: in this process or over the network. */
  readonly source: (key: string, ask: Ask, context: C) => Promise<SourcedToken>;
  readonly runtime: Pick<Runtime, 'monotonicMs' | 'after'>;
  /** When the log behind this key's tokens was heard last, on the monotonic clock: revocations older than that are known here. */
  readonly lastHeardMs: (key: string) => number;
  /** Whether the key's connection opted into static stability. */
  readonly isStable?: (key: string, context: C) => boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onEvent?: (event: CacheEvent) => void;
  /** A token came into this process's memory. */
  readonly onHeld?: (token: Secret, expiresInMs: number) => void;
  readonly entriesMax?: number;
  readonly waiterLimitMs?: number;
}

export interface GetOptions<C = undefined> {
  readonly context?: C;
  /** How long it must be good for; of no weight beyond half of a token's life. */
  readonly minTtlMs?: number;
  /** The partner answered 401 to this generation: it is not served again, here or to anybody. */
  readonly rejectedGeneration?: number;
  /** A caller that goes away; what it waited for goes on for the others. */
  readonly signal?: AbortSignal;
}

interface Held extends SourcedToken {
  readonly softAtMs: number;
  readonly hardAtMs: number;
  readonly expiresAtMs: number;
  readonly staleUntilMs: number;
}

interface Entry {
  held: Held | undefined;
  /** Tokens up to this generation have ended: rejected or revoked. */
  floor: number;
  flight: Promise<Held> | undefined;
  /** The flight that somebody has waited for in vain. */
  lateFlight: Promise<Held> | undefined;
  /** A refresh brought nothing newer: the owner is at it, and not asked by every call. */
  softAgainAtMs: number;
  /** The last failure, how long it answers for the source, and until when trying again is of no use, as the source says. */
  failure: { readonly error: DocketError; readonly untilMs: number; readonly retryAtMs: number } | undefined;
}

/** What one caller waits for: a token above a generation, good for so long. */
interface Wanted<C> {
  readonly above: number;
  readonly minTtlMs: number;
  readonly context: C;
}

const ENTRIES_MAX = 8_192;
const WAITER_LIMIT_MS = 5_000;
/** With the log out of hearing a revocation may be missed: cached tokens are served this much longer, no more. */
const UNHEARD_MAX_MS = 60_000;
const FAILURE_DEFAULT_MS = 1_000;
const SOFT_AGAIN_MS = 1_000;
const FAILURE_MAX_MS = 60_000;
/** Failures of the issuer, the connection or the log; others are about the one question that was asked. */
const ANSWERS_FOR_OTHERS: ReadonlySet<string> = new Set(['unavailable', 'failed_precondition', 'resource_exhausted', 'internal']);
/** A flight that brings an ended token, because it was ended meanwhile, is repeated this often. */
const FLIGHTS_MAX = 2;

/**
 * Tokens in this process, one refresh at a time for each key: fresh ones at once, in the soft window at once with a refresh
 * behind it, after that all callers wait for the same one. Keys are bindings with their slot, so a changed connection has
 * another key. Never serves an ended token, nor one past its hard margin (static stability excepted).
 */
export class TokenCache<C = undefined> {
  readonly #o: TokenCacheOptions<C>;
  readonly #entries = new Map<string, Entry>();

  constructor(options: TokenCacheOptions<C>) {
    this.#o = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Answers at once, without a promise, where a cached token will do. Rejects with a DocketError. */
  get(key: string, options: GetOptions<C> = {}): ServedToken | Promise<ServedToken> {
    const { rejectedGeneration, signal, minTtlMs = 0 } = options;
    const context = options.context as C;
    const entry = this.#touch(key);
    const above = rejectedGeneration ?? 0;
    // What is newer than the token held here may be made up: it concerns this caller alone until the source has judged it.
    if (entry.held && above <= entry.held.generation) this.#end(entry, above);
    const nowMs = this.#o.runtime.monotonicMs();
    const { held } = entry;
    const isLong = held !== undefined && held.expiresAtMs - nowMs >= Math.min(minTtlMs, held.lifeMs / 2);
    if (held && isLong && held.generation > above && nowMs < held.hardAtMs) {
      if (nowMs - this.#o.lastHeardMs(key) <= UNHEARD_MAX_MS) {
        if (nowMs < held.softAtMs) this.#count('hit');
        else this.#refreshBehind(key, entry, held, nowMs, context);
        return served(held, nowMs);
      }
      this.#count('unheard');
    } else this.#count(held ? 'hard' : 'miss');
    const wanted = { above, minTtlMs, context };
    // An issuer that hangs has made others wait for this very refresh already.
    const stale = entry.flight !== undefined && entry.flight === entry.lateFlight ? this.#staleOf(key, entry, wanted) : undefined;
    return stale ?? this.#wait(this.#fresh(key, entry, wanted, FLIGHTS_MAX), signal, () => {
      entry.lateFlight = entry.flight;
      return this.#staleOf(key, entry, wanted);
    });
  }

  /** A token that was heard of. Never takes the place of a newer one, nor of an end. */
  put(key: string, sourced: SourcedToken): void {
    this.#hold(this.#touch(key), sourced);
  }

  /** Revoked or rejected, as was heard: it and all before it are not served again. */
  end(key: string, generation: number): void {
    const entry = this.#entries.get(key);
    if (entry) this.#end(entry, generation);
  }

  #end(entry: Entry, generation: number): void {
    entry.floor = Math.max(entry.floor, generation);
    if (entry.held && entry.held.generation <= entry.floor) entry.held = undefined;
  }

  /** What was remembered of failures does not count any more: the secret changed, or an operator says so. */
  forgive(key: string): void {
    const entry = this.#entries.get(key);
    if (entry) entry.failure = undefined;
  }

  #refreshBehind(key: string, entry: Entry, held: Held, nowMs: number, context: C): void {
    this.#count('soft');
    if (entry.flight || nowMs < entry.softAgainAtMs || (entry.failure && nowMs < entry.failure.untilMs)) return;
    // Its failure is the next refresh's business, and no caller's.
    this.#fly(key, entry, { knownGeneration: held.generation, reason: 'soft' }, context).then((flown) => {
      if (flown.generation === held.generation) entry.softAgainAtMs = this.#o.runtime.monotonicMs() + SOFT_AGAIN_MS;
    }, () => this.#count('refresh_failed'));
  }

  /** A token newer than `above`: of the flight under way, or of a new one if that began too early to bring it. */
  async #fresh(key: string, entry: Entry, wanted: Wanted<C>, flightsLeft: number): Promise<ServedToken> {
    const { above } = wanted;
    let flown: Held;
    try {
      flown = await (entry.flight ?? this.#startFlight(key, entry, wanted));
    } catch (error) {
      return this.#stale(key, entry, wanted, error);
    }
    if (flown.generation > Math.max(entry.floor, above)) return served(flown, this.#o.runtime.monotonicMs());
    this.#count('outdated');
    if (flightsLeft <= 1) throw new DocketError('unavailable', { reason: 'TOKEN_ENDED', message: 'the token was revoked or rejected as soon as it was there', retryAfterMs: FAILURE_DEFAULT_MS });
    return this.#fresh(key, entry, wanted, flightsLeft - 1);
  }

  #startFlight(key: string, entry: Entry, { above, minTtlMs, context }: Wanted<C>): Promise<Held> {
    const nowMs = this.#o.runtime.monotonicMs();
    const { failure, floor, held } = entry;
    if (failure && nowMs < failure.untilMs) return Promise.reject(withRetryAfter(failure.error, Math.ceil(failure.retryAtMs - nowMs)));
    const known = Math.max(floor, above, held?.generation ?? 0);
    // What ended otherwise, by a revocation for instance, is missing.
    const reason = above > 0 && above === known && above > (held?.generation ?? 0) ? 'rejected' : held && held.generation === known ? 'hard' : 'missing';
    return this.#fly(key, entry, { knownGeneration: known === 0 ? null : known, reason, ...(minTtlMs > 0 && { minTtlMs }) }, context);
  }

  #fly(key: string, entry: Entry, ask: Ask, context: C): Promise<Held> {
    const flight = this.#o.source(key, ask, context).then((sourced) => {
      entry.failure = undefined;
      return this.#hold(entry, sourced);
    }, (error: unknown) => {
      const failure = asDocketError(error);
      if (ANSWERS_FOR_OTHERS.has(failure.kind)) {
        const [failedAtMs, afterMs] = [this.#o.runtime.monotonicMs(), failure.retryAfterMs ?? FAILURE_DEFAULT_MS];
        entry.failure = { error: failure, untilMs: failedAtMs + Math.min(afterMs, FAILURE_MAX_MS), retryAtMs: failedAtMs + afterMs };
      }
      throw failure;
    }).finally(() => {
      // Only its own place: a newer flight may be there.
      if (entry.flight === flight) entry.flight = undefined;
    });
    entry.flight = flight;
    return flight;
  }

  #hold(entry: Entry, sourced: SourcedToken): Held {
    this.#o.onHeld?.(sourced.token, sourced.expiresInMs);
    const nowMs = this.#o.runtime.monotonicMs();
    const held: Held = {
      ...sourced, softAtMs: nowMs + sourced.softInMs, hardAtMs: nowMs + sourced.hardInMs, expiresAtMs: nowMs + sourced.expiresInMs,
      staleUntilMs: nowMs + sourced.expiresInMs + staleMsOf(this.#o.random()),
    };
    if (sourced.generation > entry.floor && sourced.generation >= (entry.held?.generation ?? 0)) entry.held = held;
    return held;
  }

  /** After a failed refresh: the old token still, if its connection opted in, it did not end and not much time has passed. */
  #stale(key: string, entry: Entry, wanted: Wanted<C>, error: unknown): ServedToken {
    const stale = asDocketError(error).kind === 'unavailable' ? this.#staleOf(key, entry, wanted) : undefined;
    if (stale === undefined) throw error;
    return stale;
  }

  #staleOf(key: string, entry: Entry, { above, context }: Wanted<C>): ServedToken | undefined {
    const nowMs = this.#o.runtime.monotonicMs();
    const { held } = entry;
    const mayServe = held && held.generation > above && this.#o.isStable?.(key, context) === true && nowMs < held.staleUntilMs && nowMs - this.#o.lastHeardMs(key) <= UNHEARD_MAX_MS;
    if (!mayServe) return undefined;
    this.#count('stale');
    return served(held, nowMs);
  }

  /** Each caller has its own patience; none of them ends what the others wait for. */
  #wait(work: Promise<ServedToken>, signal: AbortSignal | undefined, staleOf: () => ServedToken | undefined): Promise<ServedToken> {
    const limitMs = this.#o.waiterLimitMs ?? WAITER_LIMIT_MS;
    return new Promise((resolve, reject) => {
      const late = (): void => {
        const stale = staleOf();
        if (stale !== undefined) resolve(stale);
        else reject(new DocketError('deadline_exceeded', { reason: 'TOKEN_WAIT', message: `no token within ${limitMs} ms`, retryAfterMs: FAILURE_DEFAULT_MS }));
      };
      const gone = (): void => reject(new DocketError('deadline_exceeded', { reason: 'CALLER_GONE', message: 'the caller went away' }));
      const cancel = this.#o.runtime.after(limitMs, late);
      if (signal?.aborted) gone();
      else signal?.addEventListener('abort', gone, { once: true });
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', gone);
      };
      work.then((token) => {
        done();
        resolve(token);
      }, (error: unknown) => {
        done();
        reject(asDocketError(error));
      });
    });
  }

  /** The key's entry, now the one used last. Where there are too many, the one not used longest goes, but none that is being fetched. */
  #touch(key: string): Entry {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const entry: Entry = { held: undefined, floor: 0, flight: undefined, lateFlight: undefined, softAgainAtMs: 0, failure: undefined };
    if (this.#entries.size >= (this.#o.entriesMax ?? ENTRIES_MAX)) this.#evict();
    this.#entries.set(key, entry);
    return entry;
  }

  #evict(): void {
    for (const [key, { flight }] of this.#entries) {
      if (flight) continue;
      this.#entries.delete(key);
      return this.#count('evicted');
    }
  }

  #count(event: CacheEvent): void {
    this.#o.onEvent?.(event);
  }
}

function served({ token, generation, softAtMs, hardAtMs, expiresAtMs, lifeMs }: Held, nowMs: number): ServedToken {
  return { token, generation, softInMs: softAtMs - nowMs, hardInMs: hardAtMs - nowMs, expiresInMs: expiresAtMs - nowMs, lifeMs };
}

function asDocketError(error: unknown): DocketError {
  return error instanceof DocketError ? error : new DocketError('internal', { reason: 'TOKEN_SOURCE_FAILED', message: 'the token could not be had' });
}

function withRetryAfter(error: DocketError, retryAfterMs: number): DocketError {
  const { kind, reason, message, metadata, violations } = error;
  return new DocketError(kind, { reason, message, metadata, violations, retryAfterMs });
}
