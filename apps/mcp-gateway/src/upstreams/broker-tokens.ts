import { tokenClient, type token } from '#contracts';
import { Secret } from '#platform';
import type { TokenAsk, UpstreamToken, UpstreamTokens } from '#upstream';
import { askBroker, type BrokerAt } from '../ask-broker.js';

/** Where tokens of upstreams come from, asked for with the grant that a call is made under. */
export interface TokenSource {
  /** @param grantId empty: for what is done under none (finding out what a server is) */
  of(connectionId: string, grantId: string): UpstreamTokens;
  close(): void;
}

/**
 * Tokens from the token broker over gRPC, asked for anew by every request: a node answers from its cache, and one that is revoked, or whose
 * grant is cut off, is not handed out again. Nothing is kept here, so that a broker which does not answer means no request.
 */
export function brokerTokens(broker: BrokerAt): TokenSource {
  const client = tokenClient(broker.address, broker.channel);
  return {
    of: (connectionId, grantId) => ({
      get: async ({ rejectedGeneration = 0, scopes = [], signal, deadlineMs }: TokenAsk): Promise<UpstreamToken> =>
        tokenOf(await askBroker(client, broker, { connectionId, grantId, rejectedGeneration: String(rejectedGeneration), scopes: [...scopes], delivery: 'INJECT' }, signal, deadlineMs)),
    }),
    close: () => client.close(),
  };
}

function tokenOf(answer: token.GetTokenResponse__Output): UpstreamToken {
  const { generation, headerName, headerPrefix, dpopKey } = answer;
  return { token: new Secret(answer.token), generation: Number(generation), headerName, headerPrefix, ...(dpopKey !== '' && { dpopKey: new Secret(dpopKey) }) };
}
