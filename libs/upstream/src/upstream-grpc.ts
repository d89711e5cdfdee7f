import { credentials, Metadata, type status, type CallCredentials, type CallOptions, type ChannelCredentials, type Client, type ClientOptions } from '@grpc/grpc-js';
import { mayRetry, remedyFor, httpStatusOfGrpc } from '#access-token';
import { DocketError } from '#errors';
import type { UpstreamToken, UpstreamTokens } from './tokens.js';
import { reportRefused, tokenWithin } from './waiting.js';

/** What a timer takes at most. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Made here, so over TLS. */
const encrypted = new WeakSet<Client>();

/** A client whose channel is TLS: the only kind that tokens travel on. @param ca PEM; undefined: the system's authorities */
export function upstreamClient<C extends Client>(Kind: new (address: string, channel: ChannelCredentials, options?: ClientOptions) => C, address: string, ca?: Buffer, options?: ClientOptions): C {
  const client = new Kind(address, credentials.createSsl(ca ?? null), options);
  encrypted.add(client);
  return client;
}

/** How long a caller waits, for tokens and for the upstream together. */
export interface CallLimits {
  /** Ms since the epoch, as grpc-js takes it. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Wall clock, ms since the epoch: of the deadline. */
  readonly now?: () => number;
}

/**
 * Makes a gRPC call with the connection's token as per-call metadata; UNAUTHENTICATED is a 401: another token is asked for
 * and the call made once more, if its deadline has not passed. Rejects with DocketError failed_precondition /
 * UPSTREAM_NOT_ENCRYPTED for a client that `upstreamClient` did not make: grpc-js refuses call credentials where a channel is
 * made without TLS, but not where a call is; deadline_exceeded / UPSTREAM_DEADLINE when the time is over before there is a
 * token; with the signal's reason when that ends the wait.
 * @param call makes it with these credentials and options; must be able to be made twice
 */
export async function withUpstreamToken<T>(
  client: Client, tokens: UpstreamTokens, call: (credentials: CallCredentials, options: Pick<CallOptions, 'deadline'>) => Promise<T>, { deadlineMs, signal, now = Date.now }: CallLimits = {},
): Promise<T> {
  if (!encrypted.has(client)) throw new DocketError('failed_precondition', { reason: 'UPSTREAM_NOT_ENCRYPTED', message: 'a token goes only through a client that upstreamClient made: over TLS' });
  const remainingMs = (): number => (signal?.aborted ? 0 : deadlineMs === undefined ? Number.POSITIVE_INFINITY : deadlineMs - now());
  const over = new AbortController();
  const late = (): void => over.abort(new DocketError('deadline_exceeded', { reason: 'UPSTREAM_DEADLINE', message: 'the call\'s time was over before there was a token for it' }));
  if (remainingMs() <= 0) late();
  const timer = deadlineMs === undefined ? undefined : setTimeout(late, Math.min(Math.max(0, remainingMs()), TIMER_MS_MAX));
  const limits = { signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]), ...(deadlineMs !== undefined && { deadlineMs }) };
  try {
    let held = await tokenWithin(tokens, limits);
    for (let retries = 0; ; retries += 1) {
      try {
        return await call(credentialsOf(held), deadlineMs === undefined ? {} : { deadline: deadlineMs });
      } catch (error) {
        const { code } = error as { code?: unknown };
        const remedy = remedyFor({ status: typeof code === 'number' ? httpStatusOfGrpc(code as status) : 200 }, []);
        if (remedy.kind !== 'refresh') throw error;
        const ask = { rejectedGeneration: held.generation, ...limits };
        if (!mayRetry({ retries, isReplayable: true, remainingMs: remainingMs() })) {
          if (remainingMs() <= 0) late();
          await reportRefused(tokens, ask);
          throw error;
        }
        held = await tokenWithin(tokens, ask);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

function credentialsOf({ token, headerName, headerPrefix }: UpstreamToken): CallCredentials {
  return credentials.createFromMetadataGenerator((_, done) => {
    const metadata = new Metadata();
    metadata.set(headerName, `${headerPrefix}${token.reveal()}`);
    done(null, metadata);
  });
}
