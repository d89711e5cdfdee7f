import { startKinds, until } from '../grpc-transport.fixture.js';
import type { KindsServer } from '../grpc-transport.fixture.js';
import { ERROR, FLAG, FRAME, PREFACE, SETTING } from './frames.js';
import { call, data, frame, message, RawClient, REQUEST, request, setting, uint32 } from './raw-client.fixture.js';

const { END_STREAM, END_HEADERS, PADDED, PRIORITY, ACK } = FLAG;
let server: KindsServer;
let client: RawClient;
let longAnswer = Buffer.alloc(0);

beforeAll(async () => {
  server = await startKinds('fast', {
    Unary: (one, answer) => {
      const asked = String(one.request);
      if (asked !== 'wait') answer(null, asked === 'long' ? longAnswer : one.request);
    },
    Up: () => undefined,
  });
});
beforeEach(async () => {
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

describe('a connection', () => {
  it('answers call after call, with headers that the client remembers', async () => {
    for (let stream = 1; stream < 21; stream += 2) expect(await client.ask(stream, `call ${stream}`)).toBe(`call ${stream}`);
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

  it('does not rely on a header table that was gone in between', async () => {
    await client.ask(1);
    client.send(frame(FRAME.SETTINGS, 0, 0, Buffer.concat([setting(SETTING.HEADER_TABLE_SIZE, 0), setting(SETTING.HEADER_TABLE_SIZE, 4_096)])), call(3, 'x'));
    const { payload } = await client.next(FRAME.HEADERS, 3);
    expect(payload.subarray(0, 2)).toEqual(Buffer.from([0x20, 0x88]));
  });

  it('reads frames whatever the pieces in which they come', async () => {
    const bytes = Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), call(1, 'in pieces'), call(3, 'again')]);
    for (const size of [1, 2, 7, 9, 10, 33]) {
      const slow = await RawClient.connect(server.port, { isBare: true });
      for (let at = 0; at < bytes.length; at += size) {
        slow.send(bytes.subarray(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await slow.answer(1)).toBe('in pieces');
      expect(await slow.answer(3)).toBe('again');
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
    expect(await client.answer(1)).toBe('pad');
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
    expect(await client.ask(3)).toBe('still here');
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
    expect(await client.ask(9)).toBe('still here');
  });

  it('ignores what comes late for a stream that is over', async () => {
    expect(await client.ask(1)).toBe('still here');
    client.send(frame(FRAME.RST_STREAM, 0, 1, uint32(8)), data(1, Buffer.alloc(9)), frame(FRAME.WINDOW_UPDATE, 0, 1, uint32(5)), request(1, { 'x-late': '1' }, END_HEADERS | END_STREAM));
    expect(await client.ask(3)).toBe('still here');
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
    expect(await client.ask(3)).toBe('still here');
  });
});
