import { readFileSync } from 'node:fs';
import type { lookup as dnsLookup } from 'node:dns';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { GuardedTransport } from './guarded-transport.js';

const pem = (name: string): Buffer => readFileSync(new URL(`../../../../libs/platform/src/fixtures/${name}`, import.meta.url));

/** Answers as it is told, each time with the next answer. */
function resolver(...answers: readonly (readonly string[])[]): typeof dnsLookup & { asked: number } {
  const lookup = (_name: string, _options: object, done: (error: Error | null, found: { address: string; family: number }[]) => void): void => {
    const found = answers[Math.min(lookup.asked, answers.length - 1)]!;
    lookup.asked += 1;
    done(null, found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  lookup.asked = 0;
  return lookup as unknown as typeof dnsLookup & { asked: number };
}

const REFUSED = { outcome: 'not_sent', reason: 'UPSTREAM_ADDRESS_REFUSED' };

test.each([
  'http://mcp.example.com/', 'http://8.8.8.8/', 'https://127.0.0.1/', 'https://localhost/', 'https://[::1]/', 'https://169.254.169.254/latest/meta-data/', 'https://10.0.0.1/', 'https://192.168.0.1/', 'https://172.16.0.1/', 'https://100.64.0.1/',
  'https://2852039166/', 'https://0xa9fea9fe/', 'https://[fe80::1]/', 'https://[fd00::1]/', 'https://[::ffff:169.254.169.254]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://user:secret@mcp.example.com/', 'ftp://mcp.example.com/',
])('%s is not sent to', async (url) => {
  const transport = new GuardedTransport({ allowLoopback: false });
  await expect(transport.fetch(url, { method: 'POST', body: '{}' })).rejects.toMatchObject(REFUSED);
  transport.close();
});

test.each([['a private address', ['10.0.0.1']], ['the metadata service', ['169.254.169.254']], ['this machine', ['127.0.0.1']], ['this machine, in IPv6', ['::1']], ['a mapped address', ['::ffff:10.0.0.1']], ['a good address and a bad one', ['93.184.215.14', '10.0.0.1']], ['nothing', []]])(
  'a name that points to %s is not sent to', async (_, addresses) => {
    const lookup = resolver(addresses);
    const transport = new GuardedTransport({ allowLoopback: false, lookup });
    await expect(transport.fetch('https://mcp.example.com/', { method: 'POST', body: '{}' })).rejects.toMatchObject(REFUSED);
    expect(lookup.asked).toBe(1);
    transport.close();
  });

test('a name is looked up once for a connection, and the address that was judged is the one that is dialled: a name that changes in between gains nothing', async () => {
  let heard = 0;
  const inside = createServer({ key: pem('tls.key.pem'), cert: pem('tls.cert.pem') }, (_, response) => {
    heard += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  const { port } = inside.address() as AddressInfo;
  // Good when it is judged, bad when anybody asked again.
  const rebinding = resolver(['127.0.0.1'], ['10.0.0.1']);
  const transport = new GuardedTransport({ allowLoopback: true, lookup: rebinding, ca: pem('tls.cert.pem') });
  const response = await transport.fetch(`https://localhost:${port}/`, { method: 'POST', body: '{}' });
  await response.text();
  expect([response.status, rebinding.asked, heard]).toEqual([200, 1, 1]);
  transport.close();
  // The next connection is judged anew.
  const later = new GuardedTransport({ allowLoopback: true, lookup: rebinding, ca: pem('tls.cert.pem') });
  await expect(later.fetch(`https://localhost:${port}/`)).rejects.toMatchObject(REFUSED);
  later.close();
  inside.closeAllConnections();
  await new Promise((resolve) => inside.close(resolve));
});

test('a certificate that nobody vouches for is not sent to, and plain HTTP goes to this machine only where that is allowed', async () => {
  let heard = 0;
  const tls = createServer({ key: pem('tls.key.pem'), cert: pem('tls.cert.pem') }, () => void (heard += 1));
  const plain = createHttpServer((_, response) => void response.end('{}'));
  await Promise.all([tls, plain].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const transport = new GuardedTransport({ allowLoopback: true });
  await expect(transport.fetch(`https://127.0.0.1:${(tls.address() as AddressInfo).port}/`)).rejects.toMatchObject({ outcome: 'not_sent', reason: 'UPSTREAM_NOT_TRUSTED' });
  expect(heard).toBe(0);
  const { port } = plain.address() as AddressInfo;
  expect((await transport.fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  const strict = new GuardedTransport({ allowLoopback: false });
  await expect(strict.fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject(REFUSED);
  for (const one of [transport, strict]) one.close();
  for (const server of [tls, plain]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
