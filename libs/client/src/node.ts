import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { credentials as channelCredentials, status } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import { approvalClient, decisionClient, pinnedTo, readStatus } from '#contracts';
import type { approval, decision } from '#contracts';
import { backOffMs } from './back-off.js';
import { authorization, failureOf, failureOfCall, nodeFailure } from './failure.js';
import type { Failure } from './failure.js';
import type { Settings, TlsOptions } from './options.js';
import { Outcomes, type Reported } from './outcomes.js';
import type { OwnerNote } from './owners.js';

/** Of one message of a stream, by its contract. */
const STREAM_CALLS_MAX = 512;
/** Half of what a gRPC message may have. */
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const SILENCES_DOUBLED_MAX = 3;
const CLOSE_MS = 500;
const RENEWED: Failure = { ...nodeFailure('unavailable', 'CREDENTIAL_RENEWED', 'the credential has been renewed'), ofNode: false };

/** A call as a node needs it. */
export interface Sendable {
  readonly callId: string;
  readonly request: decision.DecideRequest;
  readonly bytes: number;
  /** Nobody waits for its answer any more. */
  readonly isOver: boolean;
}

export interface NodeEvents<C extends Sendable> {
  /** It has left, and may be decided from now on. */
  sent(call: C): void;
  answered(call: C, response: decision.DecideResponse__Output): void;
  /** `ofStream`: all of a stream ended with this. */
  failed(call: C, failure: Failure, ofStream: boolean): void;
  learned(owner: OwnerNote): void;
  /** It has left its calls; what it owns is somebody else's by now, or soon. */
  lost(address: string): void;
}

type Stream = ClientDuplexStream<decision.DecideStreamRequest, decision.DecideStreamResponse__Output>;
type NodeSettings = Pick<Settings, 'tls' | 'credential' | 'silenceMs'>;

/** One node, over one connection and one DecideStream. What comes while a message is being written goes with the next one. */
export class Node<C extends Sendable> {
  #decisions: decision.DecisionServiceClient | undefined;
  #approvals: approval.ApprovalServiceClient | undefined;
  #stream: Stream | undefined;
  readonly #outcomes = new Outcomes();
  #waiting: C[] = [];
  /** Written and not answered, by call id; also what is over: its answer must not be taken for another call's of that id. */
  readonly #owed = new Map<string, C>();
  /** Ids of `#waiting` and `#owed`. */
  readonly #ids = new Set<string>();
  #isWriting = false;
  #isScheduled = false;
  #heardMs = 0;
  #silenceTimer: NodeJS.Timeout | undefined;
  #silences = 0;
  #failures = 0;
  #restUntilMs = 0;

  constructor(readonly address: string, private readonly settings: NodeSettings, private readonly events: NodeEvents<C>) {}

  /** When it is worth asking again, on performance.now(); a time that has passed: now. */
  get restUntilMs(): number {
    return this.#restUntilMs;
  }

  get decisions(): decision.DecisionServiceClient {
    return (this.#decisions ??= decisionClient(this.address, channelOf(this.settings.tls), channelOptions(this.settings.tls)));
  }

  get approvals(): approval.ApprovalServiceClient {
    return (this.#approvals ??= approvalClient(this.address, channelOf(this.settings.tls), channelOptions(this.settings.tls)));
  }

  /** Puts a call on the stream. False: one with the same id is on it, and their answers could not be told apart. */
  send(call: C): boolean {
    if (this.#ids.has(call.callId)) return false;
    this.#ids.add(call.callId);
    this.#waiting.push(call);
    this.#schedule();
    return true;
  }

  /** Reports an outcome over the stream, with the calls that leave next. Never rejects. */
  settle(request: decision.SettleRequest & { readonly callId: string }, waitMs: number): Promise<Reported> {
    const reported = this.#outcomes.add(request, waitMs);
    this.#schedule();
    return reported;
  }

  /** Something that was asked apart from the stream has told whether this node is well. */
  rate(failure: Failure | undefined): void {
    if (failure === undefined) this.#isWell();
    else if (failure.ofNode) this.#rest(failure);
  }

  /** Ends the stream; everything must have been answered. */
  async close(): Promise<void> {
    clearTimeout(this.#silenceTimer);
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_MS);
        stream.once('status', () => {
          clearTimeout(timer);
          resolve();
        });
        stream.end();
      });
      stream.cancel();
    }
    this.#outcomes.fail(nodeFailure('unavailable', 'CLIENT_CLOSED', 'this client has been closed'));
    this.#hangUp();
  }

  // All that wants to leave in this turn of the event loop leaves together: the callers that one message of answers has woken, say.
  #schedule(): void {
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#write();
    });
  }

  #write(): void {
    if (this.#isWriting) return;
    const calls = this.#take();
    const settlements = this.#outcomes.take(STREAM_CALLS_MAX);
    if (calls.length === 0 && settlements.length === 0) return;
    let stream: Stream;
    try {
      stream = this.#stream ??= this.#open();
    } catch {
      // The credential could not be had; whatever it said stays where it was said.
      const failure: Failure = { ...nodeFailure('unauthenticated', 'NO_CREDENTIAL', 'the function that gives the credential has failed', 'not_decided'), ofNode: false };
      this.#outcomes.fail(failure);
      return this.#leave(calls, failure);
    }
    if (this.#owed.size === 0) this.#heardMs = performance.now();
    for (const call of calls) {
      this.#owed.set(call.callId, call);
      this.events.sent(call);
    }
    this.#isWriting = true;
    this.#watch();
    stream.write({ calls: calls.map(({ request }) => request), settlements }, () => {
      if (this.#stream !== stream) return;
      this.#isWriting = false;
      this.#write();
    });
  }

  #take(): C[] {
    const calls: C[] = [];
    let bytes = 0;
    let index = 0;
    for (; index < this.#waiting.length; index += 1) {
      const call = this.#waiting[index]!;
      if (call.isOver) {
        this.#ids.delete(call.callId);
        continue;
      }
      if (calls.length === STREAM_CALLS_MAX || (bytes + call.bytes > MESSAGE_BYTES_MAX && calls.length > 0)) break;
      bytes += call.bytes;
      calls.push(call);
    }
    this.#waiting = index === this.#waiting.length ? [] : this.#waiting.slice(index);
    return calls;
  }

  #open(): Stream {
    const credential = this.settings.credential();
    const stream = this.decisions.DecideStream(authorization(() => credential));
    stream.on('data', (message: decision.DecideStreamResponse__Output) => {
      if (this.#stream === stream) this.#onAnswers(message);
    });
    // What was said before the end is heard first.
    const end = (failure: Failure): void => void setImmediate(() => {
      if (this.#stream === stream) this.#onEnd(failure.kind === 'unauthenticated' && this.#hasAnother(credential) ? RENEWED : failure);
    });
    stream.on('error', (error: ServiceError) => end(failureOfCall(error, this.address)));
    stream.on('status', ({ code }) => {
      if (code === status.OK) end(nodeFailure('unavailable', 'STREAM_ENDED', `${this.address} has ended the stream`));
    });
    return stream;
  }

  #onAnswers({ answers }: decision.DecideStreamResponse__Output): void {
    this.#isWell();
    for (const answer of answers) {
      if (this.#outcomes.answered(answer)) {
        if (answer.owner) this.events.learned(answer.owner);
        continue;
      }
      const call = this.#owed.get(answer.callId);
      if (call === undefined) continue;
      this.#owed.delete(answer.callId);
      this.#ids.delete(answer.callId);
      if (answer.owner) this.events.learned(answer.owner);
      if (call.isOver) continue;
      if (answer.decision) this.events.answered(call, answer.decision);
      else if (answer.error) this.events.failed(call, failureOf(readStatus(answer.error)), false);
      else this.events.failed(call, { ...nodeFailure('internal', 'ANSWER_EMPTY', `${this.address} has answered neither verdict nor error`), ofNode: false }, false);
    }
  }

  /** A credential that was renewed under a stream is no reason to refuse its calls. */
  #hasAnother(credential: string): boolean {
    try {
      return this.settings.credential() !== credential;
    } catch {
      return false;
    }
  }

  #onEnd(failure: Failure): void {
    this.#stream = undefined;
    this.#isWriting = false;
    const owed = [...this.#owed.values()];
    const waiting = this.#waiting;
    this.#owed.clear();
    this.#ids.clear();
    this.#waiting = [];
    if (failure.ofNode) {
      this.#rest(failure);
      this.events.lost(this.address);
    }
    this.#outcomes.fail(failure);
    this.#leave(owed, failure);
    this.#leave(waiting, { ...failure, outcome: 'not_decided' });
  }

  #leave(calls: readonly C[], failure: Failure): void {
    for (const call of calls) {
      if (!this.#owed.has(call.callId)) this.#ids.delete(call.callId);
      if (!call.isOver) this.events.failed(call, failure, true);
    }
  }

  #isWell(): void {
    this.#heardMs = performance.now();
    this.#failures = 0;
    this.#silences = 0;
    this.#restUntilMs = 0;
  }

  #rest({ retryAfterMs }: Failure): void {
    this.#failures += 1;
    this.#restUntilMs = performance.now() + Math.max(retryAfterMs ?? 0, backOffMs(this.#failures));
  }

  /** A machine that is stopped or cut off closes no connection: nothing at all for a while, although answers are owed, says as much. */
  #watch(): void {
    if (this.#silenceTimer !== undefined) return;
    const silenceMs = this.settings.silenceMs * 2 ** Math.min(this.#silences, SILENCES_DOUBLED_MAX);
    this.#silenceTimer = setTimeout(() => {
      this.#silenceTimer = undefined;
      if (this.#owed.size === 0) return;
      if (performance.now() - this.#heardMs < silenceMs) return this.#watch();
      this.#silences += 1;
      const stream = this.#stream;
      this.#onEnd(nodeFailure('deadline_exceeded', 'NODE_SILENT', `${this.address} owes answers and says nothing`));
      stream?.cancel();
      this.#hangUp();
    }, silenceMs);
  }

  /** The next call connects anew. */
  #hangUp(): void {
    this.#decisions?.close();
    this.#approvals?.close();
    this.#decisions = this.#approvals = undefined;
  }
}

function channelOf(tls: false | TlsOptions): ChannelCredentials {
  if (tls === false) return channelCredentials.createInsecure();
  if (tls.certificate !== undefined) return pinnedTo(tls.certificate);
  const buffer = (bytes: Uint8Array | undefined): Buffer | null => (bytes === undefined ? null : Buffer.from(bytes));
  return channelCredentials.createSsl(buffer(tls.rootCertificates), buffer(tls.privateKey), buffer(tls.certificateChain));
}

function channelOptions(tls: false | TlsOptions): ClientOptions {
  return {
    // Every node's connection is its own: leaving a silent one must close it.
    'grpc.use_local_subchannel_pool': 1,
    // A stream that only listens would not notice that its node is cut off.
    'grpc.keepalive_time_ms': 20_000, 'grpc.keepalive_timeout_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.max_receive_message_length': ANSWER_BYTES_MAX, 'grpc.enable_retries': 0,
    ...(tls !== false && tls.serverName !== undefined && { 'grpc.ssl_target_name_override': tls.serverName, 'grpc.default_authority': tls.serverName }),
  };
}
