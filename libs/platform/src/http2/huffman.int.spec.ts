import { once } from 'node:events';
import { connect } from 'node:http2';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { FLAG, FRAME } from './frames.js';
import { FrameReader } from './frame-reader.js';
import { HeaderDecoder } from './header-decoder.js';

it('reads every character as another implementation writes it', async () => {
  const values: string[] = [];
  const decoder = new HeaderDecoder(1 << 20);
  const reader = new FrameReader((type, flags, _stream, payload) => {
    if (type !== FRAME.HEADERS) return;
    const block = payload.subarray(flags & FLAG.PRIORITY ? 5 : 0);
    values.push(...decoder.decode(block).fields.filter(({ name }) => name === 'x-text').map(({ value }) => value));
  });
  const server = createServer((socket) => socket.on('data', (chunk: Buffer) => reader.read(chunk)).on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  // Beside digits, which have short codes: the encoder then prefers Huffman's code for the rare ones too.
  const sent = Array.from({ length: 0x7f - 0x20 }, (_, index) => `0000000000000000${String.fromCharCode(0x20 + index)}0000000000000000`);
  for (const text of sent) session.request({ ':path': '/', 'x-text': text }).on('error', () => undefined).end();
  while (values.length < sent.length) await new Promise((resolve) => setImmediate(resolve));
  session.destroy();
  server.close();
  expect(values).toEqual(sent);
});
