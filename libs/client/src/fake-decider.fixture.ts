import { once } from 'node:events';
import { loadPackageDefinition, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall, ServerWritableStream, ServiceClientConstructor } from '@grpc/grpc-js';
import { APPROVAL_SERVICE, DECISION_SERVICE, encodeStatus, packageDefinition, STATUS_DETAILS_KEY, statusMessage } from '#contracts';
import type { approval, decision, StatusDetails } from '#contracts';

export type Request = decision.DecideRequest__Output;
export type Answer = decision.DecideResponse;
type Stream = ServerDuplexStream<decision.DecideStreamRequest__Output, decision.DecideStreamResponse>;

/** An error as the service makes it. */
export function details(code: number, reason: string, more: Partial<StatusDetails> = {}): StatusDetails {
  return { code, reason, message: `planted: ${reason}`, domain: 'docket', metadata: {}, violations: [], retryAfterMs: null, ...more };
}

/** A decider that answers as the test says, over real gRPC in this process. */
export class FakeDecider {
  readonly server = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
  /** Every message of every stream, as it came. */
  readonly messages: Request[][] = [];
  /** Calls of their own. */
  readonly alone: Request[] = [];
  readonly credentials: string[] = [];
  readonly settled: decision.SettleRequest__Output[] = [];
  /** Of outcomes that came over a stream: how many calls were in the same message. */
  readonly settledWith: number[] = [];
  /** False: an older one, which does not know that streams carry outcomes. */
  takesOutcomes = true;
  readonly watched: number[] = [];
  readonly streams = new Set<Stream>();
  address = '';
  /** What a call is answered with; undefined: nothing, until `answerAll`. */
  answer: (request: Request) => Answer | StatusDetails | undefined = (request) => allow(request);
  owner: (request: { readonly grant: string }) => object | undefined = () => undefined;
  trailers: Readonly<Record<string, string>> = {};
  settle: (request: decision.SettleRequest__Output) => decision.SettleResponse | StatusDetails = ({ callId, outcome }) => ({ callId, outcome, refunded: [], replayed: false, receipt });
  wait: () => approval.WaitApprovalResponse = () => ({ approval: { approvalId: 'apr_x', state: 'APPROVED' } });
  readonly resolved: approval.ResolveApprovalRequest__Output[] = [];
  watch: (call: ServerWritableStream<decision.WatchGrantsRequest__Output, decision.WatchGrantsResponse>) => void = () => undefined;
  readonly #held: { readonly stream: Stream; readonly request: Request }[] = [];
  readonly #changes = new EventTarget();

  async start(port = 0): Promise<this> {
    const definition = (name: string) => {
      const [packageName, service] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)];
      const found = packageName.split('.').reduce((at, part) => at[part] as Record<string, unknown>, loadPackageDefinition(packageDefinition) as Record<string, unknown>);
      return (found[service] as ServiceClientConstructor).service;
    };
    this.server.addService(definition(DECISION_SERVICE), {
      DecideStream: (stream: Stream) => this.#onStream(stream),
      Decide: (call: ServerUnaryCall<Request, Answer>, done: sendUnaryData<Answer>) => {
        this.#note(call.metadata);
        this.alone.push(call.request);
        this.#changed();
        reply(done, this.answer(call.request), this.trailers);
      },
      Settle: (call: ServerUnaryCall<decision.SettleRequest__Output, decision.SettleResponse>, done: sendUnaryData<decision.SettleResponse>) => {
        this.settled.push(call.request);
        reply(done, this.settle(call.request), this.trailers);
      },
      GetDecision: (call: ServerUnaryCall<decision.GetDecisionRequest__Output, Answer>, done: sendUnaryData<Answer>) => reply(done, { ...allow(call.request), replayed: true }, this.trailers),
      ListVisibleTools: (call: ServerUnaryCall<decision.ListVisibleToolsRequest__Output, decision.ListVisibleToolsResponse>, done: sendUnaryData<decision.ListVisibleToolsResponse>) =>
        reply(done, { tools: call.request.names.map((name) => ({ name, visible: !name.startsWith('hidden') })), policyId: 'p', policyVersion: 'v' }, this.trailers),
      WatchGrants: (call: ServerWritableStream<decision.WatchGrantsRequest__Output, decision.WatchGrantsResponse>) => {
        this.watched.push(call.request.afterRegistryOffset);
        this.watch(call);
      },
    });
    this.server.addService(definition(APPROVAL_SERVICE), {
      WaitApproval: (_call: unknown, done: sendUnaryData<approval.WaitApprovalResponse>) => done(null, this.wait()),
      GetApproval: (_call: unknown, done: sendUnaryData<approval.GetApprovalResponse>) => done(null, this.wait()),
      ResolveApproval: (call: ServerUnaryCall<approval.ResolveApprovalRequest__Output, approval.ResolveApprovalResponse>, done: sendUnaryData<approval.ResolveApprovalResponse>) => {
        this.resolved.push(call.request);
        done(null, this.wait());
      },
    });
    const bound = await new Promise<number>((resolve, reject) => this.server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, found) => (error ? reject(error) : resolve(found))));
    this.address = `127.0.0.1:${bound}`;
    return this;
  }

  /** As when the process is killed: its connections break. */
  stop(): void {
    this.server.forceShutdown();
  }

  /** Ids of all calls that have come over streams, in order. */
  get ids(): string[] {
    return this.messages.flat().map(({ callId }) => callId);
  }

  /** Resolves when `met` is true, which is looked at whenever something has come. */
  async until(met: () => boolean): Promise<void> {
    while (!met()) await once(this.#changes, 'change');
  }

  /** Answers what has been held back. */
  answerAll(answer: (request: Request) => Answer | StatusDetails = allow): void {
    for (const { stream, request } of this.#held.splice(0)) this.#answer(stream, request, answer(request));
  }

  /** Ends all streams as a node does that stops. */
  endStreams(error: StatusDetails): void {
    for (const stream of this.streams) stream.emit('error', serviceError(error));
    this.streams.clear();
  }

  #onStream(stream: Stream): void {
    this.#note(stream.metadata);
    this.streams.add(stream);
    stream.on('data', ({ calls, settlements }: decision.DecideStreamRequest__Output) => {
      if (calls.length > 0) this.messages.push(calls);
      for (const request of this.takesOutcomes ? settlements : []) {
        this.settled.push(request);
        this.settledWith.push(calls.length);
        const settled = this.settle(request);
        const owner = this.owner(request);
        stream.write({ answers: [{ callId: request.callId, ...('code' in settled ? { settleError: statusMessage(settled) } : { settled }), ...(owner && { owner }) }] });
      }
      for (const request of calls) {
        const answer = this.answer(request);
        if (answer === undefined) this.#held.push({ stream, request });
        else this.#answer(stream, request, answer);
      }
      this.#changed();
    });
    stream.on('end', () => {
      this.streams.delete(stream);
      stream.end();
    });
    stream.on('error', () => undefined);
    this.#changed();
  }

  #answer(stream: Stream, request: Request, answer: Answer | StatusDetails): void {
    const owner = this.owner(request);
    const result = 'code' in answer ? { error: statusMessage(answer) } : { decision: answer };
    stream.write({ answers: [{ callId: request.callId, ...result, ...(owner && { owner }) }] });
  }

  #note(metadata: Metadata): void {
    this.credentials.push(String(metadata.get('authorization')[0]));
  }

  #changed(): void {
    this.#changes.dispatchEvent(new Event('change'));
  }
}

export const receipt = { topic: 'docket.decisions', partition: 3, offset: 17, hash: Buffer.alloc(32, 7) };

/** An ALLOW as the service gives it. */
export function allow({ callId, grant }: { readonly callId: string; readonly grant: string }, more: Partial<Answer> = {}): Answer {
  return { callId, grantId: grant.replace(/^dg_([0-9a-f]{32}).*$/, '$1'), verdict: 'ALLOW', policyId: 'p', policyVersion: 'v', receipt, decidedAt: { seconds: 1_795_428_030, nanos: 0 }, ...more };
}

function reply<T extends object>(done: sendUnaryData<T>, answer: T | StatusDetails | undefined, trailers: Readonly<Record<string, string>>): void {
  if (answer === undefined) return;
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  if (!('code' in answer)) return done(null, answer as T, metadata);
  const error = serviceError(answer as StatusDetails);
  error.metadata.merge(metadata);
  done(error);
}

function serviceError(error: StatusDetails): Error & { code: status; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, encodeStatus(error));
  return Object.assign(new Error(error.message), { code: error.code as status, details: error.message, metadata });
}
