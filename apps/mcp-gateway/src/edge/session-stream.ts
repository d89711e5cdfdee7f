import { encodeEvent } from '#mcp';
import type { EventSink, Outlet } from './event-sink.js';

interface Kept { readonly seq: number; readonly data: string; readonly bytes: number }

/**
 * A stream of a session, which its reader may leave and come back to (S4): event ids say which stream they are of, and what was sent is
 * kept, within bounds, for who asks for all after one of them.
 */
export class SessionStream {
  readonly id: string;
  readonly #outlet: Outlet;
  readonly #owner: string;
  #seq = 0;
  #kept: Kept[] = [];
  #keptBytes = 0;
  #sink: EventSink | undefined;
  #isDone = false;

  constructor(id: string, outlet: Outlet, owner: string) {
    this.id = id;
    this.#outlet = outlet;
    this.#owner = owner;
  }

  get isRead(): boolean {
    return this.#sink?.isOpen === true;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** To whoever reads now, and kept for whoever comes back; nothing is sent twice to one reader. */
  send(data: string): void {
    const kept = { seq: ++this.#seq, data, bytes: Buffer.byteLength(data) };
    this.#keep(kept);
    this.#sink?.write(this.#event(kept));
  }

  /** A new reader, in place of the last one: what is kept after `after` (nothing if it begins anew), then what comes. */
  attach(sink: EventSink, { after, isPrimed }: { readonly after?: number; readonly isPrimed: boolean }): void {
    this.#sink?.end();
    this.#sink = sink;
    // Without any event an id would be missing that the reader could come back with.
    if (isPrimed) sink.write(encodeEvent({ id: this.#eventId(after ?? this.#seq), data: '', retryMs: this.#outlet.limits.retryMs }));
    if (after !== undefined) for (const kept of this.#kept) if (kept.seq > after) sink.write(this.#event(kept));
    if (this.#isDone) sink.end();
  }

  /** Tells the reader when to come back, and ends the connection; the stream itself goes on. */
  release(): void {
    this.#sink?.write(`retry: ${this.#outlet.limits.retryMs}\n\n`);
    this.#sink?.end();
    this.#sink = undefined;
  }

  /** Nothing comes any more; what is kept stays for who comes back. */
  finish(): void {
    this.#isDone = true;
    this.#sink?.end();
    this.#sink = undefined;
  }

  /** Forgets what was kept. */
  discard(): void {
    this.finish();
    this.#outlet.buffered.give(this.#owner, this.#keptBytes);
    this.#kept = [];
    this.#keptBytes = 0;
  }

  #keep(kept: Kept): void {
    const { replayEventsMax, replayBytesMax } = this.#outlet.limits;
    while (this.#kept.length > 0 && (this.#kept.length >= replayEventsMax || this.#keptBytes + kept.bytes > replayBytesMax)) this.#drop();
    // The newest is kept however large it is, if there is room: it may be the answer.
    if (!this.#outlet.buffered.take(this.#owner, kept.bytes)) return;
    this.#kept.push(kept);
    this.#keptBytes += kept.bytes;
  }

  #drop(): void {
    const { bytes } = this.#kept.shift()!;
    this.#keptBytes -= bytes;
    this.#outlet.buffered.give(this.#owner, bytes);
  }

  #event({ seq, data }: Kept): string {
    return encodeEvent({ id: this.#eventId(seq), data });
  }

  #eventId(seq: number): string {
    return `${this.id}.${seq}`;
  }
}

/** The stream and the place in it that an event id names; undefined if it is none of ours. */
export function readEventId(id: string): { readonly streamId: string; readonly seq: number } | undefined {
  const match = /^([a-z0-9]{1,16})\.(\d{1,15})$/.exec(id);
  return match === null ? undefined : { streamId: match[1]!, seq: Number(match[2]) };
}
