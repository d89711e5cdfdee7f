import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import { GRPC_TRANSPORTS } from './docket-grpc.server.js';
import { kindsClient, startKinds, TLS, until } from './grpc-transport.fixture.js';
import type { KindsClient, KindsHandlers, KindsServer } from './grpc-transport.fixture.js';

const NONE = new Metadata();
const text = (value: string): Buffer => Buffer.from(value);

/** What both gRPC servers do, as a grpc-js client sees it: Docket's own is equal to the standard one. */
describe.each(GRPC_TRANSPORTS)('the %s gRPC transport', (transport) => {
  const accidents: unknown[] = [];
  const note = (error: unknown): void => void accidents.push(error);
  let server: KindsServer | undefined;
  let client: KindsClient;

  beforeAll(() => process.on('unhandledRejection', note).on('uncaughtExceptionMonitor', note));
  afterAll(() => process.off('unhandledRejection', note).off('uncaughtExceptionMonitor', note));
  afterEach(() => {
    client?.close();
    server?.forceShutdown();
    expect(server?.bugs ?? []).toEqual([]);
    expect(accidents).toEqual([]);
  });

  async function serve(handlers: Partial<KindsHandlers>, options: object = {}): Promise<void> {
    server = await startKinds(transport, handlers);
    client = kindsClient(server.port, options);
  }
  const unary = (message: Buffer, metadata = NONE, deadlineMs?: number): Promise<Buffer> => new Promise((resolve, reject) => {
    client.Unary(message, metadata, deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }, (error, answer) => (error ? reject(error) : resolve(answer!)));
  });
  const failure = (call: Promise<unknown>): Promise<ServiceError> => call.then(() => { throw new Error('it did not fail'); }, (error: ServiceError) => error);
  const echo: KindsHandlers['Unary'] = (call, answer) => answer(null, call.request);

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
      const call = client.Unary(text('m'), sent, {}, (error) => (error ? reject(error) : undefined));
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
    const error = await failure(new Promise((resolve, reject) => client.Nowhere(text(''), NONE, {}, (found, value) => (found ? reject(found) : resolve(value)))));
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED, details: expect.stringContaining('Nowhere') as string });
    const stream = client.Down(text(''));
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
    const startedMs = Date.now();
    expect((await failure(unary(text(''), NONE, 200))).code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => gone.length === 1);
    expect(gone).toEqual([true]);
    const deadline = calls[0]!.getDeadline() as number;
    expect(deadline - startedMs).toBeGreaterThan(50);
    expect(deadline - startedMs).toBeLessThan(1_500);
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
    const calls = [client.Unary(text(''), NONE, {}, () => undefined), client.Down(text('')), client.Up(() => undefined), client.Both()];
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
    const session = connectHttp2(`http://127.0.0.1:${server!.port}`);
    const stream = session.request({ ':method': 'POST', ':path': '/spec.Kinds/Down', 'content-type': 'application/grpc', te: 'trailers' });
    stream.on('error', () => undefined).end(Buffer.alloc(5));
    await once(stream, 'data');
    session.destroy();
    await until(() => cancelled.length === 1);
  });

  it('streams down in order, no faster than the client reads', async () => {
    let blocked = 0;
    let written = 0;
    const MESSAGES = 4_000;
    await serve({
      Down: async (call: ServerWritableStream<Buffer, Buffer>) => {
        for (; written < MESSAGES && !call.cancelled; written += 1) {
          if (call.write(Buffer.alloc(4_096, written % 251))) continue;
          blocked += 1;
          await once(call, 'drain');
        }
        call.end();
      },
    });
    // grpc-js reads ahead; a client of node:http2 takes what its window holds and no more.
    const session = connectHttp2(`http://127.0.0.1:${server!.port}`);
    const stream = session.request({ ':method': 'POST', ':path': '/spec.Kinds/Down', 'content-type': 'application/grpc', te: 'trailers' });
    stream.end(Buffer.alloc(5));
    await once(stream, 'response');
    let before = -1;
    while (before !== written || blocked === 0) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(written).toBeLessThan(200);
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    await once(stream, 'end');
    session.destroy();
    const bytes = Buffer.concat(parts);
    expect(bytes.length).toBe(MESSAGES * 4_101);
    for (let index = 0; index < MESSAGES; index += 1) if (bytes[index * 4_101 + 5] !== index % 251) throw new Error(`message ${index} is wrong`);
  });

  it('does not read a stream up faster than its handler', async () => {
    let call: ServerDuplexStream<Buffer, Buffer> | undefined;
    await serve({ Both: (found) => void (call = found) });
    const stream = client.Both();
    stream.on('error', () => undefined);
    let sent = 0;
    const MESSAGES = 3_000;
    const sender = (async () => {
      for (; sent < MESSAGES; sent += 1) if (!stream.write(Buffer.alloc(4_096, sent % 251))) await once(stream, 'drain');
      stream.end();
    })();
    await until(() => call !== undefined);
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(sent).toBeLessThan(MESSAGES / 2);
    let received = 0;
    for await (const message of call!.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (message.length !== 4_096 || message[0] !== received % 251) throw new Error(`message ${received} is wrong`);
      received += 1;
    }
    call!.end();
    await sender;
    expect(received).toBe(MESSAGES);
  });

  it('collects a stream up and answers once', async () => {
    await serve({
      Up: (call, answer) => {
        let bytes = 0;
        call.on('data', (message: Buffer) => (bytes += message.length));
        call.on('end', () => answer(null, text(String(bytes))));
      },
    });
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const stream = client.Up((error, found) => (error ? reject(error) : resolve(found!)));
      for (let index = 0; index < 500; index += 1) stream.write(Buffer.alloc(index));
      stream.end();
    });
    expect(String(answer)).toBe(String((499 * 500) / 2));
  });

  it('answers both ways at once, and goes on after the client has said everything', async () => {
    await serve({
      Both: (call) => {
        call.on('data', (message: Buffer) => call.write(message));
        call.on('end', () => {
          call.write(text('last'));
          const trailers = new Metadata();
          trailers.set('x-trail', 'late');
          call.end(trailers);
        });
      },
    });
    const stream = client.Both();
    const answers: string[] = [];
    stream.on('data', (message: Buffer) => {
      answers.push(String(message));
      if (answers.length < 200) stream.write(text(String(answers.length)));
      else if (answers.length === 200) stream.end();
    });
    stream.write(text('0'));
    const [ending] = await once(stream, 'status') as [{ code: number; metadata: Metadata }];
    expect(answers).toEqual([...Array.from({ length: 200 }, (_, index) => String(index)), 'last']);
    expect(ending).toMatchObject({ code: status.OK });
    expect(ending.metadata.get('x-trail')).toEqual(['late']);
  });

  it('ends a stream with an error after all that was written before it', async () => {
    await serve({
      Both: (call) => {
        for (let index = 0; index < 300; index += 1) call.write(Buffer.alloc(1_000, index));
        call.emit('error', { code: status.UNAVAILABLE, details: 'enough' });
      },
    });
    const stream = client.Both();
    let received = 0;
    stream.on('data', () => (received += 1));
    const [error] = await once(stream, 'error') as [ServiceError];
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: 'enough' });
    expect(received).toBe(300);
  });

  it('ends a stream at its deadline', async () => {
    const ended: string[] = [];
    await serve({ Both: (call) => void call.on('cancelled', () => ended.push('cancelled')).on('close', () => ended.push('close')) });
    const stream = client.Both(NONE, { deadline: Date.now() + 200 });
    const [error] = await once(stream, 'error') as [ServiceError];
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => ended.length === 2);
    expect(ended).toEqual(['cancelled', 'close']);
  });

  it.each([['gzip', 2], ['deflate', 1]])('takes requests compressed by %s, in their order', async (_name, algorithm) => {
    await serve({ Unary: echo, Both: (call) => void call.on('data', (message: Buffer) => call.write(message)).on('end', () => call.end()) }, { 'grpc.default_compression_algorithm': algorithm });
    const large = Buffer.alloc(200_000, 'docket ');
    expect((await unary(large)).equals(large)).toBe(true);
    const stream = client.Both();
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
    const packer = kindsClient(server!.port, { 'grpc.default_compression_algorithm': 2 });
    const bomb = await failure(new Promise((resolve, reject) => packer.Unary(Buffer.alloc(40 * 1024 * 1024), NONE, {}, (error, value) => (error ? reject(error) : resolve(value)))));
    packer.close();
    expect([status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED]).toContain(bomb.code);
  });

  it('speaks TLS, and nothing else then', async () => {
    server = await startKinds(transport, { Unary: echo }, TLS);
    client = kindsClient(server.port, { 'grpc.ssl_target_name_override': 'localhost', 'grpc.default_authority': 'localhost' }, credentials.createSsl(TLS.cert));
    const large = randomBytes(1_000_000);
    expect((await unary(large, NONE, 10_000)).equals(large)).toBe(true);
    client.close();
    client = kindsClient(server.port);
    expect((await failure(unary(text(''), NONE, 5_000))).code).toBe(status.UNAVAILABLE);
  });

  it('refuses what is no gRPC with an HTTP status', async () => {
    await serve({ Unary: echo });
    const session = connectHttp2(`http://127.0.0.1:${server!.port}`);
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
    await new Promise<void>((resolve) => server!.tryShutdown(resolve));
    await callers;
    isDone = true;
    expect(refused).toBe(100);
  });

  it('cuts what does not end when it is forced to stop', async () => {
    const started: unknown[] = [];
    await serve({ Unary: (call) => void started.push(call), Both: (call) => void started.push(call) });
    const cut = failure(unary(text('')));
    const stream = client.Both();
    const streamCut = once(stream, 'error') as Promise<[ServiceError]>;
    stream.write(text('x'));
    await until(() => started.length === 2);
    server!.forceShutdown();
    expect((await cut).code).toBe(status.CANCELLED);
    expect((await streamCut)[0].code).toBe(status.CANCELLED);
  });
});
