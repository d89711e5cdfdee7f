import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { CALL_ID_LENGTH, CallIds } from './call-ids.js';
import { frameMessage, H2Connection } from './h2.connection.js';

/** Against node:http2, which is nghttp2: what the load generator speaks has to be real HTTP/2. */
let server: Http2Server;
let port = 0;

function echo(stream: ServerHttp2Stream, status: string): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', date: new Date().toUTCString(), 'x-odd': 'a\\b{c}|d~' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'it is so' }));
    stream.end(Buffer.concat(chunks));
  });
}

beforeAll(async () => {
  server = createServer();
  server.on('stream', (stream, headers) => {
    if (headers['authorization'] !== 'Bearer test') return echo(stream, '16');
    if (headers[':path'] === '/echo.Echo/Reset') return stream.close(8);
    return echo(stream, headers[':path'] === '/echo.Echo/Fail' ? '3' : '0');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function call(connection: H2Connection, message: Buffer): Promise<{ status: number; detail: string; messages: Buffer[] }> {
  return new Promise((resolve) => {
    const messages: Buffer[] = [];
    connection.unary(frameMessage(message), {
      message: (bytes) => messages.push(Buffer.from(bytes)),
      end: (status, detail) => resolve({ status, detail, messages }),
    });
  });
}

const connect = (path: string, token = 'Bearer test') => H2Connection.connect('127.0.0.1', port, path, { authorization: token });

describe('the load generator', () => {
  it('gets every answer of many calls at once, beyond one flow-control window', async () => {
    const connection = await connect('/echo.Echo/Say');
    const sent = Array.from({ length: 500 }, (_, index) => Buffer.alloc(1 + (index * 97) % 3000, index % 256));
    const answers = await Promise.all(sent.map((message) => call(connection, message)));
    connection.close();
    answers.forEach(({ status, messages }, index) => {
      expect(status).toBe(0);
      // Not toEqual, which is slow on bytes.
      expect(messages.length === 1 && messages[0]?.equals(sent[index] as Buffer)).toBe(true);
    });
  });

  it('carries a message larger than a frame and a window', async () => {
    const connection = await connect('/echo.Echo/Say');
    const large = Buffer.alloc(300_000, 7);
    const { status, messages } = await call(connection, large);
    connection.close();
    expect(status).toBe(0);
    expect(messages.length === 1 && messages[0]?.equals(large)).toBe(true);
  });

  it('reads the status and message of a failed call, also when the headers come from the table', async () => {
    const connection = await connect('/echo.Echo/Fail');
    for (let i = 0; i < 3; i++) expect(await call(connection, Buffer.from('x'))).toMatchObject({ status: 3, detail: 'it is so' });
    connection.close();
    const stranger = await connect('/echo.Echo/Say', 'Bearer wrong');
    expect((await call(stranger, Buffer.from('x'))).status).toBe(16);
    stranger.close();
  });

  it('counts a reset stream as failed', async () => {
    const connection = await connect('/echo.Echo/Reset');
    expect((await call(connection, Buffer.from('x'))).status).toBe(1);
    connection.close();
  });

  it('makes call ids that are unique UUIDs of version 7 and lead back to their call', () => {
    const ids = new CallIds();
    const into = Buffer.alloc(CALL_ID_LENGTH + 2);
    const texts = Array.from({ length: 500 }, (_, index) => {
      expect(ids.write(into, 2)).toBe(index);
      expect(CallIds.indexOf(into, 2)).toBe(index);
      return into.toString('latin1', 2);
    });
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Math.abs(parseInt((texts[0] ?? '').replace('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
  });
});
