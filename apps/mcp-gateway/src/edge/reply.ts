import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { encodeEvent, type JsonObject, RPC, errorMessage, type RequestId, writeJson } from '#mcp';
import { sendJson } from './answer.js';
import { EventSink, type Outlet, sendWhole } from './event-sink.js';
import type { SessionStream } from './session-stream.js';

export interface ReplyOptions {
  readonly response: ServerResponse;
  readonly outlet: Outlet;
  readonly owner: string;
  readonly requestId: RequestId;
  readonly headers: OutgoingHttpHeaders;
  /** Of a session: a stream that the client can come back to. */
  readonly openStream?: () => { readonly stream: SessionStream; readonly isPrimed: boolean };
  /** Called when the client is gone before it was answered. */
  readonly gone: () => void;
}

/**
 * The answer to one request: plain JSON, unless something has to be said before it, or it takes so long that the connection must be kept
 * alive; then a stream that ends with it (H12).
 */
export class Reply {
  readonly #o: ReplyOptions;
  readonly #timer: NodeJS.Timeout;
  #sink: EventSink | undefined;
  #stream: SessionStream | undefined;
  #isAnswered = false;
  #isGone = false;

  constructor(options: ReplyOptions) {
    this.#o = options;
    this.#timer = setTimeout(() => this.#open(), options.outlet.limits.plainAnswerMs);
    options.response.once('close', () => this.#closed());
  }

  /** Whether what is sent now has a reader. */
  get isLive(): boolean {
    if (this.#isAnswered) return false;
    return this.#stream?.isRead ?? !this.#isGone;
  }

  /** A message before the answer. Dropped after it, and where nobody reads and nobody can come back. */
  send(message: JsonObject): void {
    if (this.#isAnswered) return;
    this.#open();
    this.#write(message);
  }

  /** The answer; what comes later is dropped. `status` is HTTP's, where it is not a stream already. */
  answer(message: JsonObject, status = 200): void {
    if (this.#isAnswered) return;
    clearTimeout(this.#timer);
    if (this.#sink !== undefined || this.#stream !== undefined) {
      this.#write(message);
      this.#isAnswered = true;
      this.#stream?.finish();
      this.#sink?.end();
      return;
    }
    this.#isAnswered = true;
    this.#sendPlain(message, status);
  }

  #sendPlain(message: JsonObject, status: number): void {
    const { response, outlet, owner, headers, requestId } = this.#o;
    const text = writeJson(message);
    if (response.destroyed) return;
    if (sendWhole(response, outlet, owner, Buffer.byteLength(text), () => sendJson(response, status, text, headers))) return;
    sendJson(response, 503, errorMessage(requestId, { code: RPC.busy, message: 'there is no room for the answer now: too much waits to be read' }), { ...headers, 'retry-after': '1' });
  }

  #open(): void {
    if (this.#sink !== undefined || this.#isAnswered || this.#isGone) return;
    const { response, outlet, owner, headers, openStream } = this.#o;
    const opened = openStream?.();
    this.#sink = new EventSink(response, outlet, owner, headers, () => undefined);
    this.#stream = opened?.stream;
    this.#stream?.attach(this.#sink, { isPrimed: opened!.isPrimed });
  }

  #write(message: JsonObject): void {
    const data = writeJson(message);
    if (this.#stream !== undefined) this.#stream.send(data);
    else this.#sink?.write(encodeEvent({ data }));
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#isGone = true;
    if (!this.#isAnswered) this.#o.gone();
  }
}
