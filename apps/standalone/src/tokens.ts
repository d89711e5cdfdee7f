import { credentials } from '@grpc/grpc-js';
import type { Registry } from 'prom-client';
import { DEMO_CONNECTIONS, DemoPartners, type DemoPartnerUrls } from '#fake-partner';
import { formatAddress, type Lifecycle, type Logger } from '#platform';
import { tokenBrokerConfig } from '../../token-broker/src/config.js';
import { createApp, type TokenBrokerApp } from '../../token-broker/src/create-app.js';

export interface TokensOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly lifecycle: Lifecycle;
  readonly adminToken: string;
  readonly serverId: string;
  /** What an earlier start has written down of the partners. */
  readonly before: unknown;
}

export interface Tokens {
  readonly broker: TokenBrokerApp;
  readonly address: string;
  /** Where the demonstration's partners listen, to be written down. */
  readonly partners: DemoPartnerUrls;
  readonly connection: string;
}

/** The token broker in this process, with partners to mint from. */
export async function startTokens({ environment, logger, metrics, lifecycle, adminToken, serverId, before }: TokensOptions): Promise<Tokens> {
  const config = tokenBrokerConfig(environment);
  const partners = await DemoPartners.start(urlsIn(before));
  lifecycle.onStop('demonstration partners', () => partners.stop());
  const broker = await createApp(config, { logger, metrics, http: false });
  lifecycle.onStop('token broker', async () => {
    if (!(await broker.stop())) throw new Error('the token broker did not stop cleanly');
  });
  const address = formatAddress(broker.grpcAddress);
  // To this very process, whatever name its certificate has.
  const channel = config.transport.tlsCertFile === undefined ? credentials.createInsecure() : credentials.createSsl(null, null, null, { rejectUnauthorized: false });
  await partners.register({ address, channel, adminToken, serverId });
  return { broker, address, partners: partners.urls, connection: DEMO_CONNECTIONS[0].id };
}

function urlsIn(before: unknown): DemoPartnerUrls {
  if (typeof before !== 'object' || before === null) return {};
  return Object.fromEntries(Object.entries(before).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
