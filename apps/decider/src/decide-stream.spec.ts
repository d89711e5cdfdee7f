import { EventEmitter } from 'node:events';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { decision } from '#contracts';
import { DocketError } from '#errors';
import { MALFORMED_REQUEST } from '#platform';
import { serveDecideStream, STREAM_CALLS_MAX } from './decide-stream.js';

type Request = decision.DecideRequest__Output;
type Response = decision.DecideResponse;

/** A stream in memory whose other end the test plays. */
class FakeCall extends EventEmitter {
  readonly written: decision.DecideStreamAnswer[][] = [];
  takes = true;
  isPaused = false;
  hasEnded = false;
  cancelled = false;

  write(message: { answers: decision.DecideStreamAnswer[] }): boolean {
    this.written.push(message.answers);
    return this.takes;
  }
  pause(): void { this.isPaused = true; }
  resume(): void { this.isPaused = false; }
  end(): void { this.hasEnded = true; }

  send(...ids: string[]): void {
    this.emit('data', { calls: ids.map((callId) => ({ callId })), settlements: [] });
  }
}

function serve(options: { readonly authorise?: () => void; readonly isCongested?: () => boolean } = {}) {
  const call = new FakeCall();
  const draining = new AbortController();
  const deciding = new Map<string, PromiseWithResolvers<Response>>();
  const settling = new Map<string, PromiseWithResolvers<decision.SettleResponse>>();
  const decide = (request: Request): Promise<Response> => {
    const pending = Promise.withResolvers<Response>();
    deciding.set(request.callId, pending);
    return pending.promise;
  };
  const settle = (request: decision.SettleRequest__Output): Promise<decision.SettleResponse> => {
    const pending = Promise.withResolvers<decision.SettleResponse>();
    settling.set(request.callId, pending);
    return pending.promise;
  };
  const ended = serveDecideStream({
    call: call as unknown as ServerDuplexStream<decision.DecideStreamRequest__Output, decision.DecideStreamResponse>,
    decide, settle, authorise: options.authorise ?? (() => undefined), draining: draining.signal, ...(options.isCongested && { isCongested: options.isCongested }),
  });
  const answer = (...ids: string[]): void => ids.forEach((id) => deciding.get(id)!.resolve({ callId: id, verdict: 'ALLOW' }));
  return { call, draining, deciding, settling, ended, answer };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('one DecideStream', () => {
  it('sends answers that become ready together in one message, in whatever order', async () => {
    const { call, answer, ended } = serve();
    call.send('a', 'b', 'c');
    answer('c', 'a');
    await turn();
    expect(call.written.map((answers) => answers.map(({ callId }) => callId))).toEqual([['c', 'a']]);
    answer('b');
    call.emit('end');
    await ended;
    expect(call.written).toHaveLength(2);
    expect(call.hasEnded).toBe(true);
  });

  it('gives the error of one call to that call', async () => {
    const { call, deciding, answer, ended } = serve();
    call.send('a', 'b');
    deciding.get('a')!.reject(new DocketError('already_exists', { reason: 'CALL_ID_REUSED', message: 'planted' }));
    answer('b');
    call.emit('end');
    await ended;
    const answers = call.written.flat();
    expect(answers.find(({ callId }) => callId === 'a')!.error).toMatchObject({ code: 6, message: 'planted' });
    expect(answers.find(({ callId }) => callId === 'b')!.decision).toMatchObject({ verdict: 'ALLOW' });
  });

  it('takes outcomes of earlier calls, each with an answer of its own, and ends when all have theirs', async () => {
    const { call, settling, ended } = serve();
    call.emit('data', { calls: [], settlements: [{ callId: 'a', outcome: 'SUCCEEDED' }, { callId: 'b', outcome: 'SUCCEEDED' }] });
    call.emit('end');
    settling.get('a')!.reject(new DocketError('failed_precondition', { reason: 'CALL_FORGOTTEN', message: 'planted' }));
    await turn();
    expect([call.hasEnded, call.written]).toEqual([false, [[expect.objectContaining({ callId: 'a', settleError: expect.objectContaining({ message: 'planted' }) as object })]]]);
    settling.get('b')!.resolve({ callId: 'b', outcome: 'SUCCEEDED' });
    await ended;
    expect([call.hasEnded, call.written.flat().map(({ callId, settled }) => [callId, settled?.outcome])]).toEqual([true, [['a', undefined], ['b', 'SUCCEEDED']]]);
  });

  it('does not read on while the node has too much to do, until its own calls are answered', async () => {
    let isCongested = true;
    const { call, answer, ended } = serve({ isCongested: () => isCongested });
    call.send('a', 'b');
    expect(call.isPaused).toBe(true);
    answer('a');
    await turn();
    expect(call.isPaused).toBe(true);
    answer('b');
    await turn();
    // It gets its turn with the others, whatever they do.
    expect(call.isPaused).toBe(false);
    call.send('c', 'd');
    expect(call.isPaused).toBe(true);
    isCongested = false;
    answer('c');
    await turn();
    expect(call.isPaused).toBe(false);
    answer('d');
    call.emit('end');
    await ended;
  });

  it('does not read on while too many calls are being decided', async () => {
    const { call, answer, ended } = serve();
    const first = ids('a', STREAM_CALLS_MAX);
    const second = ids('b', STREAM_CALLS_MAX);
    call.send(...first);
    expect(call.isPaused).toBe(false);
    call.send(...second);
    expect(call.isPaused).toBe(true);
    answer(...first);
    await turn();
    expect(call.isPaused).toBe(false);
    answer(...second);
    call.emit('end');
    await ended;
    expect(call.written.flat()).toHaveLength(2 * STREAM_CALLS_MAX);
    expect(Math.max(...call.written.map((answers) => answers.length))).toBeLessThanOrEqual(STREAM_CALLS_MAX);
  });

  it('neither writes to nor reads from a client that does not take its answers', async () => {
    const { call, answer, ended } = serve();
    call.takes = false;
    call.send('a', 'b');
    answer('a');
    await turn();
    expect(call.written).toHaveLength(1);
    expect(call.isPaused).toBe(true);
    answer('b');
    await turn();
    expect(call.written).toHaveLength(1);
    call.takes = true;
    call.emit('drain');
    expect(call.written.flat().map(({ callId }) => callId)).toEqual(['a', 'b']);
    expect(call.isPaused).toBe(false);
    call.emit('end');
    await ended;
  });

  it('answers what is in flight before it ends because the server stops, and takes nothing new', async () => {
    const { call, deciding, answer, ended, draining } = serve();
    call.send('a');
    draining.abort();
    call.send('b');
    expect([...deciding.keys()]).toEqual(['a']);
    answer('a');
    await expect(ended).rejects.toMatchObject({ kind: 'unavailable', reason: 'STOPPING' });
    expect(call.written.flat().map(({ callId }) => callId)).toEqual(['a']);
  });

  it.each([
    ['too many calls', { calls: Array.from({ length: STREAM_CALLS_MAX + 1 }, () => ({ callId: 'x' })) }, 'TOO_MANY_CALLS'],
    ['bytes that are no message', MALFORMED_REQUEST, 'MALFORMED_MESSAGE'],
  ])('ends with an error after %s, and decides none of them', async (_name, message, reason) => {
    const { call, deciding, answer, ended } = serve();
    call.send('a');
    call.emit('data', message);
    answer('a');
    await expect(ended).rejects.toMatchObject({ kind: 'invalid_argument', reason });
    expect([...deciding.keys()]).toEqual(['a']);
    expect(call.written.flat()).toHaveLength(1);
  });

  it('ends when its credential is not good any more', async () => {
    let isGood = true;
    const { call, answer, ended } = serve({ authorise: () => { if (!isGood) throw new DocketError('unauthenticated', { reason: 'CREDENTIAL_INVALID', message: 'planted' }); } });
    call.send('a');
    answer('a');
    await turn();
    isGood = false;
    call.send('b');
    await expect(ended).rejects.toMatchObject({ reason: 'CREDENTIAL_INVALID' });
    expect(call.written.flat().map(({ callId }) => callId)).toEqual(['a']);
  });

  it('ends quietly when the client goes away, whatever is still being decided', async () => {
    const { call, answer, ended } = serve();
    call.send('a', 'b');
    call.cancelled = true;
    call.emit('cancelled');
    answer('a', 'b');
    await ended;
    expect(call.written).toEqual([]);
    expect(call.listenerCount('data') + call.listenerCount('drain')).toBe(0);
  });
});
