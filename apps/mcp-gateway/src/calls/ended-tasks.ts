import { type JsonObject, type RpcErrorObject, writeJson } from '#mcp';

/** How a task ended, and when. */
export type Ended = { readonly endedMs: number } & (
  | { readonly status: 'completed'; readonly result: JsonObject }
  | { readonly status: 'failed'; readonly error: RpcErrorObject }
  | { readonly status: 'cancelled' }
);

const KEPT_MS = 10 * 60_000;
const BYTES_MAX = 64 * 1024 * 1024;
const COUNT_MAX = 10_000;

/** Results of tasks, for who asks again: in memory, for ten minutes, the oldest given up where there is no room. */
export class EndedTasks {
  /** Oldest first. */
  readonly #kept = new Map<string, { readonly ended: Ended; readonly bytes: number }>();
  #bytes = 0;

  constructor(private readonly wallMs: () => number, private readonly bytesMax = BYTES_MAX) {}

  get(id: string): Ended | undefined {
    this.#drop();
    return this.#kept.get(id)?.ended;
  }

  keep(id: string, ended: Ended): void {
    this.#bytes -= this.#kept.get(id)?.bytes ?? 0;
    this.#kept.delete(id);
    const bytes = Buffer.byteLength(writeJson({ ...ended } as unknown as JsonObject)) + id.length;
    this.#kept.set(id, { ended, bytes });
    this.#bytes += bytes;
    this.#drop();
  }

  #drop(): void {
    for (const [id, { ended, bytes }] of this.#kept) {
      if (this.#bytes <= this.bytesMax && this.#kept.size <= COUNT_MAX && ended.endedMs + KEPT_MS > this.wallMs()) return;
      this.#kept.delete(id);
      this.#bytes -= bytes;
    }
  }
}
