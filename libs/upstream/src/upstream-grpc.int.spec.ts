import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { Secret } from '#platform';
import type { TokenAsk, UpstreamTokens } from './tokens.js';
import { upstreamClient, withUpstreamToken } from './upstream-grpc.js';

const pem = (name: string): Buffer => readFileSync(new URL(`../../platform/src/fixtures/${name}`, import.meta.url));
const text = (value: string): Buffer => Buffer.from(value);
const SERVICE: grpc.ServiceDefinition = {
  Ask: { path: '/upstream.Upstream/Ask', requestStream: false, responseStream: false, requestSerialize: text, requestDeserialize: String, responseSerialize: text, responseDeserialize: String },
};

let server: grpc.Server;
let address: string;
let good: string;
let seen: string[];

beforeEach(async () => {
  good = 'token-1';
  seen = [];
  await start(grpc.ServerCredentials.createSsl(null, [{ private_key: pem('tls.key.pem'), cert_chain: pem('tls.cert.pem') }]));
});

async function start(credentials: grpc.ServerCredentials): Promise<void> {
  server = new grpc.Server();
  server.addService(SERVICE, { Ask: (call: grpc.ServerUnaryCall<string, string>, done: grpc.sendUnaryData<string>) => {
    const token = String(call.metadata.get('authorization')[0] ?? '');
    seen.push(token);
    if (token === `Bearer ${good}`) done(null, 'yes');
    else done({ code: grpc.status.UNAUTHENTICATED, details: 'no' });
  } });
  const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))));
  address = `localhost:${port}`;
}

afterEach(() => server.forceShutdown());

class Tokens implements UpstreamTokens {
  readonly asks: TokenAsk[] = [];
  generation = 1;

  get(ask: TokenAsk) {
    this.asks.push(ask);
    if (ask.rejectedGeneration === this.generation) this.generation += 1;
    return { token: new Secret(`token-${this.generation}`), generation: this.generation, headerName: 'authorization', headerPrefix: 'Bearer ' };
  }
}

const askingOf = (client: grpc.Client) => (credentials: grpc.CallCredentials): Promise<string> => new Promise((resolve, reject) => {
  client.makeUnaryRequest('/upstream.Upstream/Ask', text, String, 'x', new grpc.Metadata(), { credentials }, (error, answer) => (error ? reject(error) : resolve(answer!)));
});
const open = (): grpc.Client => upstreamClient(grpc.Client, address, pem('tls.cert.pem'));

test('UNAUTHENTICATED asks for another token and the call is made once more', async () => {
  const tokens = new Tokens();
  const client = open();
  expect(await withUpstreamToken(client, tokens, askingOf(client))).toBe('yes');
  good = 'token-2';
  expect(await withUpstreamToken(client, tokens, askingOf(client))).toBe('yes');
  expect(seen).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  good = 'none';
  await expect(withUpstreamToken(client, tokens, askingOf(client))).rejects.toMatchObject({ code: grpc.status.UNAUTHENTICATED });
  expect(seen).toHaveLength(5);
  client.close();
});

test('another error asks for nothing', async () => {
  const tokens = new Tokens();
  await expect(withUpstreamToken(open(), tokens, () => Promise.reject(Object.assign(new Error('busy'), { code: grpc.status.RESOURCE_EXHAUSTED })))).rejects.toThrow('busy');
  expect(tokens.asks).toHaveLength(1);
});

test('the call waits for a token no longer than its deadline or its signal, and its deadline is what the upstream gets', async () => {
  const client = open();
  const asks: TokenAsk[] = [];
  let asked = (): void => {};
  const hanging: UpstreamTokens = { get: (ask) => {
    asks.push(ask);
    asked();
    return new Promise(() => {});
  } };
  const nothing = (): Promise<string> => Promise.reject(new Error('a call without a token'));
  await expect(withUpstreamToken(client, hanging, nothing, { deadlineMs: Date.now() + 50 })).rejects.toMatchObject({ kind: 'deadline_exceeded', reason: 'UPSTREAM_DEADLINE' });
  await expect(withUpstreamToken(client, hanging, nothing, { deadlineMs: 1_000, now: () => 1_000 })).rejects.toMatchObject({ reason: 'UPSTREAM_DEADLINE' });
  // Who is late already asks for nothing.
  expect(asks).toMatchObject([{ deadlineMs: expect.any(Number) as number, signal: { aborted: true } }]);
  const own = new AbortController();
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const call = withUpstreamToken(client, hanging, nothing, { signal: own.signal });
  await isAsked;
  own.abort(new Error('the caller has gone'));
  await expect(call).rejects.toThrow('the caller has gone');
  const deadlineMs = Date.now() + 600_000;
  expect(await withUpstreamToken(client, new Tokens(), (_credentials, options) => Promise.resolve(options), { deadlineMs })).toEqual({ deadline: deadlineMs });
  client.close();
});

test('a call whose deadline has passed is not repeated, and its refusal is reported without waiting', async () => {
  const tokens = new Tokens();
  let nowMs = 1_000;
  let calls = 0;
  const refused = (): Promise<string> => {
    calls += 1;
    nowMs = 11_000;
    tokens.get = (ask) => {
      tokens.asks.push(ask);
      return new Promise(() => {}) as never;
    };
    return Promise.reject(Object.assign(new Error('refused'), { code: grpc.status.UNAUTHENTICATED }));
  };
  const client = open();
  await expect(withUpstreamToken(client, tokens, refused, { deadlineMs: 10_000, now: () => nowMs })).rejects.toThrow('refused');
  expect([calls, tokens.asks.at(-1)!.rejectedGeneration]).toEqual([1, 1]);
  client.close();
});

test('on a channel without TLS no token is sent, though the server would take it', async () => {
  server.forceShutdown();
  await start(grpc.ServerCredentials.createInsecure());
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  await expect(withUpstreamToken(client, new Tokens(), askingOf(client))).rejects.toMatchObject({ reason: 'UPSTREAM_NOT_ENCRYPTED' });
  expect(seen).toEqual([]);
  client.close();
});
