import { isObject, type JsonObject, LEGACY_VERSIONS, type Message, notificationMessage, requestMessage, type RequestId, resultMessage, errorMessage } from '#mcp';
import type { McpNotification, RpcAnswer, UpstreamCall, UpstreamDescription } from '../ports.js';
import { Questions } from './asking.js';
import type { HttpDoor, Posted } from './http-door.js';
import { GATEWAY_INFO, legacyParams, traceHeaders } from './outgoing.js';
import { LOG_LEVELS, Relay } from './relay.js';
import type { SentTokens } from './sent-tokens.js';
import { UpstreamTrouble } from './upstream-trouble.js';
import { pause } from './waiting.js';

/** What servers of sessions answer with; the oldest have no header of their own for it. */
const SPOKEN: ReadonlySet<unknown> = new Set([...LEGACY_VERSIONS, '2025-03-26', '2024-11-05']);
const RESUMPTIONS_MAX = 16;
const RESUME_MS = 1_000;
const RESUME_MS_MAX = 15_000;
const NOTICE_MS = 5_000;
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;

export interface LegacySessionOptions {
  readonly door: HttpDoor;
  readonly sent: SentTokens;
  readonly onChanged: (message: McpNotification) => void;
}

type Refused = Extract<Posted, { kind: 'refused' }>;

/** A session with one upstream (2024-11-05 to 2025-11-25), shared by all who have the same credential and capabilities. */
export class LegacySession {
  readonly description: UpstreamDescription;
  readonly #o: LegacySessionOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #calls = new Set<Questions>();
  #lastId = 0;
  #logLevel: string | undefined;

  private constructor(options: LegacySessionOptions, description: UpstreamDescription, sessionId: string | undefined) {
    this.#o = options;
    this.description = description;
    this.#headers = { 'mcp-protocol-version': description.protocolVersion, ...(sessionId !== undefined && { 'mcp-session-id': sessionId }) };
  }

  /** @param capabilities what clients of this session have declared. Resolves to the refusal if the server refuses it. */
  static async open(options: LegacySessionOptions, send: typeof fetch, capabilities: JsonObject, signal: AbortSignal): Promise<LegacySession | Refused> {
    const params = { protocolVersion: LEGACY_VERSIONS[0], capabilities, clientInfo: GATEWAY_INFO };
    const posted = await options.door.post(send, { headers: {}, message: requestMessage(0, 'initialize', params), id: 0, signal, silenceMs: Infinity });
    if (posted.kind === 'refused') return posted;
    if (posted.kind !== 'answered') throw new UpstreamTrouble('not_sent', 'UPSTREAM_MALFORMED', 'the server did not answer when a session was to be opened');
    if ('error' in posted.answer) return { kind: 'refused', status: 400, headers: posted.headers, error: posted.answer.error };
    const sessionId = posted.headers.get('mcp-session-id') ?? undefined;
    const { protocolVersion, capabilities: theirs, serverInfo, instructions } = options.sent.mask(posted.answer.result);
    if (!SPOKEN.has(protocolVersion) || (sessionId !== undefined && !SESSION_ID.test(sessionId))) throw new UpstreamTrouble('not_sent', 'UPSTREAM_MALFORMED', 'the server opened no session of a version that this gateway speaks');
    const session = new LegacySession(options, {
      era: 'legacy', protocolVersion: String(protocolVersion), capabilities: isObject(theirs) ? theirs : {}, serverInfo: isObject(serverInfo) ? serverInfo : {}, ...(typeof instructions === 'string' && { instructions }),
    }, sessionId);
    await options.door.post(send, { headers: session.#headers, message: notificationMessage('notifications/initialized', {}), signal });
    return session;
  }

  get hasId(): boolean {
    return this.#headers['mcp-session-id'] !== undefined;
  }

  get callsInFlight(): number {
    return this.#calls.size;
  }

  /** Resolves to the answer or the refusal; rejects with an UpstreamTrouble or the signal's reason, having told the server to stop. */
  async request(send: typeof fetch, method: string, params: JsonObject, call: UpstreamCall, signal: AbortSignal): Promise<RpcAnswer | Refused> {
    const id = (this.#lastId += 1);
    const relay = new Relay(call, `p${id}`);
    const questions = new Questions(call, this.#o.sent);
    this.#calls.add(questions);
    const onMessage = (message: Message): void => this.#heard(send, message, questions, signal, relay);
    try {
      await this.#setLogLevel(send, relay.logLevel, signal);
      const headers = { ...this.#headers, ...traceHeaders(call) };
      let posted = await this.#o.door.post(send, { headers, message: requestMessage(id, method, legacyParams(params, call, relay)), id, signal, onMessage });
      for (let tries = 0; posted.kind === 'ended'; tries += 1) posted = await this.#resume(send, posted, id, tries, signal, onMessage);
      if (posted.kind === 'refused') return posted;
      if (posted.kind !== 'answered') throw new UpstreamTrouble('unknown', 'UPSTREAM_MALFORMED', 'the server took the request and gave no answer');
      return posted.answer;
    } catch (error) {
      // Closing the stream means nothing to a server of this era.
      if (signal.aborted) void this.#notify(send, 'notifications/cancelled', { requestId: id, reason: 'nobody waits for it any more' });
      throw error;
    } finally {
      this.#calls.delete(questions);
    }
  }

  /** The stream on which a server says what belongs to no call. Ends as the door says, or with the signal. */
  listen(send: typeof fetch, lastEventId: string, signal: AbortSignal): Promise<Posted> {
    return this.#o.door.listen(send, {
      headers: { ...this.#headers, ...(lastEventId !== '' && { 'last-event-id': lastEventId }) }, signal, silenceMs: Infinity,
      onMessage: (message) => this.#heard(send, message, undefined, signal),
    });
  }

  async close(send: typeof fetch): Promise<void> {
    if (this.hasId) await this.#o.door.remove(send, this.#headers, AbortSignal.timeout(NOTICE_MS));
  }

  #heard(send: typeof fetch, message: Message, questions: Questions | undefined, signal: AbortSignal, relay?: Relay): void {
    if (message.kind === 'notification') {
      const clean = { method: message.method, params: this.#o.sent.mask(message.params) };
      if (!relay?.take(clean)) this.#o.onChanged(clean);
    } else if (message.kind === 'request') {
      // On a stream of no call a question is the only call's that there is, or nobody's.
      const asked = questions ?? (this.#calls.size === 1 ? [...this.#calls][0] : undefined) ?? new Questions(undefined, this.#o.sent);
      void asked.answer(message.method, message.params, signal).then((answer) => this.#reply(send, message.id, answer, signal));
    }
  }

  async #reply(send: typeof fetch, id: RequestId, answer: RpcAnswer, signal: AbortSignal): Promise<void> {
    const message = 'error' in answer ? errorMessage(id, answer.error) : resultMessage(id, answer.result);
    // One that cannot be delivered is the server's to miss.
    await this.#o.door.post(send, { headers: this.#headers, message, signal }).catch(() => undefined);
  }

  async #resume(send: typeof fetch, { lastEventId, retryMs }: Extract<Posted, { kind: 'ended' }>, id: RequestId, tries: number, signal: AbortSignal, onMessage: (message: Message) => void): Promise<Posted> {
    if (lastEventId === '' || tries >= RESUMPTIONS_MAX) throw new UpstreamTrouble('unknown', 'UPSTREAM_LOST', 'the server ended the stream without an answer');
    await pause(Math.min(retryMs ?? RESUME_MS, RESUME_MS_MAX), signal);
    const again = await this.#o.door.listen(send, { headers: { ...this.#headers, 'last-event-id': lastEventId }, signal, silenceMs: Infinity, answers: id, onMessage });
    if (again.kind === 'refused') throw new UpstreamTrouble('unknown', 'UPSTREAM_LOST', 'the server ended the stream without an answer, and does not go on with it');
    return again.kind === 'ended' ? { ...again, lastEventId: again.lastEventId || lastEventId, retryMs: again.retryMs ?? retryMs } : again;
  }

  /** Of the whole session: the mildest level that anybody has asked for; each call hears what it asked for. */
  async #setLogLevel(send: typeof fetch, level: string | undefined, signal: AbortSignal): Promise<void> {
    if (level === undefined || this.description.capabilities['logging'] === undefined || (this.#logLevel !== undefined && !isMilder(level, this.#logLevel))) return;
    this.#logLevel = level;
    const id = (this.#lastId += 1);
    await this.#o.door.post(send, { headers: this.#headers, message: requestMessage(id, 'logging/setLevel', { level }), id, signal });
  }

  #notify(send: typeof fetch, method: string, params: JsonObject): Promise<unknown> {
    return this.#o.door.post(send, { headers: this.#headers, message: notificationMessage(method, params), signal: AbortSignal.timeout(NOTICE_MS) }).catch(() => undefined);
  }
}



function isMilder(level: string, than: string): boolean {
  const levels: readonly string[] = LOG_LEVELS;
  return levels.indexOf(level) < levels.indexOf(than);
}
