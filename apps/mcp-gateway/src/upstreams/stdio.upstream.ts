import { DocketError } from '#errors';
import { isObject, type JsonObject, LEGACY_VERSIONS, type Message, META, metaOf, MODERN_VERSIONS, notificationMessage, requestMessage, resultMessage, errorMessage, writeJson } from '#mcp';
import type { Logger } from '#platform';
import type { McpNotification, RpcAnswer, Upstream, UpstreamAnswer, UpstreamCall, UpstreamDescription } from '../ports.js';
import type { StdioUpstream } from '../servers-file.js';
import { answerOf, troubleAnswer } from './answers.js';
import { Questions } from './asking.js';
import { unsent } from './believed.js';
import { Child } from './child.js';
import { messageOf } from './http-door.js';
import type { UpstreamLimits } from './limits.js';
import { GATEWAY_INFO, legacyParams, modernRequest } from './outgoing.js';
import { Relay } from './relay.js';
import { SentTokens } from './sent-tokens.js';
import type { UpstreamMetrics } from './upstream-metrics.js';
import { UpstreamTrouble } from './upstream-trouble.js';
import { within } from './waiting.js';
import { whileWanted } from './while-wanted.js';

export interface StdioUpstreamServerOptions {
  readonly serverId: string;
  readonly child: StdioUpstream;
  readonly limits: UpstreamLimits;
  readonly monotonicMs: () => number;
  readonly metrics: UpstreamMetrics;
  readonly logger: Logger;
  readonly onChanged: (message: McpNotification) => void;
}

/** After the first restart, which is at once. */
const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 60_000;
/** One that has run for this long is well. */
const WELL_MS = 60_000;
/** Old servers may say nothing to a question that they do not know; slow ones have yet to start. */
const PROBE_MS = 15_000;
const LISTEN_ID = 'changes';

interface Waiting {
  readonly relay: Relay | undefined;
  readonly questions: Questions | undefined;
  readonly resolve: (answer: RpcAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A child that is running, and what it has said of itself. */
interface Running {
  readonly child: Child;
  readonly waiting: Map<number, Waiting>;
  readonly description: Promise<UpstreamDescription>;
  readonly startedMs: number;
  /** Why it was started. */
  readonly reason: string;
}

/** Any MCP server that is a program: one child for all who call it, started when it is needed, and again when it has ended. */
export class StdioUpstreamServer {
  readonly #o: StdioUpstreamServerOptions;
  readonly #none = new SentTokens();
  #running: Running | undefined;
  #knownLegacy = false;
  #failures = 0;
  #notBeforeMs = 0;
  #lastId = 0;
  #startReason = 'first';
  #isClosed = false;

  constructor(options: StdioUpstreamServerOptions) {
    this.#o = options;
  }

  /** The same for every grant: a child has no credentials but those of its environment. */
  as(_grantId: string): Upstream {
    return { describe: () => this.#describe(), request: (method, params, call) => this.#request(method, params, call) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    this.#fail(running);
    await running.child.stop();
  }

  async #describe(): Promise<UpstreamDescription> {
    try {
      return await this.#ready(AbortSignal.timeout(this.#o.limits.setUpMs)).then(({ description }) => description);
    } catch (error) {
      const trouble = error instanceof UpstreamTrouble ? error : new UpstreamTrouble('not_sent', 'UPSTREAM_TOO_LATE', 'the server did not start in time');
      throw new DocketError('unavailable', { reason: trouble.reason, message: trouble.message, ...(trouble.retryAfterMs !== undefined && { retryAfterMs: trouble.retryAfterMs }) });
    }
  }

  async #request(method: string, params: JsonObject, call: UpstreamCall): Promise<UpstreamAnswer> {
    const { limits, metrics, serverId: server } = this.#o;
    // A child may be silent for as long as a stream may.
    const answer = await whileWanted(call.signal, limits.callMs, async (over): Promise<UpstreamAnswer> => {
      try {
        const { running, description } = await this.#ready(over).catch((error: unknown) => {
          throw unsent(error);
        });
        if (running.waiting.size >= limits.callsMax) throw new UpstreamTrouble('not_sent', 'UPSTREAM_BUSY', 'too many calls to this server are under way', 1_000);
        return answerOf(method, await this.#ask(running, description.era === 'modern', method, params, call, over), this.#none);
      } catch (error) {
        return troubleAnswer(error instanceof UpstreamTrouble ? error : new UpstreamTrouble('unknown', 'UPSTREAM_LOST', 'the call could not be made'));
      }
    });
    metrics.requests.inc({ server, outcome: answer.outcome === 'answered' ? 'answered' : answer.reason });
    return answer;
  }

  async #ask(running: Running, isModern: boolean, method: string, params: JsonObject, call: UpstreamCall, signal: AbortSignal): Promise<RpcAnswer> {
    const id = (this.#lastId += 1);
    const relay = new Relay(call, `p${id}`);
    const sent = isModern ? modernRequest(method, params, call, relay).params : legacyParams(params, call, relay);
    const answer = this.#send(running, id, method, sent, relay, new Questions(call, this.#none));
    try {
      return await within(answer, signal);
    } catch (error) {
      answer.catch(() => undefined);
      if (signal.aborted && running.waiting.delete(id)) running.child.write(writeJson(notificationMessage('notifications/cancelled', { requestId: id, reason: 'nobody waits for it any more' })));
      throw error;
    }
  }

  #send(running: Running, id: number, method: string, params: JsonObject, relay?: Relay, questions?: Questions): Promise<RpcAnswer> {
    return new Promise((resolve, reject) => {
      running.waiting.set(id, { relay, questions, resolve, reject });
      if (running.child.write(writeJson(requestMessage(id, method, params)))) return;
      running.waiting.delete(id);
      reject(new UpstreamTrouble('not_sent', 'UPSTREAM_STOPPED', 'the server does not read what it is asked'));
    });
  }

  async #ready(signal: AbortSignal): Promise<{ readonly running: Running; readonly description: UpstreamDescription }> {
    for (;;) {
      const running = this.#running ?? this.#start();
      const wasLegacy = this.#knownLegacy;
      try {
        return { running, description: await within(running.description, signal) };
      } catch (error) {
        // It has ended over the first question, and is not asked it again.
        if (signal.aborted || wasLegacy || !this.#knownLegacy) throw error;
      }
    }
  }

  #start(): Running {
    const { child: command, limits, logger, serverId, monotonicMs, metrics } = this.#o;
    if (this.#isClosed) throw new UpstreamTrouble('not_sent', 'UPSTREAM_STOPPED', 'this gateway is stopping');
    const waitMs = this.#notBeforeMs - monotonicMs();
    if (waitMs > 0) throw new UpstreamTrouble('not_sent', 'UPSTREAM_STOPPED', 'the server has ended and is started again soon', Math.ceil(waitMs));
    const reason = this.#startReason;
    this.#startReason = 'ended';
    metrics.childStarts.inc({ server: serverId, reason });
    const child = new Child({
      serverId, command, logger, lineBytesMax: limits.message.bytesMax, onLine: (line) => this.#heard(running, line), onEnd: () => this.#ended(running),
    });
    const ready = Promise.withResolvers<UpstreamDescription>();
    const running: Running = { child, reason, waiting: new Map(), startedMs: monotonicMs(), description: ready.promise };
    this.#running = running;
    this.#introduce(running).then(ready.resolve, (error: unknown) => {
      ready.reject(error);
      child.kill();
    });
    ready.promise.catch(() => undefined);
    return running;
  }

  async #introduce(running: Running): Promise<UpstreamDescription> {
    const { metrics, serverId: server, limits } = this.#o;
    const modern = this.#knownLegacy ? undefined : await this.#discover(running);
    metrics.probes.inc({ server, era: modern === undefined ? 'legacy' : 'modern' });
    if (modern !== undefined) {
      this.#listen(running);
      return modern;
    }
    this.#knownLegacy = true;
    const asked = this.#send(running, (this.#lastId += 1), 'initialize', { protocolVersion: LEGACY_VERSIONS[0], capabilities: {}, clientInfo: GATEWAY_INFO });
    asked.catch(() => undefined);
    const answer = await within(asked, AbortSignal.timeout(limits.setUpMs)).catch((error: unknown) => {
      throw error instanceof UpstreamTrouble ? error : new UpstreamTrouble('not_sent', 'UPSTREAM_TOO_LATE', 'the server did not start in time');
    });
    if ('error' in answer) throw new UpstreamTrouble('not_sent', 'UPSTREAM_MALFORMED', 'the server opened no session');
    running.child.write(writeJson(notificationMessage('notifications/initialized', {})));
    metrics.initialisations.inc({ server, reason: running.reason === 'ended' ? 'lost' : 'first' });
    const { protocolVersion, capabilities, serverInfo, instructions } = answer.result;
    return {
      era: 'legacy', protocolVersion: String(protocolVersion), capabilities: isObject(capabilities) ? capabilities : {}, serverInfo: isObject(serverInfo) ? serverInfo : {}, ...(typeof instructions === 'string' && { instructions }),
    };
  }

  /** Undefined: it does not speak that way. */
  async #discover(running: Running): Promise<UpstreamDescription | undefined> {
    const signal = AbortSignal.timeout(PROBE_MS);
    const call: UpstreamCall = { clientCapabilities: {}, signal };
    const id = (this.#lastId += 1);
    const asked = this.#send(running, id, 'server/discover', modernRequest('server/discover', {}, call, new Relay(call, '')).params);
    asked.catch(() => undefined);
    let answer: RpcAnswer;
    try {
      answer = await within(asked, signal);
    } catch (error) {
      running.waiting.delete(id);
      if (!signal.aborted) {
        // Some end when they are asked what they do not know: the next one is not.
        this.#knownLegacy = true;
        this.#startReason = 'era';
        this.#failures = 0;
        this.#notBeforeMs = 0;
        throw error;
      }
      return undefined;
    }
    if ('error' in answer) return undefined;
    const { supportedVersions, capabilities, instructions } = answer.result;
    if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSIONS[0])) return undefined;
    const serverInfo = metaOf(answer.result)[META.serverInfo];
    return {
      era: 'modern', protocolVersion: MODERN_VERSIONS[0], capabilities: isObject(capabilities) ? capabilities : {}, serverInfo: isObject(serverInfo) ? serverInfo : {}, ...(typeof instructions === 'string' && { instructions }),
    };
  }

  #listen(running: Running): void {
    const call = { clientCapabilities: {}, signal: AbortSignal.timeout(PROBE_MS) };
    const wanted: JsonObject = { notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true } };
    running.child.write(writeJson(requestMessage(LISTEN_ID, 'subscriptions/listen', modernRequest('subscriptions/listen', wanted, call, new Relay(call, '')).params)));
  }

  #heard(running: Running, line: Buffer): void {
    let message: Message;
    try {
      message = messageOf(line, this.#o.limits);
    } catch {
      // Programs write all kinds of things to their output; what is no message answers nothing.
      return;
    }
    if (message.kind === 'response') {
      const waiting = typeof message.id === 'number' ? running.waiting.get(message.id) : undefined;
      if (waiting === undefined) return;
      running.waiting.delete(message.id as number);
      return waiting.resolve(message.answer);
    }
    const calls = [...running.waiting.values()].filter(({ relay }) => relay !== undefined);
    const only = calls.length === 1 ? calls[0] : undefined;
    if (message.kind === 'notification') {
      // Log messages say nothing of whose they are.
      const takers = message.method === 'notifications/message' ? (only === undefined ? [] : [only]) : calls;
      const { method, params } = message;
      if (!takers.some(({ relay }) => relay!.take({ method, params }))) this.#o.onChanged({ method, params });
      return;
    }
    const { id } = message;
    const questions = only?.questions ?? new Questions(undefined, this.#none);
    void questions.answer(message.method, message.params, AbortSignal.timeout(this.#o.limits.callMs)).then((answer) => {
      running.child.write(writeJson('error' in answer ? errorMessage(id, answer.error) : resultMessage(id, answer.result)));
    });
  }

  #ended(running: Running): void {
    this.#fail(running);
    if (this.#running !== running) return;
    this.#running = undefined;
    const nowMs = this.#o.monotonicMs();
    if (nowMs - running.startedMs >= WELL_MS) this.#failures = 0;
    this.#notBeforeMs = this.#failures === 0 ? 0 : nowMs + Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** (this.#failures - 1)) * (0.75 + Math.random() / 4);
    this.#failures += 1;
  }

  #fail(running: Running): void {
    for (const { reject } of running.waiting.values()) reject(new UpstreamTrouble('unknown', 'UPSTREAM_STOPPED', 'the server ended before it answered'));
    running.waiting.clear();
  }
}
