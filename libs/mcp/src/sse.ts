/** One server-sent event: `id` where the stream can be resumed, `data` without line breaks (JSON has none). */
export interface OutgoingEvent { readonly id?: string; readonly data: string; readonly retryMs?: number }

export function encodeEvent({ id, data, retryMs }: OutgoingEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}${retryMs === undefined ? '' : `retry: ${retryMs}\n`}data:${data === '' ? '' : ` ${data}`}\n\n`;
}

/** Keeps a connection alive through whatever stands between; readers skip it. */
export const KEEP_ALIVE = ': keep-alive\n\n';

export interface IncomingEvent { readonly event: string; readonly data: string; readonly id: string | undefined; readonly retryMs: number | undefined }

/** A stream that is no stream of events in UTF-8, or one whose event is larger than allowed. */
export class SseError extends Error {
  constructor(readonly reason: 'too_large' | 'not_utf8', message: string) {
    super(message);
    this.name = 'SseError';
  }
}

/** Reads a stream of events from pieces of any size (WHATWG HTML, 9.2.6). Holds one event at most, bounded by `eventCharsMax`. */
export class SseDecoder {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  readonly #eventCharsMax: number;
  /** Of a line that has not ended, in pieces: a long one is not copied once for each. */
  #rest: string[] = [];
  #restChars = 0;
  #endedWithCr = false;
  #held = 0;
  #event = '';
  #data: string[] = [];
  #id: string | undefined;
  #hasId = false;
  #retryMs: number | undefined;

  constructor(eventCharsMax: number) {
    this.#eventCharsMax = eventCharsMax;
  }

  /** The events that end in this piece. Throws SseError. */
  push(piece: Uint8Array): IncomingEvent[] {
    let text = this.#decode(piece);
    // The other half of a CRLF.
    if (this.#endedWithCr && text !== '') {
      if (text.startsWith('\n')) text = text.slice(1);
      this.#endedWithCr = false;
    }
    const events: IncomingEvent[] = [];
    let from = 0;
    for (let at = lineEnd(text, 0); at >= 0; at = lineEnd(text, from)) {
      const event = this.#line(this.#rest.join('') + text.slice(from, at));
      this.#rest = [];
      this.#restChars = 0;
      if (event !== undefined) events.push(event);
      from = at + 1;
      if (text.charCodeAt(at) !== CR) continue;
      if (from === text.length) this.#endedWithCr = true;
      else if (text.charCodeAt(from) === LF) from += 1;
    }
    if (from < text.length) {
      this.#rest.push(text.slice(from));
      this.#restChars += text.length - from;
      this.#bound(this.#restChars);
    }
    return events;
  }

  #decode(piece: Uint8Array): string {
    try {
      return this.#utf8.decode(piece, { stream: true });
    } catch {
      throw new SseError('not_utf8', 'expected UTF-8');
    }
  }

  #line(line: string): IncomingEvent | undefined {
    if (line === '') return this.#dispatch();
    this.#bound(line.length);
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    this.#held += line.length;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
      this.#hasId = true;
    } else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
    return undefined;
  }

  /** An event without data is told of where it has an id or a retry: that is how a stream is primed. */
  #dispatch(): IncomingEvent | undefined {
    const says = this.#data.length > 0 || this.#hasId || this.#retryMs !== undefined;
    const event = { event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n'), id: this.#id, retryMs: this.#retryMs };
    this.#data = [];
    this.#event = '';
    this.#hasId = false;
    this.#retryMs = undefined;
    this.#held = 0;
    return says ? event : undefined;
  }

  #bound(chars: number): void {
    if (this.#held + chars > this.#eventCharsMax) throw new SseError('too_large', `expected events of at most ${this.#eventCharsMax} characters`);
  }
}

const CR = 13, LF = 10, SPACE = 32;
const LINE_END = /[\r\n]/g;

function lineEnd(text: string, from: number): number {
  LINE_END.lastIndex = from;
  return LINE_END.exec(text)?.index ?? -1;
}
