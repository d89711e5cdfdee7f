import type { AccessDenied, Cause, ReportDenied, ReportServed } from '#access-token';
import type { Runtime } from '#ledger';

export interface UsageReporterOptions<C> {
  /** To the owner of the connection's partition, here or elsewhere; `context` is of the last call that was counted. */
  readonly submit: (command: Usage, context: C) => Promise<unknown>;
  readonly runtime: Pick<Runtime, 'after'>;
  readonly everyMs?: number;
  readonly entriesMax?: number;
  readonly onError?: (error: unknown) => void;
}

export type Usage = ReportServed | ReportDenied;

interface Connection {
  readonly tenant: string;
  readonly connectionId: string;
}

type Counted<C> = { readonly tenant: string; readonly connection_id: string; context: C } & (
  | { readonly kind: 'served'; readonly slot: string; readonly generation: number; readonly actor: string; readonly grant_id: string; served: number; least_remaining_ms: number }
  | { readonly kind: 'denied'; readonly action: AccessDenied['action']; readonly reason: string; readonly cause: Cause; denials: number });

const EVERY_MS = 60_000;
/** Different tokens and denials between two reports; beyond it the rest is reported at once. */
const ENTRIES_MAX = 20_000;
const AT_ONCE = 16;

/**
 * Tells the log what was served and who was denied: counted, one event a minute for each token with each gateway and grant that had it, and for each kind of
 * denial, not one for each call. A denial that is the first of its kind is told at once. What cannot be told now is told with the next report.
 */
export class UsageReporter<C> {
  readonly #o: UsageReporterOptions<C>;
  #counted = new Map<string, Counted<C>>();
  /** Kinds of denials that were told at once since the last report. */
  #told = new Set<string>();
  #cancel: (() => void) | undefined;
  #isStopped = false;
  #reporting: Promise<void> = Promise.resolve();

  constructor(options: UsageReporterOptions<C>) {
    this.#o = options;
  }

  served({ tenant, connectionId }: Connection, slot: string, generation: number, remainingMs: number, { actor, grant_id }: Pick<Cause, 'actor' | 'grant_id'>, context: C): void {
    const key = `${tenant}/${connectionId}/${slot}/${generation} ${grant_id} ${actor}`;
    const known = this.#counted.get(key);
    if (known?.kind === 'served') {
      known.served += 1;
      known.context = context;
      if (remainingMs < known.least_remaining_ms) known.least_remaining_ms = remainingMs;
      return;
    }
    this.#count(key, { kind: 'served', tenant, connection_id: connectionId, slot, generation, actor, grant_id, served: 1, least_remaining_ms: remainingMs, context });
  }

  denied({ tenant, connectionId }: Connection, action: AccessDenied['action'], reason: string, cause: Cause, context: C): void {
    const key = `${tenant}/${connectionId} ${action} ${reason} ${cause.actor} ${cause.grant_id}`;
    const known = this.#counted.get(key);
    if (known?.kind === 'denied') {
      known.denials += 1;
      known.context = context;
      return;
    }
    const denial: Counted<C> = { kind: 'denied', tenant, connection_id: connectionId, action, reason, cause, denials: 1, context };
    if (this.#told.has(key) || this.#told.size >= (this.#o.entriesMax ?? ENTRIES_MAX)) return this.#count(key, denial);
    this.#told.add(key);
    this.#schedule();
    this.#reporting = this.#reporting.then(() => this.#tell(new Map([[key, denial]])));
  }

  /** Tells what has been counted. Never rejects. */
  flush(): Promise<void> {
    const counted = this.#counted;
    this.#counted = new Map();
    this.#told = new Set();
    this.#reporting = this.#reporting.then(() => this.#tell(counted));
    return this.#reporting;
  }

  /** Tells the rest, and counts no more. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    return this.flush();
  }

  #count(key: string, entry: Counted<C>): void {
    this.#counted.set(key, entry);
    this.#schedule();
    if (this.#counted.size >= (this.#o.entriesMax ?? ENTRIES_MAX)) void this.flush();
  }

  /** A timer only while there is something to tell: a quiet node writes nothing. */
  #schedule(): void {
    if (this.#cancel || this.#isStopped) return;
    this.#cancel = this.#o.runtime.after(this.#o.everyMs ?? EVERY_MS, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }

  async #tell(counted: Map<string, Counted<C>>): Promise<void> {
    const left = [...counted];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [key, entry] = next;
        try {
          await this.#o.submit(this.#commandOf(entry), entry.context);
        } catch (error) {
          this.#o.onError?.(error);
          this.#putBack(key, entry);
        }
      }
    }));
  }

  #putBack(key: string, entry: Counted<C>): void {
    const since = this.#counted.get(key);
    if (since?.kind === 'served' && entry.kind === 'served') {
      since.served += entry.served;
      since.least_remaining_ms = Math.min(since.least_remaining_ms, entry.least_remaining_ms);
    } else if (since?.kind === 'denied' && entry.kind === 'denied') since.denials += entry.denials;
    else if (this.#counted.size < (this.#o.entriesMax ?? ENTRIES_MAX)) this.#counted.set(key, entry);
    this.#schedule();
  }

  #commandOf(entry: Counted<C>): Usage {
    const { tenant, connection_id } = entry;
    if (entry.kind === 'denied') return { type: 'ReportDenied', tenant, connection_id, ...entry.cause, action: entry.action, reason: entry.reason, denials: entry.denials };
    const { slot, generation, actor, grant_id, served, least_remaining_ms } = entry;
    return { type: 'ReportServed', tenant, connection_id, actor, grant_id, trace_id: '', slot, generation, served, least_remaining_ms: Math.floor(least_remaining_ms) };
  }
}
