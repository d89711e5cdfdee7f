import { msOf, tokenClient } from '#contracts';
import { Secret } from '#platform';
import { askBroker, type BrokerAt } from '../ask-broker.js';

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

/** Over gRPC, from the token broker. */
export function agentTokens(broker: BrokerAt): AgentTokens {
  const client = tokenClient(broker.address, broker.channel);
  return {
    async handOver(connectionId, grantId, delivery) {
      const got = await askBroker(client, broker, { connectionId, grantId, delivery: delivery === 'reveal' ? 'REVEAL' : 'STAND_IN' });
      return { value: delivery === 'reveal' ? got.token : got.standIn, expiresAt: new Date(got.expiresAt === null ? Date.now() : msOf(got.expiresAt)) };
    },
    async behind(standIn, connectionId, grantId) {
      return new Secret((await askBroker(client, broker, { connectionId, grantId, standIn, delivery: 'INJECT' })).token);
    },
    close: () => client.close(),
  };
}
