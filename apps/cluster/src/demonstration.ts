import { credentials as transport, status, type ServiceError } from '@grpc/grpc-js';
import { bearer, registryClient } from '#contracts';
import type { registry } from '#contracts';
import { DEMONSTRATION } from '#platform';
import type { Demonstration, DemonstrationPlan } from '#platform';

const CALL_MS = 30_000;

type Done<T> = (error: ServiceError | null, answer?: T) => void;

/**
 * Makes sure that there is something to try: a server, a policy and a grant, created over the API like anybody's. What
 * exists is left as it is, edited or not; `known` is what the last start made.
 */
export async function ensureDemonstration(grpcAddress: string, adminToken: string, known: Demonstration | undefined, plan: DemonstrationPlan = DEMONSTRATION): Promise<Demonstration> {
  const { serverId, serverName, policyId, label, policy } = plan;
  const client = registryClient(grpcAddress, transport.createInsecure());
  const metadata = bearer(adminToken);
  const ask = <T>(call: (options: { deadline: number }, done: Done<T>) => void): Promise<T> => new Promise((resolve, reject) => {
    call({ deadline: Date.now() + CALL_MS }, (error, answer) => (error === null ? resolve(answer!) : reject(error)));
  });
  try {
    if (known !== undefined && await isGranted(known.grantId)) return known;
    await ask<unknown>((options, done) => client.RegisterServer({ serverId, name: serverName }, metadata, options, done));
    const published = await unlessNotFound(ask((options, done: Done<object>) => client.GetPolicy({ policyId }, metadata, options, done)));
    if (published === undefined) {
      await ask<unknown>((options, done) => client.PublishPolicy({ policyId, document: Buffer.from(JSON.stringify(policy)) }, metadata, options, done));
    }
    const issued = await ask((options, done: Done<registry.IssueGrantResponse__Output>) => client.IssueGrant({ serverId, policyId, label }, metadata, options, done));
    return { serverId, policyId, grantId: issued.grant!.grantId, grantToken: issued.token };
  } finally {
    client.close();
  }

  async function isGranted(grantId: string): Promise<boolean> {
    const found = await unlessNotFound(ask((options, done: Done<registry.GetGrantResponse__Output>) => client.GetGrant({ grantId }, metadata, options, done)));
    return found?.grant?.revokedAt === null;
  }
}

async function unlessNotFound<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: ServiceError) => {
    if (error.code === status.NOT_FOUND) return undefined;
    throw error;
  });
}
