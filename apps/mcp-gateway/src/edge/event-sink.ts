import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { KEEP_ALIVE } from '#mcp';
import type { Budget } from './budget.js';
import type { EdgeLimits } from './limits.js';
import type { Pulse } from './pulse.js';

/** What answers and streams share: room for bytes that wait for their reader, and a look at those that nobody reads. */
export interface Outlet {
  readonly limits: EdgeLimits;
  readonly buffered: Budget;
  readonly pulse: Pulse;
}

const EVENT_STREAM: OutgoingHttpHeaders = {
  'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', connection: 'keep-alive', 'x-accel-buffering': 'no',
};

/** A stream of events to one reader: kept alive by comments, cut off when its reader takes nothing or too much waits for it. */
export class EventSink {
  readonly #response: ServerResponse;
  readonly #outlet: Outlet;
  readonly #owner: string;
  readonly #unlook: () => void;
  #waiting = 0;
  #progressMs = performance.now();
  #wroteSinceLook = true;
  #isClosed = false;

  /** `closed` is called once, when nothing can be written any more. */
  constructor(response: ServerResponse, outlet: Outlet, owner: string, headers: OutgoingHttpHeaders, closed: () => void) {
    this.#response = response;
    this.#outlet = outlet;
    this.#owner = owner;
    this.#unlook = outlet.pulse.add(() => this.#look());
    response.once('close', () => {
      this.#isClosed = true;
      this.#unlook();
      outlet.buffered.give(owner, this.#waiting);
      this.#waiting = 0;
      closed();
    });
    response.writeHead(200, { ...EVENT_STREAM, ...headers });
    response.flushHeaders();
  }

  get isOpen(): boolean {
    return !this.#isClosed && !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** False if there is no reader any more; a reader for whom too much waits is cut off. */
  write(text: string): boolean {
    if (!this.isOpen) return false;
    const bytes = Buffer.byteLength(text);
    const isTooMuch = this.#waiting > 0 && this.#waiting + bytes > this.#outlet.limits.bufferedBytesPerStreamMax;
    if (isTooMuch || !this.#outlet.buffered.take(this.#owner, bytes)) {
      this.#response.destroy();
      return false;
    }
    if (this.#waiting === 0) this.#progressMs = performance.now();
    this.#waiting += bytes;
    this.#wroteSinceLook = true;
    this.#response.write(text, () => {
      // After the end everything that waited has been given back already.
      if (this.#isClosed) return;
      this.#waiting -= bytes;
      this.#progressMs = performance.now();
      this.#outlet.buffered.give(this.#owner, bytes);
    });
    return true;
  }

  end(): void {
    if (this.isOpen) this.#response.end();
  }

  #look(): void {
    if (this.#waiting > 0 && performance.now() - this.#progressMs > patienceMs(this.#outlet.limits, this.#waiting)) this.#response.destroy();
    else if (!this.#wroteSinceLook) this.write(KEEP_ALIVE);
    this.#wroteSinceLook = false;
  }
}

/** Counts an answer that was sent whole until its reader has it, and cuts off one who does not take it. False if there is no room for it. */
export function sendWhole(response: ServerResponse, outlet: Outlet, owner: string, bytes: number, send: () => void): boolean {
  if (!outlet.buffered.take(owner, bytes)) return false;
  const startedMs = performance.now();
  const unlook = outlet.pulse.add(() => {
    if (performance.now() - startedMs > patienceMs(outlet.limits, bytes)) response.destroy();
  });
  response.once('close', () => {
    unlook();
    outlet.buffered.give(owner, bytes);
  });
  send();
  return true;
}

function patienceMs({ stallMs, readerBytesPerSecondMin }: EdgeLimits, bytes: number): number {
  return stallMs + (bytes / readerBytesPerSecondMin) * 1_000;
}
