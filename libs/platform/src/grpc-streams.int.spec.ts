import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import { GRPC_TRANSPORTS } from './docket-grpc.server.js';
import { NONE, text, until, useKinds } from './grpc-transport.fixture.js';

/** The streams of both gRPC servers, as a client sees them. */
describe.each(GRPC_TRANSPORTS)('streams of the %s gRPC transport', (transport) => {
  const world = useKinds(transport);
  const { serve } = world;

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
    const session = connectHttp2(`http://127.0.0.1:${world.server.port}`);
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
    const stream = world.client.Both();
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
      const stream = world.client.Up((error, found) => (error ? reject(error) : resolve(found!)));
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
    const stream = world.client.Both();
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
    const stream = world.client.Both();
    let received = 0;
    stream.on('data', () => (received += 1));
    const [error] = await once(stream, 'error') as [ServiceError];
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: 'enough' });
    expect(received).toBe(300);
  });

  it('ends a stream at its deadline', async () => {
    const ended: string[] = [];
    let opened = 0;
    await serve({ Both: (call) => {
      opened += 1;
      call.on('cancelled', () => ended.push('cancelled')).on('close', () => ended.push('close'));
    } });
    // One whose time is over before it has come to the server tells nothing of it: the next one has twice as much.
    for (let forMs = 200; opened === 0; forMs *= 2) {
      const stream = world.client.Both(NONE, { deadline: Date.now() + forMs });
      const [error] = await once(stream, 'error') as [ServiceError];
      expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    }
    await until(() => ended.length >= 2 * opened);
    expect(ended.slice(0, 2)).toEqual(['cancelled', 'close']);
  });
});
