import type { ChannelCredentials } from '@grpc/grpc-js';
import { bearer, tokenClient, type token } from '#contracts';
import { Secret } from '#platform';
import type { TokenAsk, UpstreamToken, UpstreamTokens } from '#upstream';
import { brokerFailure } from '../broker-failure.js';

export interface BrokerTokensOptions {
  readonly address: string;
  readonly channel: ChannelCredentials;
  /** With the role `gateway`. */
  readonly credential: Secret;
}

/** Where tokens of upstreams come from, asked for with the grant that a call is made under. */
export interface TokenSource {
  /** @param grantId empty: for what is done under none (finding out what a server is) */
  of(connectionId: string, grantId: string): UpstreamTokens;
  close(): void;
}

/** A mint may take 10 s; who waits for it gives up after that. */
const CALL_MS = 15_000;

/**
 * Tokens from the token broker over gRPC, asked for anew by every request: a node answers from its cache, and one that is revoked, or whose
 * grant is cut off, is not handed out again. Nothing is kept here, so that a broker which does not answer means no request.
 */
export function brokerTokens({ address, channel, credential }: BrokerTokensOptions): TokenSource {
  const client = tokenClient(address, channel);
  return {
    of: (connectionId, grantId) => ({
      get: ({ rejectedGeneration = 0, scopes = [], signal, deadlineMs }: TokenAsk) => new Promise<UpstreamToken>((resolve, reject) => {
        const request = { connectionId, grantId, rejectedGeneration: String(rejectedGeneration), scopes: [...scopes], delivery: 'INJECT' as const };
        const deadline = Math.min(Date.now() + CALL_MS, deadlineMs ?? Infinity);
        const call = client.GetToken(request, bearer(credential.reveal()), { deadline }, (error, answer) => {
          signal?.removeEventListener('abort', cancel);
          if (error !== null) reject(brokerFailure(error));
          else resolve(tokenOf(answer!));
        });
        const cancel = (): void => call.cancel();
        signal?.addEventListener('abort', cancel, { once: true });
      }),
    }),
    close: () => client.close(),
  };
}

function tokenOf(answer: token.GetTokenResponse__Output): UpstreamToken {
  const { generation, headerName, headerPrefix, dpopKey } = answer;
  return { token: new Secret(answer.token), generation: Number(generation), headerName, headerPrefix, ...(dpopKey !== '' && { dpopKey: new Secret(dpopKey) }) };
}
