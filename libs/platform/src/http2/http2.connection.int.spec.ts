import { startKinds, until } from '../grpc-transport.fixture.js';
import type { KindsServer } from '../grpc-transport.fixture.js';
import { ERROR, FLAG, FRAME, PREFACE, SETTING } from './frames.js';
import { frame, message, RawClient, REQUEST, request, setting, uint32 } from './raw-client.fixture.js';

const { END_STREAM, END_HEADERS, PADDED, PRIORITY, ACK } = FLAG;
let server: KindsServer;
let client: RawClient;
let handled = 0;
let cancelled = 0;
let longAnswer = Buffer.alloc(0);

beforeAll(async () => {
  server = await startKinds('fast', {
    Unary: (call, answer) => {
      handled += 1;
      call.on('cancelled', () => (cancelled += 1));
      if (String(call.request) === 'wait') return;
      answer(null, String(call.request) === 'long' ? longAnswer : call.request);
    },
    Up: () => undefined,
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
  expect(await answered(next, 1)).toBe('still here');
  next.close();
  expect(server.bugs).toEqual([]);
});
afterAll(() => server.forceShutdown());

const data = (stream: number, bytes: Uint8Array, flags: number = END_STREAM): Buffer => frame(FRAME.DATA, flags, stream, bytes);
const call = (stream: number, text: string): Buffer => Buffer.concat([request(stream), data(stream, message(Buffer.from(text)))]);

async function answered(asker: RawClient, stream: number, text = 'still here'): Promise<string> {
  asker.send(call(stream, text));
  return answerOf(asker, stream);
}

async function answerOf(asker: RawClient, stream: number): Promise<string> {
  expect(await asker.headers(stream)).toMatchObject({ ':status': '200', 'content-type': 'application/grpc+proto' });
  const { payload } = await asker.next(FRAME.DATA, stream);
  expect(await asker.headers(stream)).toMatchObject({ 'grpc-status': '0' });
  return String(payload.subarray(5));
}

describe('a connection', () => {
  it('answers call after call, with headers that the client remembers', async () => {
    for (let stream = 1; stream < 21; stream += 2) expect(await answered(client, stream, `call ${stream}`)).toBe(`call ${stream}`);
    client.send(call(21, 'x'));
    const { payload } = await client.next(FRAME.HEADERS, 21);
    expect(payload.length).toBe(3);
  });

  it('does not use a header table that the client has not got', async () => {
    const small = await RawClient.connect(server.port, { settings: setting(SETTING.HEADER_TABLE_SIZE, 0) });
    for (const stream of [1, 3, 5]) {
      small.send(call(stream, 'x'));
      const { payload } = await small.next(FRAME.HEADERS, stream);
      expect(payload[0]).toBe(stream === 1 ? 0x20 : 0x88);
      expect(payload.toString('latin1')).toContain('application/grpc+proto');
    }
    small.close();
  });

  it('reads frames whatever the pieces in which they come', async () => {
    const bytes = Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), call(1, 'in pieces'), call(3, 'again')]);
    for (const size of [1, 2, 7, 9, 10, 33]) {
      const slow = await RawClient.connect(server.port, { isBare: true });
      for (let at = 0; at < bytes.length; at += size) {
        slow.send(bytes.subarray(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await answerOf(slow, 1)).toBe('in pieces');
      expect(await answerOf(slow, 3)).toBe('again');
      slow.close();
    }
  });

  it('takes padding, priorities, unknown frames, header blocks in pieces, and trailers of clients', async () => {
    const block = request(1).subarray(9);
    client.send(
      frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(5)), frame(0xbe, 0xff, 77, Buffer.from('what?')),
      frame(FRAME.HEADERS, PADDED | PRIORITY, 1, Buffer.concat([Buffer.from([3]), Buffer.alloc(5), block.subarray(0, 10), Buffer.alloc(3)])),
      frame(FRAME.CONTINUATION, 0, 1, block.subarray(10, 20)), frame(FRAME.CONTINUATION, END_HEADERS, 1, block.subarray(20)),
      data(1, Buffer.concat([Buffer.from([4]), message(Buffer.from('pad')), Buffer.alloc(4)]), PADDED), request(1, { 'x-trail': 'late' }, END_HEADERS | END_STREAM),
    );
    expect(await answerOf(client, 1)).toBe('pad');
  });

  it('answers pings and acknowledges settings', async () => {
    client.send(frame(FRAME.PING, 0, 0, Buffer.from('8 bytes!')));
    const ping = await client.next(FRAME.PING);
    expect([ping.flags, String(ping.payload)]).toEqual([ACK, '8 bytes!']);
    expect(client.frames.some(({ type, flags }) => type === FRAME.SETTINGS && flags === ACK)).toBe(true);
  });

  it.each([
    ['a request in HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')], ['TLS', Buffer.from('16030100f8010000f40303', 'hex')],
    ['a preface that is not followed by SETTINGS', Buffer.concat([PREFACE, frame(FRAME.PING, 0, 0, Buffer.alloc(8))])],
  ])('ends with an error upon %s', async (_name, bytes) => {
    const other = await RawClient.connect(server.port, { isBare: true });
    other.send(bytes);
    expect(await other.goodbye()).toBe(ERROR.PROTOCOL_ERROR);
  });

  it.each<[string, number, Buffer]>([
    ['DATA of the connection', ERROR.PROTOCOL_ERROR, data(0, Buffer.alloc(1))],
    ['DATA of a stream that was not opened', ERROR.PROTOCOL_ERROR, data(1, Buffer.alloc(1))],
    ['DATA that is nothing but padding', ERROR.PROTOCOL_ERROR, Buffer.concat([request(1), data(1, Buffer.from([9, 0]), PADDED)])],
    ['HEADERS of the connection', ERROR.PROTOCOL_ERROR, request(0)],
    ['a stream with an even number', ERROR.PROTOCOL_ERROR, request(2)],
    ['HEADERS too short for their priority', ERROR.FRAME_SIZE_ERROR, frame(FRAME.HEADERS, END_HEADERS | PRIORITY, 1, Buffer.alloc(4))],
    ['a header block that another frame interrupts', ERROR.PROTOCOL_ERROR, Buffer.concat([request(1, REQUEST, 0), frame(FRAME.PING, 0, 0, Buffer.alloc(8))])],
    ['a header block that another stream continues', ERROR.PROTOCOL_ERROR, Buffer.concat([request(1, REQUEST, 0), frame(FRAME.CONTINUATION, END_HEADERS, 3)])],
    ['CONTINUATION of nothing', ERROR.PROTOCOL_ERROR, frame(FRAME.CONTINUATION, END_HEADERS, 1)],
    ['a field that is not in the table', ERROR.COMPRESSION_ERROR, frame(FRAME.HEADERS, END_HEADERS, 1, Buffer.from([0xff, 0x20]))],
    ['a table larger than allowed', ERROR.COMPRESSION_ERROR, frame(FRAME.HEADERS, END_HEADERS, 1, Buffer.from([0x3f, 0xff, 0xff, 0x03]))],
    ['a table resized in the middle of a block', ERROR.COMPRESSION_ERROR, frame(FRAME.HEADERS, END_HEADERS, 1, Buffer.from([0x83, 0x20]))],
    ['a number without an end', ERROR.COMPRESSION_ERROR, frame(FRAME.HEADERS, END_HEADERS, 1, Buffer.alloc(40, 0xff))],
    ['a text longer than its block', ERROR.COMPRESSION_ERROR, frame(FRAME.HEADERS, END_HEADERS, 1, Buffer.from([0x00, 0x7f, 0x61]))],
    ['Huffman padding that is too long', ERROR.COMPRESSION_ERROR, frame(FRAME.HEADERS, END_HEADERS, 1, Buffer.from([0x00, 0x82, 0x1f, 0xff, 0x00]))],
    ['RST_STREAM of a stream that was not opened', ERROR.PROTOCOL_ERROR, frame(FRAME.RST_STREAM, 0, 1, uint32(8))],
    ['RST_STREAM of the connection', ERROR.PROTOCOL_ERROR, frame(FRAME.RST_STREAM, 0, 0, uint32(8))],
    ['RST_STREAM of a wrong length', ERROR.FRAME_SIZE_ERROR, Buffer.concat([request(1), frame(FRAME.RST_STREAM, 0, 1, Buffer.alloc(3))])],
    ['PRIORITY of a wrong length', ERROR.FRAME_SIZE_ERROR, frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(4))],
    ['PRIORITY of the connection', ERROR.PROTOCOL_ERROR, frame(FRAME.PRIORITY, 0, 0, Buffer.alloc(5))],
    ['SETTINGS of a stream', ERROR.PROTOCOL_ERROR, frame(FRAME.SETTINGS, 0, 1)],
    ['SETTINGS of a wrong length', ERROR.FRAME_SIZE_ERROR, frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(5))],
    ['an acknowledgement that says something', ERROR.FRAME_SIZE_ERROR, frame(FRAME.SETTINGS, ACK, 0, Buffer.alloc(6))],
    ['ENABLE_PUSH that is neither 0 nor 1', ERROR.PROTOCOL_ERROR, frame(FRAME.SETTINGS, 0, 0, setting(SETTING.ENABLE_PUSH, 2))],
    ['a window larger than there can be', ERROR.FLOW_CONTROL_ERROR, frame(FRAME.SETTINGS, 0, 0, setting(SETTING.INITIAL_WINDOW_SIZE, 2 ** 31))],
    ['a frame size out of range', ERROR.PROTOCOL_ERROR, frame(FRAME.SETTINGS, 0, 0, setting(SETTING.MAX_FRAME_SIZE, 100))],
    ['PUSH_PROMISE', ERROR.PROTOCOL_ERROR, frame(FRAME.PUSH_PROMISE, END_HEADERS, 1, Buffer.alloc(4))],
    ['PING of a wrong length', ERROR.FRAME_SIZE_ERROR, frame(FRAME.PING, 0, 0, Buffer.alloc(7))],
    ['PING of a stream', ERROR.PROTOCOL_ERROR, frame(FRAME.PING, 0, 1, Buffer.alloc(8))],
    ['GOAWAY of a stream', ERROR.PROTOCOL_ERROR, frame(FRAME.GOAWAY, 0, 1, Buffer.alloc(8))],
    ['WINDOW_UPDATE of a wrong length', ERROR.FRAME_SIZE_ERROR, frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.alloc(5))],
    ['WINDOW_UPDATE by nothing', ERROR.PROTOCOL_ERROR, frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(0))],
    ['a connection window beyond its bound', ERROR.FLOW_CONTROL_ERROR, Buffer.concat([1, 2].map(() => frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(0x7fffffff))))],
    ['WINDOW_UPDATE of a stream that was not opened', ERROR.PROTOCOL_ERROR, frame(FRAME.WINDOW_UPDATE, 0, 5, uint32(1))],
    ['a frame larger than allowed', ERROR.FRAME_SIZE_ERROR, data(1, Buffer.alloc(16_385))],
  ])('ends with an error upon %s', async (_name, code, bytes) => {
    client.send(bytes);
    expect(await client.goodbye()).toBe(code);
  });

  it.each<[string, Record<string, string>]>([
    ['without a method', { ':scheme': 'http', ':path': '/' }], ['without a path', { ':method': 'POST', ':scheme': 'http' }], ['with an empty path', { ...REQUEST, ':path': '' }],
    ['with a pseudo-header after the others', { ':method': 'POST', ':scheme': 'http', 'x-a': 'b', ':path': '/' }], ['with an unknown pseudo-header', { ':what': '1', ...REQUEST }],
    ['with a response’s pseudo-header', { ...REQUEST, ':status': '200' }], ['with an upper-case name', { ...REQUEST, 'X-Up': '1' }], ['with a line break in a value', { ...REQUEST, 'x-a': 'a\r\nb: c' }],
    ['with a zero byte in a value', { ...REQUEST, 'x-a': 'a\0b' }], ['with a blank in a name', { ...REQUEST, 'x a': '1' }], ['with a header of HTTP/1.1', { ...REQUEST, connection: 'close' }], ['with another TE', { ...REQUEST, te: 'gzip' }],
  ])('resets the stream of a request %s, and goes on', async (_name, headers) => {
    client.send(request(1, headers));
    expect(await client.resetCode(1)).toBe(ERROR.PROTOCOL_ERROR);
    expect(await answered(client, 3)).toBe('still here');
  });

  it('resets a stream whose client goes on after its end, opens its window too far or by nothing', async () => {
    client.send(call(1, 'wait'), data(1, Buffer.alloc(1)));
    expect(await client.resetCode(1)).toBe(ERROR.STREAM_CLOSED);
    client.send(request(3), ...[1, 2].map(() => frame(FRAME.WINDOW_UPDATE, 0, 3, uint32(0x7fffffff))));
    expect(await client.resetCode(3)).toBe(ERROR.FLOW_CONTROL_ERROR);
    client.send(request(5), frame(FRAME.WINDOW_UPDATE, 0, 5, uint32(0)));
    expect(await client.resetCode(5)).toBe(ERROR.PROTOCOL_ERROR);
    client.send(request(7), request(7, { 'x-trail': 'no end' }));
    expect(await client.resetCode(7)).toBe(ERROR.PROTOCOL_ERROR);
    expect(await answered(client, 9)).toBe('still here');
  });

  it('ignores what comes late for a stream that is over', async () => {
    expect(await answered(client, 1)).toBe('still here');
    client.send(frame(FRAME.RST_STREAM, 0, 1, uint32(8)), data(1, Buffer.alloc(9)), frame(FRAME.WINDOW_UPDATE, 0, 1, uint32(5)), request(1, { 'x-late': '1' }, END_HEADERS | END_STREAM));
    expect(await answered(client, 3)).toBe('still here');
  });

  it('sends no more than the windows of stream and connection allow, and goes on when they open', async () => {
    longAnswer = Buffer.alloc(100_000, 1);
    const narrow = await RawClient.connect(server.port, { settings: setting(SETTING.INITIAL_WINDOW_SIZE, 1_000) });
    const received = (stream: number): number => narrow.frames.filter((one) => one.type === FRAME.DATA && one.stream === stream).reduce((sum, { payload }) => sum + payload.length, 0);
    narrow.send(call(1, 'long'));
    await until(() => received(1) === 1_000);
    narrow.send(frame(FRAME.WINDOW_UPDATE, 0, 1, uint32(70_000)));
    // The connection's window is 65,535 bytes.
    await until(() => received(1) === 65_535);
    narrow.send(frame(FRAME.PING, 0, 0, Buffer.alloc(8)));
    await narrow.next(FRAME.PING);
    expect(received(1)).toBe(65_535);
    narrow.send(frame(FRAME.SETTINGS, 0, 0, setting(SETTING.INITIAL_WINDOW_SIZE, 0)), frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(1_000_000)));
    await until(() => received(1) === 70_000);
    narrow.send(frame(FRAME.SETTINGS, 0, 0, setting(SETTING.INITIAL_WINDOW_SIZE, 1_000_000)));
    await until(() => received(1) === 100_005);
    expect(narrow.frames.every(({ payload }) => payload.length <= 16_384)).toBe(true);
    narrow.close();
  });

  it('does not take more than its windows hold', async () => {
    const full = Buffer.alloc(16_384);
    // Nobody reads this stream.
    client.send(request(1, { ...REQUEST, ':path': '/spec.Kinds/Up' }));
    for (let sent = 0; sent <= 256 * 1_024; sent += full.length) client.send(data(1, full, 0));
    expect(await client.resetCode(1)).toBe(ERROR.FLOW_CONTROL_ERROR);
    expect(await answered(client, 3)).toBe('still here');
  });
});

describe('a hostile client', () => {
  it('may not open and reset streams without end', async () => {
    const flood = async (): Promise<void> => {
      for (let stream = 1; !client.isClosed && stream < 40_000; stream += 2) {
        client.send(call(stream, 'wait'), frame(FRAME.RST_STREAM, 0, stream, uint32(8)));
        if (stream % 501 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([flood(), client.goodbye().then((code) => expect(code).toBe(ERROR.ENHANCE_YOUR_CALM))]);
    await until(() => cancelled === handled);
    expect(handled).toBeLessThan(12_000);
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
    expect(await answered(client, 5)).toBe('still here');
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

  it('that holds very large messages back is stopped before they fill the memory', async () => {
    const codes: string[] = [];
    const prefix = Buffer.concat([Buffer.from([0]), uint32(8 * 1024 * 1024)]);
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
        while (state.window >= 16_384 && connectionWindow >= 16_384 && state.sent < 8 * 1024 * 1024 - 16_384) {
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
