import { DocketError } from '#errors';
import { type JsonObject, requestMessage } from '#mcp';
import type { Logger } from '#platform';
import { upstreamFetch } from '#upstream';
import type { McpNotification, RpcAnswer, Upstream, UpstreamAnswer, UpstreamCall, UpstreamDescription } from '../ports.js';
import { answerOf, troubleAnswer } from './answers.js';
import { discover, mayBeOtherwise, unsent, type Found } from './believed.js';
import type { TokenSource } from './broker-tokens.js';
import { HttpDoor, type Posted } from './http-door.js';
import { LegacySession } from './legacy-session.js';
import { LegacySessions } from './legacy-sessions.js';
import type { UpstreamLimits } from './limits.js';
import { modernRequest, withoutInvalidTools } from './outgoing.js';
import { refusal } from './refusals.js';
import { Relay } from './relay.js';
import { SentTokens } from './sent-tokens.js';
import type { UpstreamMetrics } from './upstream-metrics.js';
import { UpstreamTrouble } from './upstream-trouble.js';
import { within } from './waiting.js';
import { whileWanted } from './while-wanted.js';

export interface HttpUpstreamServerOptions {
  readonly serverId: string;
  readonly url: string;
  /** Whose token every request carries; undefined: none. */
  readonly connection: string | undefined;
  readonly tokens: TokenSource;
  readonly allowLoopback: boolean;
  /** A GuardedTransport's. */
  readonly fetch: typeof fetch;
  readonly limits: UpstreamLimits;
  readonly monotonicMs: () => number;
  readonly metrics: UpstreamMetrics;
  readonly logger: Logger;
  readonly onChanged: (message: McpNotification) => void;
}

/** `isUnsent`: it was the session that was refused; the request itself had not left. */
type Refused = Extract<Posted, { kind: 'refused' }> & { readonly isUnsent?: true };

/** Grants whose way to a server is kept: only a closure each. */
const GRANTS_MAX = 10_000;

/**
 * One upstream behind one URL, in whichever era it speaks. What it is is found out once and believed for a while; sessions are opened when
 * they are needed and kept; a call is repeated only where it was certainly not done.
 */
export class HttpUpstreamServer {
  readonly #o: HttpUpstreamServerOptions;
  readonly #door: HttpDoor;
  readonly #sent = new SentTokens();
  readonly #sends = new Map<string, typeof fetch>();
  readonly #sessions: LegacySessions;
  #belief: { readonly found: Found; readonly untilMs: number } | undefined;
  #finding: Promise<Found> | undefined;
  #calls = 0;
  #lastId = 0;

  constructor(options: HttpUpstreamServerOptions) {
    this.#o = options;
    this.#door = new HttpDoor(options.url, options.limits);
    const { limits, monotonicMs, onChanged } = options;
    this.#sessions = new LegacySessions({
      limits, monotonicMs, onOpened: (reason) => options.metrics.initialisations.inc({ server: options.serverId, reason }), onCount: (count) => options.metrics.sessions.set({ server: options.serverId }, count),
      open: (send, capabilities, signal) => LegacySession.open({ door: this.#door, sent: this.#sent, onChanged }, send, capabilities, signal),
    });
  }

  /** The server as a grant reaches it. @param grantId empty: for what is done under none */
  as(grantId: string): Upstream {
    const send = this.#sendOf(grantId);
    return { describe: () => this.#describe(send), request: (method, params, call) => this.#request(send, grantId, method, params, call) };
  }

  /** For whoever listens to what the server says by itself: the era, and the ways to its streams. */
  get parts(): { readonly door: HttpDoor; readonly sessions: LegacySessions; readonly sent: SentTokens; readonly send: typeof fetch; find(signal: AbortSignal): Promise<Found> } {
    const send = this.#sendOf('');
    return { door: this.#door, sessions: this.#sessions, sent: this.#sent, send, find: (signal) => this.#find(send, signal) };
  }

  closeIdle(): void {
    this.#sessions.closeIdle();
  }

  async close(): Promise<void> {
    await this.#sessions.close(this.#sendOf(''));
  }

  async #describe(send: typeof fetch): Promise<UpstreamDescription> {
    const signal = AbortSignal.timeout(this.#o.limits.setUpMs);
    try {
      const found = await this.#find(send, signal);
      if (found.era === 'modern') return found.description;
      const session = await this.#sessions.of(send, '', {}, signal);
      if (session instanceof LegacySession) return session.description;
      throw refusal(session);
    } catch (error) {
      if (error instanceof DocketError) throw error;
      const trouble = this.#troubleOf(error, signal);
      throw new DocketError('unavailable', { reason: trouble.reason, message: trouble.message, ...(trouble.retryAfterMs !== undefined && { retryAfterMs: trouble.retryAfterMs }) });
    }
  }

  async #request(send: typeof fetch, grantId: string, method: string, params: JsonObject, call: UpstreamCall): Promise<UpstreamAnswer> {
    const { limits, metrics, serverId: server } = this.#o;
    const answer = await whileWanted(call.signal, limits.callMs, async (over): Promise<UpstreamAnswer> => {
      this.#calls += 1;
      try {
        if (this.#calls > limits.callsMax) throw new UpstreamTrouble('not_sent', 'UPSTREAM_BUSY', 'too many calls to this server are under way', 1_000);
        return await this.#answer(send, grantId, method, params, call, over);
      } catch (error) {
        return troubleAnswer(this.#troubleOf(error, over));
      } finally {
        this.#calls -= 1;
      }
    });
    metrics.requests.inc({ server, outcome: answer.outcome === 'answered' ? 'answered' : answer.reason });
    return answer;
  }

  async #answer(send: typeof fetch, grantId: string, method: string, params: JsonObject, call: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer> {
    for (let tries = 0; ; tries += 1) {
      const found = await this.#find(send, signal).catch((error: unknown) => {
        throw unsent(error);
      });
      const came = found.era === 'modern' ? await this.#modern(send, method, params, call, signal) : await this.#legacy(send, grantId, method, params, call, signal);
      if (!('kind' in came)) {
        const answer = answerOf(method, came, this.#sent);
        return method === 'tools/list' && found.era === 'modern' ? this.#withoutInvalidTools(answer) : answer;
      }
      // It may speak the other era by now: what was refused was not done.
      if (tries === 0 && mayBeOtherwise(came) && (await this.#findAnew(send, found, signal)).era !== found.era) continue;
      if (came.isUnsent === true) throw unsent(refusal(came));
      return came.error === undefined ? troubleAnswer(refusal(came)) : answerOf(method, { error: came.error }, this.#sent);
    }
  }

  async #modern(send: typeof fetch, method: string, params: JsonObject, call: UpstreamCall, signal: AbortSignal): Promise<RpcAnswer | Refused> {
    const id = (this.#lastId += 1);
    const relay = new Relay(call, `p${id}`);
    const { params: whole, headers } = modernRequest(method, params, call, relay);
    const posted = await this.#door.post(send, {
      headers, message: requestMessage(id, method, whole), id, signal,
      // Requests of a server do not exist in this era.
      onMessage: (message) => {
        if (message.kind !== 'notification') return;
        const clean = { method: message.method, params: this.#sent.mask(message.params) };
        if (!relay.take(clean)) this.#o.onChanged(clean);
      },
    });
    if (posted.kind === 'refused') return posted;
    if (posted.kind !== 'answered') throw new UpstreamTrouble('unknown', 'UPSTREAM_LOST', 'the server ended the stream without an answer');
    return posted.answer;
  }

  async #legacy(send: typeof fetch, grantId: string, method: string, params: JsonObject, call: UpstreamCall, signal: AbortSignal): Promise<RpcAnswer | Refused> {
    // What a server may ask of one agent's client it must not ask of another's.
    const owner = Object.keys(call.clientCapabilities).length === 0 ? '' : grantId;
    for (let tries = 0; ; tries += 1) {
      const session = await this.#sessions.of(send, owner, call.clientCapabilities, signal).catch((error: unknown) => {
        throw unsent(error);
      });
      // Its error is about the session, not about the call.
      if (!(session instanceof LegacySession)) return { ...session, error: undefined, isUnsent: true };
      const came = await session.request(send, method, params, call, signal);
      // The server has forgotten the session (S5).
      if (!('kind' in came) || tries > 0 || !session.hasId || !(came.status === 404 || mayBeOtherwise(came))) return came;
      this.#sessions.lost(session);
    }
  }

  async #find(send: typeof fetch, signal: AbortSignal): Promise<Found> {
    const belief = this.#belief;
    if (belief !== undefined && belief.untilMs > this.#o.monotonicMs()) return belief.found;
    const isFirst = this.#finding === undefined;
    const finding = (this.#finding ??= this.#look(send).finally(() => (this.#finding = undefined)));
    try {
      return await within(finding, signal);
    } catch (error) {
      // Somebody else's token may have been the trouble.
      if (isFirst || signal.aborted) throw error;
      return within(this.#look(send), signal);
    }
  }

  async #findAnew(send: typeof fetch, than: Found, signal: AbortSignal): Promise<Found> {
    if (this.#belief?.found === than) this.#belief = undefined;
    return this.#find(send, signal);
  }

  /** Not cut short by one caller who goes away: others wait for it as well. */
  async #look(send: typeof fetch): Promise<Found> {
    const { limits, metrics, serverId: server } = this.#o;
    try {
      const found = await discover(this.#door, send, AbortSignal.timeout(limits.setUpMs), limits.beliefMs);
      metrics.probes.inc({ server, era: found.era });
      const masked = found.era === 'modern' ? { ...found, description: this.#sent.mask(found.description as unknown as JsonObject) as unknown as UpstreamDescription } : found;
      this.#belief = { found: masked, untilMs: this.#o.monotonicMs() + (found.era === 'modern' ? found.ttlMs : limits.beliefMs) };
      return masked;
    } catch (error) {
      metrics.probes.inc({ server, era: 'none' });
      throw error;
    }
  }

  #withoutInvalidTools(answer: UpstreamAnswer): UpstreamAnswer {
    if (!('result' in answer)) return answer;
    const { result, dropped } = withoutInvalidTools(answer.result);
    if (dropped.length === 0) return answer;
    this.#o.metrics.droppedTools.inc({ server: this.#o.serverId }, dropped.length);
    this.#o.logger.warn({ server: this.#o.serverId, tools: dropped.slice(0, 20) }, 'tools of an upstream are not offered: their x-mcp-header annotations are invalid');
    return { ...answer, result };
  }

  #sendOf(grantId: string): typeof fetch {
    const { connection, tokens, allowLoopback } = this.#o;
    if (connection === undefined) return this.#o.fetch;
    let send = this.#sends.get(grantId);
    if (send === undefined) {
      if (this.#sends.size >= GRANTS_MAX) this.#sends.delete(this.#sends.keys().next().value!);
      send = upstreamFetch({ tokens: this.#sent.watching(tokens.of(connection, grantId)), allowLoopback, fetch: this.#o.fetch });
      this.#sends.set(grantId, send);
    }
    return send;
  }

  #troubleOf(error: unknown, signal: AbortSignal): UpstreamTrouble {
    if (error instanceof UpstreamTrouble) return error;
    if (signal.aborted && signal.reason instanceof UpstreamTrouble) return signal.reason;
    if (error instanceof DocketError) return new UpstreamTrouble('not_sent', 'UPSTREAM_NO_TOKEN', `there is no token for the server just now: ${error.message}`, error.retryAfterMs);
    if (signal.aborted) return new UpstreamTrouble('unknown', 'UPSTREAM_TOO_LATE', 'the server has not answered in time');
    this.#o.logger.error({ server: this.#o.serverId, name: (error as Error | undefined)?.name }, 'unexpected error on the way to an upstream');
    return new UpstreamTrouble('unknown', 'UPSTREAM_LOST', 'the call could not be made');
  }
}
