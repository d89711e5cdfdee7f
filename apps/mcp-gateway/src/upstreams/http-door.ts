import { isObject, JsonError, type Json, type JsonObject, MessageError, type Message, parseJson, readMessage, type RequestId, SseDecoder, SseError, writeJson } from '#mcp';
import type { RpcAnswer, RpcError } from '../ports.js';
import type { UpstreamLimits } from './limits.js';
import { type Pieces, piecesOf } from './pieces.js';
import { UpstreamTrouble } from './upstream-trouble.js';

/** What came of a POST. `refused`: by a status; `error` is the JSON-RPC error in its body, if there is one. */
export type Posted =
  | { readonly kind: 'answered'; readonly answer: RpcAnswer; readonly headers: Headers }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'ended'; readonly lastEventId: string; readonly retryMs: number | undefined }
  | { readonly kind: 'refused'; readonly status: number; readonly headers: Headers; readonly error: RpcError['error'] | undefined };

export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly message: JsonObject;
  /** Of the request in `message`; undefined: it is a notification or an answer. */
  readonly id?: RequestId;
  readonly signal: AbortSignal;
  /** Without a byte; unless it is said: as long as a call may be silent. */
  readonly silenceMs?: number;
  /** Everything else that comes on the way. */
  readonly onMessage?: (message: Message) => void;
}

const ACCEPT = 'application/json, text/event-stream';
const ERROR_BYTES_MAX = 64 * 1024;
/** After its answer a stream ends by itself, and its connection can be used again; one that does not is cut. */
const TAIL_MS = 1_000;

/** The one URL of an upstream that speaks streamable HTTP. Each way in and out rejects with an UpstreamTrouble, or the signal's reason. */
export class HttpDoor {
  constructor(private readonly url: string, private readonly limits: UpstreamLimits) {}

  /** @param send adds the token, if any; redirects are not followed */
  async post(send: typeof fetch, { headers, message, id, signal, onMessage, silenceMs = this.limits.silenceMs }: Post): Promise<Posted> {
    const patience = new Patience(silenceMs, signal);
    try {
      const response = await send(this.url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', accept: ACCEPT }, body: writeJson(message), signal: patience.signal });
      patience.heard();
      return await this.#read(response, id, patience, onMessage);
    } catch (error) {
      throw patience.troubleOf(error);
    } finally {
      patience.end();
    }
  }

  /** A POST whose stream stays open while nothing is said on it, of any length. */
  async subscribe(send: typeof fetch, { headers, message, id, signal, onMessage }: Post): Promise<Posted> {
    const patience = new Patience(Infinity, signal);
    try {
      const response = await send(this.url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', accept: ACCEPT }, body: writeJson(message), signal: patience.signal });
      if (response.status !== 200 || mediaType(response) !== 'text/event-stream') return await refused(response);
      return await this.#readStream(response, id, patience, onMessage ?? (() => undefined), Infinity);
    } catch (error) {
      throw patience.troubleOf(error);
    } finally {
      patience.end();
    }
  }

  /** Everything that comes on a stream that the gateway opens: until it ends, or the signal does it. Resolves to the status if there is no stream. */
  async listen(send: typeof fetch, { headers, signal, onMessage, silenceMs, answers }: {
    readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal; readonly silenceMs: number; readonly answers?: RequestId; readonly onMessage: (message: Message) => void;
  }): Promise<Posted> {
    const patience = new Patience(silenceMs, signal);
    try {
      const response = await send(this.url, { method: 'GET', headers: { ...headers, accept: 'text/event-stream' }, signal: patience.signal });
      patience.heard();
      if (response.status !== 200 || mediaType(response) !== 'text/event-stream') return await refused(response);
      return await this.#readStream(response, answers, patience, onMessage, answers === undefined ? Infinity : this.limits.callBytesMax);
    } catch (error) {
      throw patience.troubleOf(error);
    } finally {
      patience.end();
    }
  }

  /** Says that a session is not needed any more. Never rejects: whoever does not hear it forgets it by himself. */
  async remove(send: typeof fetch, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    await send(this.url, { method: 'DELETE', headers, signal }).then((response) => response.body?.cancel(), () => undefined);
  }

  async #read(response: Response, id: RequestId | undefined, patience: Patience, onMessage?: (message: Message) => void): Promise<Posted> {
    if (response.status >= 300) return refused(response);
    if (id === undefined || response.status === 202 || response.status === 204) {
      await response.body?.cancel();
      if (id === undefined) return { kind: 'accepted' };
      throw malformed();
    }
    const encoding = response.headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') {
      await response.body?.cancel();
      throw malformed();
    }
    if (mediaType(response) === 'text/event-stream') return this.#readStream(response, id, patience, onMessage ?? (() => undefined), this.limits.callBytesMax);
    if (mediaType(response) !== 'application/json') {
      await response.body?.cancel();
      throw malformed();
    }
    const message = this.#message(await wholeBody(response, this.limits.message.bytesMax, () => patience.heard()));
    if (message.kind !== 'response' || message.id !== id) throw malformed();
    return { kind: 'answered', answer: message.answer, headers: response.headers };
  }

  async #readStream(response: Response, id: RequestId | undefined, patience: Patience, onMessage: (message: Message) => void, bytesMax: number): Promise<Posted> {
    const decoder = new SseDecoder(this.limits.message.bytesMax);
    const pieces = piecesOf(response);
    let bytes = 0;
    let lastEventId = '';
    let retryMs: number | undefined;
    let isOver = false;
    try {
      for (;;) {
        const piece = await pieces.next();
        if (piece === undefined) {
          isOver = true;
          return { kind: 'ended', lastEventId, retryMs };
        }
        patience.heard();
        bytes += piece.length;
        if (bytes > bytesMax) throw tooLarge();
        for (const event of decoder.push(piece)) {
          lastEventId = event.id ?? lastEventId;
          retryMs = event.retryMs ?? retryMs;
          if (event.data === '' || event.event !== 'message') continue;
          const message = this.#message(event.data);
          if (message.kind !== 'response') onMessage(message);
          else if (id !== undefined && message.id === id) {
            isOver = true;
            void finish(pieces);
            return { kind: 'answered', answer: message.answer, headers: response.headers };
          }
        }
      }
    } catch (error) {
      throw error instanceof SseError ? (error.reason === 'too_large' ? tooLarge() : malformed()) : error;
    } finally {
      if (!isOver) pieces.cut();
    }
  }

  #message(text: string | Uint8Array): Message {
    return messageOf(text, this.limits);
  }
}

/** Throws an UpstreamTrouble if it is not exactly one message. */
export function messageOf(text: string | Uint8Array, limits: UpstreamLimits): Message {
  try {
    return readMessage(parseJson(text, limits.message));
  } catch (error) {
    if (error instanceof JsonError && error.reason === 'too_large') throw tooLarge();
    if (error instanceof JsonError || error instanceof MessageError) throw malformed();
    throw error;
  }
}

/** How long somebody waits without hearing anything, and whether he still does. */
class Patience {
  readonly #over = new AbortController();
  readonly #outer: AbortSignal;
  #timer: NodeJS.Timeout;
  readonly #ended = (): void => this.#over.abort(this.#outer.reason);

  constructor(silenceMs: number, signal: AbortSignal) {
    this.#outer = signal;
    this.#timer = setTimeout(() => this.#over.abort(new UpstreamTrouble('unknown', 'UPSTREAM_TOO_LATE', 'the server has not answered in time')), Math.min(silenceMs, 2 ** 31 - 1));
    if (signal.aborted) this.#ended();
    else signal.addEventListener('abort', this.#ended, { once: true });
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  heard(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#ended);
  }

  /** Why it has ended comes first: what a connection says that was cut for it means nothing. */
  troubleOf(error: unknown): unknown {
    if (this.#over.signal.aborted) return this.#over.signal.reason;
    if (error instanceof UpstreamTrouble || (error instanceof Error && error.name === 'DocketError')) return error;
    return new UpstreamTrouble('unknown', 'UPSTREAM_LOST', 'the connection to the server was lost before it answered');
  }
}

async function refused(response: Response): Promise<Posted> {
  const { status, headers } = response;
  let error: RpcError['error'] | undefined;
  try {
    if (mediaType(response) === 'application/json') error = errorIn(parseJson(await wholeBody(response, ERROR_BYTES_MAX, () => undefined)));
    else await response.body?.cancel();
  } catch {
    // A status says enough.
  }
  return { kind: 'refused', status, headers, error };
}

/** Servers that refuse a request often do not know its id. */
function errorIn(body: Json): RpcError['error'] | undefined {
  const error = isObject(body) ? body['error'] : undefined;
  if (!isObject(error) || !Number.isSafeInteger(error['code']) || typeof error['message'] !== 'string') return undefined;
  return { code: error['code'] as number, message: error['message'], ...(error['data'] !== undefined && { data: error['data'] }) };
}

async function wholeBody(response: Response, bytesMax: number, heard: () => void): Promise<Uint8Array> {
  const pieces = piecesOf(response);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
    heard();
    bytes += piece.length;
    if (bytes > bytesMax) {
      pieces.cut();
      throw tooLarge();
    }
    chunks.push(piece);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

async function finish(pieces: Pieces): Promise<void> {
  const late = setTimeout(() => pieces.cut(), TAIL_MS);
  try {
    // What else it says is nobody's.
    for (let rest = ERROR_BYTES_MAX; rest > 0;) {
      const piece = await pieces.next();
      if (piece === undefined) return;
      rest -= piece.length;
    }
    pieces.cut();
  } catch {
    // Cut, by either side.
  } finally {
    clearTimeout(late);
  }
}

function mediaType(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function malformed(): UpstreamTrouble {
  return new UpstreamTrouble('unknown', 'UPSTREAM_MALFORMED', 'the server answered with something that is no answer of the protocol');
}

function tooLarge(): UpstreamTrouble {
  return new UpstreamTrouble('unknown', 'UPSTREAM_TOO_LARGE', 'the server\'s answer is larger than this gateway passes on');
}
