/** One request as the partner saw it. Never a secret or a token: only whether they were right. */
export interface LoggedRequest {
  readonly at: number;
  readonly kind: 'mint' | 'call' | 'other';
  readonly method: string;
  readonly path: string;
  /** What proves the caller: the API secret of a mint, the token of a call. */
  readonly credential: 'right' | 'wrong' | 'missing';
  /** Of the token that came with a call, or was made by a mint. */
  readonly generation: number | null;
  /** A mint request that carries a token: what the publicly known server for this API does. */
  readonly carriedToken: boolean;
  /** 0: none was sent. */
  readonly status: number;
}

const ENTRIES_MAX = 100_000;

export class RequestLog {
  #entries: LoggedRequest[] = [];
  #watchers = new Set<() => void>();

  add(entry: LoggedRequest): void {
    // The oldest go: a demonstration may run for days.
    if (this.#entries.length >= ENTRIES_MAX) this.#entries = this.#entries.slice(ENTRIES_MAX / 2);
    this.#entries.push(entry);
    for (const look of [...this.#watchers]) look();
  }

  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  count(kind: LoggedRequest['kind']): number {
    return this.#entries.filter((entry) => entry.kind === kind).length;
  }

  clear(): void {
    this.#entries = [];
  }

  /** Resolves when `isTrue` holds of the entries. */
  until(isTrue: (entries: readonly LoggedRequest[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue(this.#entries)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}
