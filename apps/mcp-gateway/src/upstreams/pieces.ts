import type { IncomingMessage } from 'node:http';

/** A body as it comes. */
export interface Pieces {
  /** Undefined: it has ended. Rejects when the connection is lost before that. */
  next(): Promise<Uint8Array | undefined>;
  /** What has not come yet is not wanted; never rejects. */
  cut(): void;
}

/** Behind responses of a GuardedTransport: going round the streams of the web saves a third of what an answer costs. */
const incoming = new WeakMap<Response, IncomingMessage>();

/** A response of `fetch` for what came over a connection. Throws on a status that no answer has. */
export function responseOf(answer: IncomingMessage): Response {
  const headers = new Headers();
  for (let n = 0; n < answer.rawHeaders.length; n += 2) headers.append(answer.rawHeaders[n]!, answer.rawHeaders[n + 1]!);
  const status = answer.statusCode ?? 0;
  if (status === 204 || status === 205 || status === 304) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  const response = new Response(bodyOf(answer), { status, headers });
  // Told to whoever reads; nobody may be reading just now.
  answer.on('error', () => undefined);
  incoming.set(response, answer);
  return response;
}

/** The body of a response that nobody reads otherwise. */
export function piecesOf(response: Response): Pieces {
  const answer = incoming.get(response);
  if (answer !== undefined) return piecesFrom(answer);
  const reader = response.body?.getReader();
  return { next: async () => (await reader?.read())?.value, cut: () => void reader?.cancel().catch(() => undefined) };
}

function piecesFrom(answer: IncomingMessage): Pieces {
  const pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  return { next: async () => (await pieces.next()).value, cut: () => void answer.destroy() };
}

/** Does nothing until it is read. */
function bodyOf(answer: IncomingMessage): ReadableStream<Uint8Array> {
  let pieces: Pieces | undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await (pieces ??= piecesFrom(answer)).next();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
    cancel: () => void answer.destroy(),
  }, { highWaterMark: 0 });
}
