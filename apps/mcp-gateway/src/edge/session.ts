import type { JsonObject, RequestId } from '#mcp';
import { isObject, requestMessage, RPC } from '#mcp';
import type { Caller, RpcAnswer } from '../ports.js';
import type { Outlet } from './event-sink.js';
import type { Reply } from './reply.js';
import { SessionStream } from './session-stream.js';

export interface SessionFacts {
  readonly id: string;
  readonly caller: Caller;
  readonly version: string;
  readonly clientCapabilities: JsonObject;
  readonly clientInfo?: JsonObject;
}

/** Requests of a server to its client, and the capability that says that the client answers them. */
const ANSWERED_BY: Readonly<Record<string, string>> = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };
/** Streams of requests that were answered, kept for who comes back for the answer. */
const FINISHED_STREAMS_MAX = 8;

interface Asked { readonly resolve: (answer: RpcAnswer) => void }

/** One client's session of the legacy era: what it said of itself, what it has asked, and what it was asked. */
export class Session {
  readonly facts: SessionFacts;
  /** What is not about a request: the client's GET stream (S7: one message, one stream). */
  readonly standalone: SessionStream;
  /** Until `logging/setLevel` says otherwise. */
  logLevel = 'info';
  lastUsedMs: number;
  /** Whether somebody hears for this session what changes. */
  isListening = false;
  readonly #outlet: Outlet;
  readonly #ended = new AbortController();
  readonly #underWay = new Map<RequestId, AbortController>();
  readonly #asked = new Map<RequestId, Asked>();
  readonly #streams = new Map<string, SessionStream>();
  #streamsOpened = 0;
  #asks = 0;

  constructor(facts: SessionFacts, outlet: Outlet, nowMs: number) {
    this.facts = facts;
    this.#outlet = outlet;
    this.lastUsedMs = nowMs;
    this.standalone = new SessionStream('s', outlet, facts.caller.grantId);
    this.#streams.set(this.standalone.id, this.standalone);
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether nobody would miss it: nothing under way, nobody reading. */
  get isIdle(): boolean {
    return this.#underWay.size === 0 && !this.standalone.isRead;
  }

  /** Marks a request as under way; undefined if one with this id is already. */
  begin(id: RequestId): AbortSignal | undefined {
    if (this.#underWay.has(id)) return undefined;
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    return controller.signal;
  }

  finish(id: RequestId): void {
    this.#underWay.delete(id);
  }

  /** `notifications/cancelled` (C8). */
  cancel(id: RequestId): void {
    this.#underWay.get(id)?.abort(new Error('cancelled by the client'));
  }

  /** A stream for one request. */
  openStream(): { readonly stream: SessionStream; readonly isPrimed: boolean } {
    const finished = [...this.#streams.values()].filter(({ isDone }) => isDone);
    for (const old of finished.slice(0, Math.max(0, finished.length - FINISHED_STREAMS_MAX + 1))) {
      this.#streams.delete(old.id);
      old.discard();
    }
    const stream = new SessionStream(`r${(++this.#streamsOpened).toString(36)}`, this.#outlet, this.facts.caller.grantId);
    this.#streams.set(stream.id, stream);
    return { stream, isPrimed: this.isPrimed };
  }

  /** Clients before 2025-11-25 take an event without data for broken JSON. */
  get isPrimed(): boolean {
    return this.facts.version >= '2025-11-25';
  }

  stream(id: string): SessionStream | undefined {
    return this.#streams.get(id);
  }

  canAnswerAny(): boolean {
    return Object.values(ANSWERED_BY).some((capability) => isObject(this.facts.clientCapabilities[capability]));
  }

  /** Asks the client over the live stream of a request (I8): never resolves late, never hangs, never rejects. */
  ask(reply: Reply, method: string, params: JsonObject, signal: AbortSignal): Promise<RpcAnswer> {
    const capability = Object.hasOwn(ANSWERED_BY, method) ? ANSWERED_BY[method]! : undefined;
    if (capability === undefined || !isObject(this.facts.clientCapabilities[capability])) return Promise.resolve(refused(RPC.methodNotFound, 'the client has not declared that it answers this'));
    if (!reply.isLive || signal.aborted || this.ended.aborted) return Promise.resolve(refused(RPC.cancelled, 'the client is not there to be asked'));
    if (this.#asked.size >= this.#outlet.limits.asksPerSessionMax) return Promise.resolve(refused(RPC.busy, 'the client is asked too much at once'));
    const id = `docket-${++this.#asks}`;
    return new Promise((resolve) => {
      const settle = (answer: RpcAnswer): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', withdraw);
        this.ended.removeEventListener('abort', withdraw);
        this.#asked.delete(id);
        resolve(answer);
      };
      const withdraw = (): void => settle(refused(RPC.cancelled, 'the client was not waited for any longer'));
      const timer = setTimeout(withdraw, this.#outlet.limits.askTimeoutMs);
      signal.addEventListener('abort', withdraw, { once: true });
      this.ended.addEventListener('abort', withdraw, { once: true });
      this.#asked.set(id, { resolve: settle });
      reply.send(requestMessage(id, method, params));
    });
  }

  /** The client's answer; one that nobody waits for is ignored. */
  answered(id: RequestId, answer: RpcAnswer): void {
    this.#asked.get(id)?.resolve(answer);
  }

  /** Ends everything of it. */
  end(reason: string): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(new Error(reason));
    for (const controller of this.#underWay.values()) controller.abort(new Error(reason));
    for (const stream of this.#streams.values()) stream.discard();
    this.#streams.clear();
  }
}

function refused(code: number, message: string): RpcAnswer {
  return { error: { code, message } };
}
