import { credentials, Metadata, status, type CallCredentials, type ChannelCredentials, type Client, type ClientOptions } from '@grpc/grpc-js';
import { mayRetry, remedyFor, httpStatusOfGrpc } from '#access-token';
import { DocketError } from '#errors';
import type { UpstreamTokens } from './tokens.js';

/** Made here, so over TLS. */
const encrypted = new WeakSet<Client>();

/** A client whose channel is TLS: the only kind that tokens travel on. @param ca PEM; undefined: the system's authorities */
export function upstreamClient<C extends Client>(Kind: new (address: string, channel: ChannelCredentials, options?: ClientOptions) => C, address: string, ca?: Buffer, options?: ClientOptions): C {
  const client = new Kind(address, credentials.createSsl(ca ?? null), options);
  encrypted.add(client);
  return client;
}

/**
 * Makes a gRPC call with the connection's token as per-call metadata; UNAUTHENTICATED is a 401: another token is asked for
 * and the call made once more. Rejects with DocketError failed_precondition / UPSTREAM_NOT_ENCRYPTED for a client that
 * `upstreamClient` did not make: grpc-js refuses call credentials where a channel is made without TLS, but not where a call is.
 * @param call makes it with these credentials; must be able to be made twice
 */
export async function withUpstreamToken<T>(client: Client, tokens: UpstreamTokens, call: (credentials: CallCredentials) => Promise<T>): Promise<T> {
  if (!encrypted.has(client)) throw new DocketError('failed_precondition', { reason: 'UPSTREAM_NOT_ENCRYPTED', message: 'a token goes only through a client that upstreamClient made: over TLS' });
  let held = await tokens.get({});
  for (let retries = 0; ; retries += 1) {
    const { token, headerName, headerPrefix, generation } = held;
    const own = credentials.createFromMetadataGenerator((_, done) => {
      const metadata = new Metadata();
      metadata.set(headerName, `${headerPrefix}${token.reveal()}`);
      done(null, metadata);
    });
    try {
      return await call(own);
    } catch (error) {
      const { code } = error as { code?: unknown };
      const remedy = remedyFor({ status: typeof code === 'number' ? httpStatusOfGrpc(code as status) : 200 }, []);
      if (remedy.kind !== 'refresh') throw error;
      const next = Promise.resolve(tokens.get({ rejectedGeneration: generation }));
      if (!mayRetry({ retries, isReplayable: true, remainingMs: 1 })) {
        await next.catch(() => {});
        throw error;
      }
      held = await next;
    }
  }
}
