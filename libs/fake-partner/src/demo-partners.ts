import { randomBytes } from 'node:crypto';
import { status, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { bearer, connectionClient, type token } from '#contracts';
import { FakePartner, MINT_PATH } from './fake-partner.js';

/** What there is to try: one connection whose tokens are only injected, and one that may show them. */
export const DEMO_CONNECTIONS = [{ id: 'demo', delivery: 'INJECT' }, { id: 'demo-reveal', delivery: 'REVEAL' }] as const;

const CALL_MS = 30_000;
/** Long enough to look at, short enough to see a refresh. */
const LIFETIME_MS = 15 * 60_000;

export interface TokenBrokerAt {
  readonly address: string;
  readonly channel: ChannelCredentials;
  readonly adminToken: string;
  /** The server whose gateways may have the tokens. */
  readonly serverId: string;
}

/** Where the partners listened before, by connection. */
export type DemoPartnerUrls = Readonly<Record<string, string>>;

type Done<T> = (error: ServiceError | null, answer?: T) => void;

/**
 * Stand-in partners for a demonstration, one for each of its connections. Their secrets are made anew at each start and go
 * to the token broker and nowhere else; tokens of an earlier start mean nothing to them, and the rotation ends those.
 */
export class DemoPartners {
  readonly #partners: ReadonlyMap<string, FakePartner>;

  private constructor(partners: ReadonlyMap<string, FakePartner>) {
    this.#partners = partners;
  }

  /** Listens where it did before, if that is still free: then the connections can stay as they are. */
  static async start(before: DemoPartnerUrls = {}): Promise<DemoPartners> {
    const partners = new Map<string, FakePartner>();
    for (const { id } of DEMO_CONNECTIONS) {
      const port = Number(/^http:\/\/127\.0\.0\.1:(\d{1,5})$/.exec(before[id] ?? '')?.[1] ?? 0);
      const made = { knobs: { lifetimeMs: LIFETIME_MS }, apiKey: `key-of-${id}`, apiSecret: randomBytes(24).toString('hex') };
      partners.set(id, await FakePartner.start({ ...made, port }).catch(() => FakePartner.start(made)));
    }
    return new DemoPartners(partners);
  }

  get urls(): DemoPartnerUrls {
    return Object.fromEntries([...this.#partners].map(([id, partner]) => [id, partner.baseUrl]));
  }

  /** Registers the connections, over the API like anybody's; one that is there already gets the new secret and stays as it is. */
  async register({ address, channel, adminToken, serverId }: TokenBrokerAt): Promise<void> {
    const client = connectionClient(address, channel);
    const metadata = bearer(adminToken);
    const ask = <T>(call: (options: { deadline: number }, done: Done<T>) => void): Promise<T> => new Promise((resolve, reject) => {
      call({ deadline: Date.now() + CALL_MS }, (error, answer) => (error === null ? resolve(answer!) : reject(error)));
    });
    try {
      for (const { id: connectionId, delivery } of DEMO_CONNECTIONS) {
        const { baseUrl, apiKey: clientId, apiSecret: secret } = this.#partners.get(connectionId)!;
        const tokenUrl = baseUrl + MINT_PATH;
        const known = await unlessNotFound(ask((options, done: Done<token.GetConnectionResponse__Output>) => client.Get({ connectionId }, metadata, options, done)));
        const settings = known?.connection?.settings;
        if (settings?.tokenUrl === tokenUrl && settings.clientId === clientId) {
          await ask<unknown>((options, done) => client.RotateSecret({ connectionId, secret }, metadata, options, done));
          continue;
        }
        const { secretVersion } = known?.connection ?? {};
        if (secretVersion !== undefined) await ask<unknown>((options, done) => client.Remove({ connectionId, secretVersion }, metadata, options, done));
        const made = { issuer: 'PARTNER_SECRET' as const, tokenUrl, clientId, delivery, serverIds: [serverId] };
        await ask<unknown>((options, done) => client.Register({ connectionId, settings: made, secret }, metadata, options, done));
      }
    } finally {
      client.close();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#partners.values()].map((partner) => partner.stop()));
  }
}

async function unlessNotFound<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: ServiceError) => {
    if (error.code === status.NOT_FOUND) return undefined;
    throw error;
  });
}
