import type { Json, JsonObject } from '#mcp';
import { isObject, RPC } from '#mcp';
import type { Exchange, RpcAnswer } from '../ports.js';
import { asksForSecret } from './rounds.js';

const ASKS_MAX = 32;
/** For the client's answer to a question of the server. */
const ASK_MS = 5 * 60_000;

interface Asked {
  readonly request: JsonObject;
  readonly resolve: (answer: RpcAnswer) => void;
}

/** An approved call on its way to the server, whoever waits for it: the client comes and looks, and answers what the server asks. */
export class TaskRun {
  readonly #controller = new AbortController();
  readonly #asked = new Map<string, Asked>();
  #asks = 0;
  #news = Promise.withResolvers<void>();

  /** What the call is made with. Its client is not at hand: questions to it wait for `tasks/update`. */
  exchangeFor({ caller, protocolVersion, clientCapabilities, traceparent, tracestate, baggage }: Exchange): Exchange {
    return {
      caller, era: 'modern', protocolVersion, clientCapabilities, signal: this.#controller.signal, notify: () => undefined,
      ask: (method, params, signal) => this.#ask(method, params, signal),
      ...(traceparent !== undefined && { traceparent }), ...(tracestate !== undefined && { tracestate }), ...(baggage !== undefined && { baggage }),
    };
  }

  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** What the client is to answer; undefined: nothing. No key is used twice (K6). */
  get inputRequests(): JsonObject | undefined {
    return this.#asked.size === 0 ? undefined : Object.fromEntries([...this.#asked].map(([key, { request }]) => [key, request]));
  }

  /** Answers; those to nothing that is asked are ignored. */
  update(inputResponses: JsonObject): void {
    for (const [key, response] of Object.entries(inputResponses)) if (isObject(response)) this.#asked.get(key)?.resolve({ result: response });
  }

  cancel(): void {
    this.#controller.abort(new Error('the task was cancelled'));
  }

  /** It has ended. */
  over(): void {
    this.#tell();
  }

  /** Resolves when something has come about, or time is up, or nobody waits any more. */
  async changed(ms: number, signal: AbortSignal): Promise<void> {
    const stop = Promise.withResolvers<void>();
    const timer = setTimeout(stop.resolve, ms);
    const leave = (): void => stop.resolve();
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    await Promise.race([this.#news.promise, stop.promise]);
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }

  #ask(method: string, params: JsonObject, signal?: AbortSignal): Promise<RpcAnswer> {
    const over = AbortSignal.any([this.#controller.signal, ...(signal === undefined ? [] : [signal])]);
    if (over.aborted || this.#asked.size >= ASKS_MAX || (method === 'elicitation/create' && asksForSecret(params))) return Promise.resolve(NOT_ANSWERED);
    const key = `input-${++this.#asks}`;
    return new Promise((resolve) => {
      const settle = (answer: RpcAnswer): void => {
        clearTimeout(timer);
        over.removeEventListener('abort', withdraw);
        this.#asked.delete(key);
        resolve(answer);
      };
      const withdraw = (): void => settle(NOT_ANSWERED);
      const timer = setTimeout(withdraw, ASK_MS);
      over.addEventListener('abort', withdraw, { once: true });
      this.#asked.set(key, { request: { method, params: params as Json } as JsonObject, resolve: settle });
      this.#tell();
    });
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

const NOT_ANSWERED: RpcAnswer = { error: { code: RPC.cancelled, message: 'the client has not answered' } };
