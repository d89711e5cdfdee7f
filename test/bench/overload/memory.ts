const MIB = 1_024 * 1_024;

/** What `/metrics` says of a server's process, in MiB, and how many calls it holds. */
export interface Memory {
  readonly rss: number;
  readonly heap: number;
  /** Outside of the heap: buffers, and the call ids that are remembered for ten minutes. */
  readonly external: number;
  /** Calls that wait for their turn, and calls that are being decided. */
  readonly waiting: number;
  readonly deciding: number;
  /** Calls that were not admitted so far, by reason. */
  readonly notAdmitted: Readonly<Record<string, number>>;
  /** How late the server's event loop was, 99th percentile since the last look. */
  readonly loopLagMs: number;
}

export async function memoryOf(httpPort: number): Promise<Memory> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`, { headers: { connection: 'close' } })).text();
  const value = (name: string): number => Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? Number.NaN);
  return {
    rss: value('process_resident_memory_bytes') / MIB, heap: value('nodejs_heap_size_used_bytes') / MIB, external: value('nodejs_external_memory_bytes') / MIB,
    waiting: value('docket_queue_calls{queue="admission"}'), deciding: value('docket_queue_calls{queue="deciding"}'),
    notAdmitted: Object.fromEntries(Array.from(text.matchAll(/^docket_calls_not_admitted_total\{.*reason="(\w+)".*\} (\d+)/gm), ([, reason, count]) => [reason!, Number(count)])),
    loopLagMs: 1_000 * value('nodejs_eventloop_lag_p99_seconds'),
  };
}
