import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import type { ServerUnaryCall, ServiceError } from '@grpc/grpc-js';
import { GRPC_TRANSPORTS } from './docket-grpc.server.js';
import { echo, kindsClient, NONE, text, TLS, until, useKinds } from './grpc-transport.fixture.js';
import type { KindsClient } from './grpc-transport.fixture.js';

/** What both gRPC servers do, as a grpc-js client sees it: Docket's own is equal to the standard one. */
describe.each(GRPC_TRANSPORTS)('the %s gRPC transport', (transport) => {
  const world = useKinds(transport);
  const { serve, unary, failure } = world;

  it('answers unary calls of any size, up to the bound, byte for byte', async () => {
    await serve({ Unary: echo });
    for (const size of [0, 1, 5, 16_379, 16_380, 65_535, 300_000, 8 * 1024 * 1024]) {
      const message = randomBytes(size);
      expect((await unary(message)).equals(message)).toBe(true);
    }
  });

  it('answers thousands of calls at once, each its own', async () => {
    await serve({ Unary: (call, answer) => void setImmediate(() => answer(null, call.request)) });
    const answers = await Promise.all(Array.from({ length: 3_000 }, (_, index) => unary(text(`call ${index}`))));
    expect(answers.map(String)).toEqual(Array.from({ length: 3_000 }, (_, index) => `call ${index}`));
  });

  it('carries metadata both ways: text, bytes and repeated keys', async () => {
    const seen: Metadata[] = [];
    await serve({
      Unary: (call, answer) => {
        seen.push(call.metadata);
        const headers = new Metadata();
        headers.set('x-head', 'early');
        headers.set('x-head-bin', Buffer.from([0, 255, 1]));
        call.sendMetadata(headers);
        const trailers = new Metadata();
        trailers.set('x-trail', 'late');
        trailers.add('x-many', 'a');
        trailers.add('x-many', 'b');
        answer(null, call.request, trailers);
      },
    });
    const sent = new Metadata();
    sent.set('authorization', 'Bearer dk_x');
    sent.set('x-text', 'plain, with a comma');
    sent.set('x-data-bin', Buffer.from([1, 2, 254]));
    const received = await new Promise<{ headers: Metadata; trailers: Metadata }>((resolve, reject) => {
      let headers = NONE;
      const call = world.client.Unary(text('m'), sent, {}, (error) => (error ? reject(error) : undefined));
      call.on('metadata', (found: Metadata) => (headers = found));
      call.on('status', ({ metadata }: { metadata: Metadata }) => resolve({ headers, trailers: metadata }));
    });
    expect(seen[0]!.get('authorization')).toEqual(['Bearer dk_x']);
    expect(seen[0]!.get('x-text')).toEqual(['plain, with a comma']);
    expect(seen[0]!.get('x-data-bin')).toEqual([Buffer.from([1, 2, 254])]);
    expect(Object.keys(seen[0]!.getMap()).sort()).toEqual(['authorization', 'user-agent', 'x-data-bin', 'x-text']);
    expect(received.headers.get('x-head')).toEqual(['early']);
    expect(received.headers.get('x-head-bin')).toEqual([Buffer.from([0, 255, 1])]);
    expect(received.trailers.get('x-trail')).toEqual(['late']);
    expect(received.trailers.get('x-many').join(', ')).toBe('a, b');
  });

  it('gives every failure its status, and a text of any characters', async () => {
    const answers: unknown[] = [
      { code: status.NOT_FOUND, details: 'nicht da: 100 % "ü" \u{1F600}\nline' }, new Error('a bug'), Object.assign(new Error('coded'), { code: status.ABORTED }),
    ];
    await serve({ Unary: (_call, answer) => answer(answers.shift() as ServiceError) });
    expect(await failure(unary(text('')))).toMatchObject({ code: status.NOT_FOUND, details: 'nicht da: 100 % "ü" \u{1F600}\nline' });
    expect(await failure(unary(text('')))).toMatchObject({ code: status.UNKNOWN, details: 'a bug' });
    expect(await failure(unary(text('')))).toMatchObject({ code: status.ABORTED, details: 'coded' });
  });

  it('carries trailers of errors, with bytes', async () => {
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.alloc(4_000, 0xfe));
    await serve({ Unary: (_call, answer) => answer({ code: status.INVALID_ARGUMENT, details: 'no', metadata }) });
    const error = await failure(unary(text('')));
    expect(error.metadata.get('grpc-status-details-bin')).toEqual([Buffer.alloc(4_000, 0xfe)]);
  });

  it('says UNIMPLEMENTED for methods without a handler', async () => {
    await serve({ Unary: echo });
    const error = await failure(new Promise((resolve, reject) => world.client.Nowhere(text(''), NONE, {}, (found, value) => (found ? reject(found) : resolve(value)))));
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED, details: expect.stringContaining('Nowhere') as string });
    const stream = world.client.Down(text(''));
    const [streamError] = await once(stream.resume(), 'error') as [ServiceError];
    expect(streamError.code).toBe(status.UNIMPLEMENTED);
  });

  it('ends a call at its deadline, and tells its handler', async () => {
    const calls: ServerUnaryCall<Buffer, Buffer>[] = [];
    const gone: boolean[] = [];
    await serve({
      Unary: (call) => {
        calls.push(call);
        call.on('cancelled', () => gone.push(call.cancelled));
      },
    });
    let [startedMs, forMs] = [0, 100];
    // One whose time is over before it has come to the server tells nothing of it: the next one has twice as much.
    while (calls.length === 0) {
      [startedMs, forMs] = [Date.now(), 2 * forMs];
      expect((await failure(unary(text(''), NONE, forMs))).code).toBe(status.DEADLINE_EXCEEDED);
    }
    await until(() => gone.length === calls.length);
    expect(gone[0]).toBe(true);
    const deadline = calls[0]!.getDeadline() as number;
    // What the client says is what is left; it begins anew where it has come.
    expect(deadline - startedMs).toBeGreaterThan(forMs / 4);
    expect(deadline - startedMs).toBeLessThan(3 * forMs + 60_000);
  });

  it('has no deadline where none was given', async () => {
    const deadlines: unknown[] = [];
    await serve({ Unary: (call, answer) => (deadlines.push(call.getDeadline()), answer(null, call.request)) });
    await unary(text(''));
    expect(deadlines).toEqual([Infinity]);
  });

  it('tells handlers of every kind that their client cancelled', async () => {
    const started: string[] = [];
    const cancelled: string[] = [];
    const watch = (name: string) => (call: { on(event: string, listener: () => void): unknown; cancelled: boolean }): void => {
      started.push(name);
      call.on('cancelled', () => cancelled.push(`${name} ${call.cancelled}`));
    };
    await serve({ Unary: watch('Unary'), Down: watch('Down'), Up: watch('Up'), Both: watch('Both') } as never);
    const calls = [world.client.Unary(text(''), NONE, {}, () => undefined), world.client.Down(text('')), world.client.Up(() => undefined), world.client.Both()];
    for (const call of calls.slice(1)) (call as NodeJS.EventEmitter).on('error', () => undefined);
    (calls[2] as ReturnType<KindsClient['Up']>).write(text('x'));
    (calls[3] as ReturnType<KindsClient['Both']>).write(text('x'));
    await until(() => started.length === 4);
    for (const call of calls) call.cancel();
    await until(() => cancelled.length === 4);
    expect(cancelled.sort()).toEqual(['Both true', 'Down true', 'Unary true', 'Up true']);
  });

  it('tells handlers when the connection breaks', async () => {
    const cancelled: string[] = [];
    await serve({ Down: (call) => void call.on('cancelled', () => cancelled.push('Down')).write(text('first')) });
    const session = connectHttp2(`http://127.0.0.1:${world.server.port}`);
    const stream = session.request({ ':method': 'POST', ':path': '/spec.Kinds/Down', 'content-type': 'application/grpc', te: 'trailers' });
    stream.on('error', () => undefined).end(Buffer.alloc(5));
    await once(stream, 'data');
    session.destroy();
    await until(() => cancelled.length === 1);
  });

  it.each([['gzip', 2], ['deflate', 1]])('takes requests compressed by %s, in their order', async (_name, algorithm) => {
    await serve({ Unary: echo, Both: (call) => void call.on('data', (message: Buffer) => call.write(message)).on('end', () => call.end()) }, { 'grpc.default_compression_algorithm': algorithm });
    const large = Buffer.alloc(200_000, 'docket ');
    expect((await unary(large)).equals(large)).toBe(true);
    const stream = world.client.Both();
    const sizes: number[] = [];
    stream.on('data', (message: Buffer) => sizes.push(message.length));
    for (const size of [100_000, 1, 50_000, 2, 0, 3]) stream.write(Buffer.alloc(size, 7));
    stream.end();
    await once(stream, 'end');
    expect(sizes).toEqual([100_000, 1, 50_000, 2, 0, 3]);
  });

  it('refuses messages over the bound, as they come or unpacked, and serves the next', async () => {
    await serve({ Unary: echo });
    expect([status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED]).toContain((await failure(unary(Buffer.alloc(8 * 1024 * 1024 + 1)))).code);
    expect(String(await unary(text('next')))).toBe('next');
    const packer = kindsClient(world.server.port, { 'grpc.default_compression_algorithm': 2 });
    const bomb = await failure(new Promise((resolve, reject) => packer.Unary(Buffer.alloc(40 * 1024 * 1024), NONE, {}, (error, value) => (error ? reject(error) : resolve(value)))));
    packer.close();
    expect([status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED]).toContain(bomb.code);
  });

  it('speaks TLS, and nothing else then', async () => {
    await serve({ Unary: echo }, { 'grpc.ssl_target_name_override': 'localhost', 'grpc.default_authority': 'localhost' }, TLS);
    const large = randomBytes(1_000_000);
    expect((await unary(large, NONE, 100_000)).equals(large)).toBe(true);
    const plain = kindsClient(world.server.port);
    const refused = await failure(new Promise((resolve, reject) => plain.Unary(text(''), NONE, { deadline: Date.now() + 100_000 }, (error, value) => (error ? reject(error) : resolve(value)))));
    plain.close();
    expect(refused.code).toBe(status.UNAVAILABLE);
  });

  it('refuses what is no gRPC with an HTTP status', async () => {
    await serve({ Unary: echo });
    const session = connectHttp2(`http://127.0.0.1:${world.server.port}`);
    const ask = async (headers: object): Promise<number> => {
      const stream = session.request({ ':method': 'POST', ':path': '/spec.Kinds/Unary', ...headers });
      stream.on('error', () => undefined).end();
      const [response] = await once(stream, 'response') as [Record<string, unknown>];
      return response[':status'] as number;
    };
    expect(await ask({ 'content-type': 'application/json' })).toBe(415);
    expect(await ask({})).toBe(415);
    expect([405, 415]).toContain(await ask({ ':method': 'GET' }));
    session.destroy();
  });

  it('drains under load: calls in flight are answered, later ones refused, none is lost', async () => {
    await serve({ Unary: (call, answer) => void setTimeout(() => answer(null, call.request), 20) });
    let [answered, refused] = [0, 0];
    let isDone = false;
    const caller = async (): Promise<void> => {
      while (!isDone) {
        const outcome = await unary(randomBytes(2_000)).then(() => 'answered', (error: ServiceError) => error.code);
        if (outcome === 'answered') answered += 1;
        else if (outcome === status.UNAVAILABLE) {
          refused += 1;
          return;
        } else throw new Error(`status ${outcome}`);
      }
    };
    const callers = Promise.all(Array.from({ length: 100 }, caller));
    await until(() => answered > 300);
    await new Promise<void>((resolve) => world.server.tryShutdown(resolve));
    await callers;
    isDone = true;
    expect(refused).toBe(100);
  });

  it('cuts what does not end when it is forced to stop', async () => {
    const started: unknown[] = [];
    await serve({ Unary: (call) => void started.push(call), Both: (call) => void started.push(call) });
    const cut = failure(unary(text('')));
    const stream = world.client.Both();
    const streamCut = once(stream, 'error') as Promise<[ServiceError]>;
    stream.write(text('x'));
    await until(() => started.length === 2);
    world.server.forceShutdown();
    expect((await cut).code).toBe(status.CANCELLED);
    expect((await streamCut)[0].code).toBe(status.CANCELLED);
  });
});
