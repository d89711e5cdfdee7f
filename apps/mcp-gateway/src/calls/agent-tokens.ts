import type { ChannelCredentials } from '@grpc/grpc-js';
import { bearer, msOf, tokenClient } from '#contracts';
import type { token } from '#contracts';
import { Secret } from '#platform';
import { brokerFailure } from '../broker-failure.js';

const CALL_MS = 15_000;
/** `si_<connection>_…`: what the token broker hands out in a token's place. */
export const STAND_IN = /^si_([a-z0-9-]{1,63})_[A-Za-z0-9_-]{66}$/;

export interface HandedOver {
  readonly value: string;
  readonly expiresAt: Date;
}

/** What agents may hold of tokens: values in their place, and what these stand for on their way upstream (token-broker.md 37). */
export interface AgentTokens {
  /** Rejects with a DocketError. */
  handOver(connection: string, grantId: string, delivery: 'stand_in' | 'reveal'): Promise<HandedOver>;
  /** The token that a stand-in of this grant stands for; rejects with a DocketError if it is none (any more). */
  behind(standIn: string, connection: string, grantId: string): Promise<Secret>;
  close(): void;
}

export interface BrokerAt {
  readonly address: string;
  readonly channel: ChannelCredentials;
  readonly credential: Secret;
}

/** Over gRPC, from the token broker. */
export function agentTokens({ address, channel, credential }: BrokerAt): AgentTokens {
  const client = tokenClient(address, channel);
  const get = (request: token.GetTokenRequest): Promise<token.GetTokenResponse__Output> => new Promise((resolve, reject) => {
    client.GetToken(request, bearer(credential.reveal()), { deadline: Date.now() + CALL_MS }, (error, answer) => (error === null ? resolve(answer!) : reject(brokerFailure(error))));
  });
  return {
    async handOver(connectionId, grantId, delivery) {
      const got = await get({ connectionId, grantId, delivery: delivery === 'reveal' ? 'REVEAL' : 'STAND_IN' });
      return { value: delivery === 'reveal' ? got.token : got.standIn, expiresAt: new Date(got.expiresAt === null ? Date.now() : msOf(got.expiresAt)) };
    },
    async behind(standIn, connectionId, grantId) {
      return new Secret((await get({ connectionId, grantId, standIn, delivery: 'INJECT' })).token);
    },
    close: () => client.close(),
  };
}
