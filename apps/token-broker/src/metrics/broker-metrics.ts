import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ConnectionRecord, MintReason, TokenEvent } from '#access-token';
import type { Runtime } from '#ledger';
import { Lowest } from './lowest.js';
import { MintRate } from './mint-rate.js';

/** What the cache tells; see there. */
type CacheEvent = 'hit' | 'soft' | 'hard' | 'miss' | 'stale' | 'unheard' | 'refresh_failed' | 'evicted' | 'outdated';
const GETS: ReadonlySet<CacheEvent> = new Set(['hit', 'soft', 'hard', 'miss', 'stale', 'unheard']);

/** One token handed out by this node. */
export interface Served {
  readonly ageMs: number;
  readonly remainingMs: number;
  /** How long the caller waited for a mint; null: not at all. */
  readonly waitedMs: number | null;
  /** The connection opted into static stability. */
  readonly isStable: boolean;
}

const MINT_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const AGE_SECONDS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 604_800];

/** What an operator watches of the token broker. Labels are few-valued: no connections, grants or tokens. */
export class BrokerMetrics {
  readonly #gets: Counter<'how'>;
  readonly #cache: Counter<'event'>;
  readonly #mints: Counter<'reason' | 'outcome'>;
  readonly #mintSeconds: Histogram;
  readonly #age: Histogram;
  readonly #remaining: Histogram;
  readonly #wait: Histogram;
  readonly #expired: Counter<'static_stability'>;
  readonly #rejections: Counter<'generation'>;
  readonly #masked: Counter;
  readonly #errors: Counter<'method' | 'kind'>;
  readonly #lowest: Lowest;
  readonly #rate = new MintRate();
  readonly #registry: Registry;
  readonly #runtime: Pick<Runtime, 'wallMs' | 'monotonicMs'>;

  constructor(registry: Registry, runtime: Pick<Runtime, 'wallMs' | 'monotonicMs'>) {
    this.#registry = registry;
    this.#runtime = runtime;
    const registers = [registry];
    const lowest = new Lowest(() => runtime.monotonicMs());
    const rate = this.#rate;
    this.#lowest = lowest;
    this.#gets = new Counter({ name: 'docket_token_gets_total', help: 'Tokens asked for: cached (hit), cached with a refresh behind it (soft), waited for (hard, miss), served past the end while the issuer is ill (stale), refused for want of the log (unheard)', labelNames: ['how'], registers });
    this.#cache = new Counter({ name: 'docket_token_cache_events_total', help: 'Refreshes behind callers that failed, entries that were dropped, tokens that had ended when they came', labelNames: ['event'], registers });
    this.#mints = new Counter({ name: 'docket_token_mints_total', help: 'Mints by what they were for and what came of them', labelNames: ['reason', 'outcome'], registers });
    this.#mintSeconds = new Histogram({ name: 'docket_token_mint_seconds', help: 'From the request to the issuer to its answer', buckets: MINT_SECONDS, registers });
    this.#age = new Histogram({ name: 'docket_token_age_seconds', help: 'How old tokens are when they are handed out', buckets: AGE_SECONDS, registers });
    this.#remaining = new Histogram({ name: 'docket_token_remaining_seconds', help: 'How long tokens are good for when they are handed out', buckets: [0, ...AGE_SECONDS], registers });
    this.#wait = new Histogram({ name: 'docket_token_wait_seconds', help: 'How long callers waited for the one mint under way (lock wait)', buckets: MINT_SECONDS, registers });
    this.#expired = new Counter({ name: 'docket_token_served_expired_total', help: 'Tokens handed out past their end; without static stability there must be none', labelNames: ['static_stability'], registers });
    for (const static_stability of ['yes', 'no']) this.#expired.inc({ static_stability }, 0);
    this.#rejections = new Counter({ name: 'docket_token_rejections_total', help: '401s that were reported: of the present generation (match) or of another one (mismatch)', labelNames: ['generation'], registers });
    this.#masked = new Counter({ name: 'docket_token_masked_total', help: 'Living tokens that were found in texts and masked', registers });
    this.#errors = new Counter({ name: 'docket_token_errors_total', help: 'Calls that ended with an error', labelNames: ['method', 'kind'], registers });
    new Gauge({
      name: 'docket_token_served_remaining_seconds_min', help: 'Least time that a token handed out in the last minute or two was good for; absent if there was none', registers,
      collect() {
        const ms = lowest.read();
        if (Number.isFinite(ms)) this.set(ms / 1_000);
        else this.remove();
      },
    });
    new Gauge({ name: 'docket_token_mint_rate_highest', help: 'Mints per lifetime of the token that is minted most often; about 1 is as it should be, above 2 is not', registers, collect() { this.set(rate.read(runtime.wallMs()).highest); } });
    new Gauge({ name: 'docket_token_mint_rate_above', help: 'Tokens minted more than twice in a lifetime', registers, collect() { this.set(rate.read(runtime.wallMs()).above); } });
  }

  cacheEvent(event: CacheEvent): void {
    if (GETS.has(event)) this.#gets.inc({ how: event });
    else this.#cache.inc({ event });
  }

  served({ ageMs, remainingMs, waitedMs, isStable }: Served): void {
    this.#age.observe(Math.max(0, ageMs) / 1_000);
    this.#remaining.observe(remainingMs / 1_000);
    this.#lowest.add(remainingMs);
    if (waitedMs !== null) this.#wait.observe(waitedMs / 1_000);
    if (remainingMs < 0) this.#expired.inc({ static_stability: isStable ? 'yes' : 'no' });
  }

  rejected(isPresent: boolean): void {
    this.#rejections.inc({ generation: isPresent ? 'match' : 'mismatch' });
  }

  minted({ reason, outcome, tookMs }: { readonly reason: MintReason; readonly outcome: string; readonly tookMs: number }): void {
    this.#mints.inc({ reason, outcome });
    this.#mintSeconds.observe(tookMs / 1_000);
  }

  masked(count: number): void {
    this.#masked.inc(count);
  }

  failed(method: string, kind: string): void {
    this.#errors.inc({ method, kind });
  }

  /** An event of the log, on any node. */
  heard(event: TokenEvent, timeMs: number): void {
    this.#rate.hear(event, timeMs);
  }

  /** Connections by how their issuers fare, counted when somebody asks; each once, on the node that owns it. */
  watch(owned: () => Iterable<ConnectionRecord>): void {
    const runtime = this.#runtime;
    new Gauge({
      name: 'docket_token_connections', help: 'Connections of this node by the state of their breaker', labelNames: ['breaker'], registers: [this.#registry],
      collect() {
        const counts = { closed: 0, backing_off: 0, open: 0 };
        for (const connection of owned()) if (connection.status !== 'removed') counts[breakerOf(connection, runtime.wallMs())] += 1;
        for (const [breaker, count] of Object.entries(counts)) this.set({ breaker }, count);
      },
    });
  }
}

/** A permanent failure opens it until the secret changes or somebody resets it; a transient one holds mints back for a while. */
function breakerOf({ last_failure }: ConnectionRecord, nowMs: number): 'closed' | 'backing_off' | 'open' {
  if (last_failure === null) return 'closed';
  if (last_failure.class === 'permanent') return 'open';
  return nowMs < last_failure.retry_at_ms ? 'backing_off' : 'closed';
}
