import { credentials as transport, status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { bearer, registryClient } from '#contracts';

const CALL_MS = 30_000;
const NAME = 'demo';
/** Deny by default; one tool at most 60 times a minute for each grant. */
const POLICY = {
  version: '1',
  default: 'deny',
  tools: {
    refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] },
  },
};

export interface Demonstration {
  readonly serverId: string;
  readonly policyId: string;
  readonly grantId: string;
  readonly grantToken: string;
}

type Registry = ReturnType<typeof registryClient>;
type Call<Q, A> = (request: Q, metadata: Metadata, options: { deadline: number }, callback: (error: ServiceError | null, answer?: A) => void) => unknown;

/**
 * Makes sure that there is something to try: a server, a policy and a grant, created over the API like anybody's. What
 * exists is left as it is, edited or not; `known` is what the last start made.
 */
export async function ensureDemonstration(grpcAddress: string, adminToken: string, known: Demonstration | undefined): Promise<Demonstration> {
  const client = registryClient(grpcAddress, transport.createInsecure());
  try {
    const admin = new Admin(client, adminToken);
    if (known !== undefined && await admin.hasGrant(known.grantId)) return known;
    await admin.ensureServer();
    await admin.ensurePolicy();
    return await admin.issueGrant();
  } finally {
    client.close();
  }
}

class Admin {
  constructor(private readonly client: Registry, private readonly token: string) {}

  async hasGrant(grantId: string): Promise<boolean> {
    const answer = await unlessNotFound(this.#call(this.client.getGrant.bind(this.client) as Call<unknown, { grant: { revokedAt: unknown } | null }>, { grantId }));
    return answer !== undefined && answer.grant !== null && answer.grant.revokedAt === null;
  }

  async ensureServer(): Promise<void> {
    await this.#call(this.client.registerServer.bind(this.client) as Call<unknown, unknown>, { serverId: NAME, name: 'Demonstration' }).catch((error: ServiceError) => {
      if (error.code !== status.ALREADY_EXISTS) throw error;
    });
  }

  async ensurePolicy(): Promise<void> {
    const found = await unlessNotFound(this.#call(this.client.getPolicy.bind(this.client) as Call<unknown, unknown>, { policyId: NAME }));
    if (found !== undefined) return;
    await this.#call(this.client.publishPolicy.bind(this.client) as Call<unknown, unknown>, { policyId: NAME, document: Buffer.from(JSON.stringify(POLICY)) });
  }

  async issueGrant(): Promise<Demonstration> {
    const issue = this.client.issueGrant.bind(this.client) as Call<unknown, { grant: { grantId: string }; token: string }>;
    const { grant, token } = await this.#call(issue, { serverId: NAME, policyId: NAME, label: 'demonstration' });
    return { serverId: NAME, policyId: NAME, grantId: grant.grantId, grantToken: token };
  }

  #call<Q, A>(method: Call<Q, A>, request: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      method(request, bearer(this.token), { deadline: Date.now() + CALL_MS }, (error, answer) => {
        if (error === null) resolve(answer!);
        else reject(error);
      });
    });
  }
}

async function unlessNotFound<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: ServiceError) => {
    if (error.code === status.NOT_FOUND) return undefined;
    throw error;
  });
}
