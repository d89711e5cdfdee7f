import { gzipSync } from 'node:zlib';
import { startKinds, until } from '../grpc-transport.fixture.js';
import type { KindsServer } from '../grpc-transport.fixture.js';
import { ERROR, FLAG, FRAME, SETTING } from './frames.js';
import { literalFields, rememberedFields } from './header-encoder.js';
import { call, data, frame, message, RawClient, REQUEST, request, setting, uint32 } from './raw-client.fixture.js';

const { END_HEADERS, END_STREAM } = FLAG;
const packed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([1]), uint32(gzipSync(bytes).length), gzipSync(bytes)]);
const PACKED = packed(Buffer.alloc(8 * 1024 * 1024));
const PACKED_SHORT = packed(Buffer.from('short'));
const UP = { ...REQUEST, ':path': '/spec.Kinds/Up' };
let server: KindsServer;
let client: RawClient;
let handled = 0;
let cancelled = 0;
let longAnswer = Buffer.alloc(0);

beforeAll(async () => {
  server = await startKinds('fast', {
    Unary: (one, answer) => {
      handled += 1;
      one.on('cancelled', () => (cancelled += 1));
      const asked = String(one.request);
      if (asked !== 'wait') answer(null, asked === 'long' ? longAnswer : one.request);
    },
    // Reads ahead, and takes nothing.
    Up: (stream) => void stream.read(),
    // Answers without a look at whether anybody reads.
    Both: (stream) => void stream.on('data', (bytes: Buffer) => (handled += 1, stream.write(bytes))),
  });
});
beforeEach(async () => {
  [handled, cancelled] = [0, 0];
  client = await RawClient.connect(server.port);
});
afterEach(async () => {
  client.close();
  // Whatever a client did: the next one is served, and nothing went wrong inside.
  const next = await RawClient.connect(server.port);
  expect(await next.ask(1)).toBe('still here');
  next.close();
  expect(server.bugs).toEqual([]);
});
afterAll(() => server.forceShutdown());

/** Far more than a client may open and reset for free, also where the server is slow and its bucket fills meanwhile. */
const STREAMS_END = 400_000;

describe('a hostile client', () => {
  it('may not open and reset streams without end', async () => {
    const flood = async (): Promise<void> => {
      for (let stream = 1; !client.isClosed && stream < STREAMS_END; stream += 2) {
        client.send(call(stream, 'wait'), frame(FRAME.RST_STREAM, 0, stream, uint32(8)));
        if (stream % 501 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([flood(), client.goodbye().then((code) => expect(code).toBe(ERROR.ENHANCE_YOUR_CALM))]);
    await until(() => cancelled === handled);
    expect(handled).toBeLessThan(STREAMS_END / 2);
  });

  it('may not make the server reset its streams without end', async () => {
    const flood = async (): Promise<void> => {
      for (let stream = 1; !client.isClosed && stream < STREAMS_END; stream += 2) {
        client.send(call(stream, 'wait'), frame(FRAME.WINDOW_UPDATE, 0, stream, uint32(0)));
        if (stream % 501 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([flood(), client.goodbye().then((code) => expect(code).toBe(ERROR.ENHANCE_YOUR_CALM))]);
    expect(handled).toBeLessThan(STREAMS_END / 2);
  });

  it('may not change the windows of very many streams again and again', async () => {
    for (let stream = 1; stream < 2_000; stream += 2) client.send(request(stream, UP));
    client.send(...Array.from({ length: 1_000 }, (_, index) => frame(FRAME.SETTINGS, 0, 0, setting(SETTING.INITIAL_WINDOW_SIZE, 1_000 + index))));
    expect(await client.goodbye()).toBe(ERROR.ENHANCE_YOUR_CALM);
  });

  it('cannot have every stream looked at for each byte of its window', async () => {
    longAnswer = Buffer.alloc(60_000, 1);
    client.send(call(1, 'long'), call(3, 'long'));
    const received = (): number => client.frames.reduce((sum, { type, payload }) => sum + (type === FRAME.DATA ? payload.length : 0), 0);
    await until(() => received() === 65_535);
    client.send(Buffer.concat(Array.from({ length: 2_000 }, () => frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(1)))));
    await until(() => received() === 67_535);
    expect(client.frames.filter(({ type }) => type === FRAME.DATA).length).toBeLessThan(100);
  });

  it.each<[string, Buffer]>([
    ['pings', frame(FRAME.PING, 0, 0, Buffer.alloc(8))], ['settings', frame(FRAME.SETTINGS, 0, 0)], ['empty frames', data(1, Buffer.alloc(0), 0)], ['priorities', frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(5))], ['unknown frames', frame(99, 0, 0)],
  ])('may not send %s without end', async (_name, nuisance) => {
    client.send(request(1), Buffer.concat(Array.from({ length: 30_000 }, () => nuisance)));
    expect(await client.goodbye()).toBe(ERROR.ENHANCE_YOUR_CALM);
  });

  it('may not send header blocks without end, in large frames or in empty ones', async () => {
    client.send(request(1, REQUEST, 0), ...Array.from({ length: 4 }, () => frame(FRAME.CONTINUATION, 0, 1, Buffer.alloc(16_000))));
    expect(await client.goodbye()).toBe(ERROR.ENHANCE_YOUR_CALM);
    const other = await RawClient.connect(server.port);
    other.send(request(1, REQUEST, 0), ...Array.from({ length: 100 }, () => frame(FRAME.CONTINUATION, 0, 1)));
    expect(await other.goodbye()).toBe(ERROR.ENHANCE_YOUR_CALM);
  });

  it('gets a clear answer to too much metadata, also where a few bytes stand for very much of it', async () => {
    client.send(request(1, { ...REQUEST, ...Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, 'x'.repeat(20)])) }));
    expect(await client.headers(1)).toMatchObject({ ':status': '200', 'grpc-status': '3', 'grpc-message': expect.stringContaining('16 KiB') as string });
    // One field of 3,000 bytes, remembered, and then named 10,000 times.
    const bomb = Buffer.concat([request(3).subarray(9), Buffer.from([0x40, 0x01, 0x61, 0x7f, 0xb9, 0x16]), Buffer.alloc(3_000, 0x61), Buffer.alloc(10_000, 0xbe)]);
    client.send(frame(FRAME.HEADERS, END_HEADERS, 3, bomb));
    expect(await client.headers(3)).toMatchObject({ 'grpc-status': '3' });
    expect(await client.ask(5)).toBe('still here');
  });

  it('gets the same for bytes of metadata that fall into very many values', async () => {
    const fields = Buffer.concat([literalFields(UP), rememberedFields({ 'x-bin': ','.repeat(3_000) })]);
    client.send(frame(FRAME.HEADERS, END_HEADERS, 1, fields));
    expect(await client.headers(1)).toMatchObject({ 'grpc-status': '3', 'grpc-message': expect.stringContaining('16 KiB') as string });
  });

  it('does not hear all of a long path back, each character of it escaped', async () => {
    client.send(request(1, { ...REQUEST, ':path': `/${'\xff'.repeat(4_000)}` }, END_HEADERS | END_STREAM));
    const { payload } = await client.next(FRAME.HEADERS, 1);
    expect(payload.toString('latin1')).toContain('does not implement');
    expect(payload.length).toBeLessThan(2_000);
  });

  it('that sends a few bytes for very much does not have them unpacked before its request ends', async () => {
    const head = { ...REQUEST, 'grpc-encoding': 'gzip' };
    const beforeBytes = process.memoryUsage().arrayBuffers;
    for (let stream = 1; stream < 40; stream += 2) client.send(request(stream, head), data(stream, PACKED, 0));
    // A few at a time and in their order: it would be among the last.
    client.send(request(41, head), data(41, PACKED_SHORT));
    expect(await client.answer(41)).toBe('short');
    expect(process.memoryUsage().arrayBuffers - beforeBytes).toBeLessThan(50 * 1024 * 1024);
  });

  it('that has them unpacked in streams, where nobody takes them, is stopped before they fill the memory', async () => {
    for (let stream = 1; stream < 40; stream += 2) client.send(request(stream, { ...UP, 'grpc-encoding': 'gzip' }), data(stream, PACKED, 0));
    const refusals = (): number => client.frames.filter(({ type, payload }) => type === FRAME.HEADERS && payload.toString('latin1').includes('unfinished')).length;
    // Eight of the twenty fit.
    await until(() => refusals() >= 11 || client.isClosed);
    expect(refusals()).toBeLessThanOrEqual(13);
  });

  it('that asks on and on in one stream, and reads no answer, is not heard', async () => {
    const deaf = await RawClient.connect(server.port, { settings: setting(SETTING.INITIAL_WINDOW_SIZE, 0) });
    const one = message(Buffer.from('a question'));
    deaf.send(request(1, { ...REQUEST, ':path': '/spec.Kinds/Both' }), ...Array.from({ length: 16 }, () => data(1, Buffer.concat(Array.from({ length: 500 }, () => one)), 0)), frame(FRAME.PING, 0, 0, Buffer.alloc(8)));
    await deaf.next(FRAME.PING);
    expect(handled).toBeGreaterThan(10);
    expect(handled).toBeLessThan(200);
    // And all of it once it reads.
    deaf.send(frame(FRAME.WINDOW_UPDATE, 0, 1, uint32(0x70000000)), frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(0x70000000)));
    await until(() => deaf.frames.reduce((sum, { type, payload }) => sum + (type === FRAME.DATA ? payload.length : 0), 0) === 8_000 * one.length);
    expect(handled).toBe(8_000);
    deaf.close();
  });

  it('has at most a thousand calls in flight', async () => {
    for (let stream = 1; stream <= 2_001; stream += 2) client.send(call(stream, 'wait'));
    expect(await client.resetCode(2_001)).toBe(ERROR.REFUSED_STREAM);
    expect(handled).toBe(1_000);
  });

  it('that does not read its answers is not read either', async () => {
    longAnswer = Buffer.alloc(60_000, 1);
    const deaf = await RawClient.connect(server.port, { settings: setting(SETTING.INITIAL_WINDOW_SIZE, 0x7fffffff) });
    deaf.send(frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(0x7fffffff - 65_535)));
    deaf.pause();
    let stream = 1;
    for (; stream < 20_000 && deaf.unsentBytes === 0; stream += 2) {
      deaf.send(call(stream, 'long'));
      if (stream % 101 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // 60 kB for each answer: the server stopped long before it held them all.
    expect(handled).toBeLessThan(1_100);
    deaf.close();
  });

  it.each([['messages', 0], ['requests of one message', 5]])('that holds the end of very large %s back is stopped before they fill the memory', async (_name, lessBytes) => {
    const codes: string[] = [];
    const prefix = Buffer.concat([Buffer.from([0]), uint32(8 * 1024 * 1024 - lessBytes)]);
    const part = Buffer.alloc(16_384 - 5);
    const streams = Array.from({ length: 60 }, (_, index) => 2 * index + 1);
    for (const stream of streams) client.send(request(stream), data(stream, Buffer.concat([prefix, part]), 0));
    // Each stream sends what it may, and again when its window opens, but never the end.
    const open = new Map(streams.map((stream) => [stream, { window: 256 * 1024 - 16_384, sent: 16_384 }]));
    let connectionWindow = 16 * 1024 * 1024 - 60 * 16_384;
    while (codes.length === 0 && !client.isClosed) {
      for (const one of client.frames.splice(0)) {
        if (one.type === FRAME.WINDOW_UPDATE && one.stream === 0) connectionWindow += one.payload.readUInt32BE(0);
        else if (one.type === FRAME.WINDOW_UPDATE && open.has(one.stream)) open.get(one.stream)!.window += one.payload.readUInt32BE(0);
        else if (one.type === FRAME.HEADERS) codes.push(one.payload.toString('latin1'));
      }
      for (const [stream, state] of open) {
        while (state.window >= 16_384 && connectionWindow >= 16_384 && state.sent < 8 * 1024 * 1024) {
          client.send(data(stream, Buffer.alloc(16_384), 0));
          state.window -= 16_384;
          state.sent += 16_384;
          connectionWindow -= 16_384;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(codes[0]).toContain('unfinished messages');
    const held = [...open.values()].reduce((sum, { sent }) => sum + sent, 0);
    expect(held).toBeLessThan(100 * 1024 * 1024);
  });
});
