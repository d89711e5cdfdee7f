import { readFile } from 'node:fs/promises';
import { credentials as channelCredentials, type ServiceError } from '@grpc/grpc-js';
import { bearer, registryClient } from '#contracts';
import { POLICY, WORKLOAD } from './workload.js';

const SERVER_ID = 'bench';
const POLICY_ID = 'bench';
const AT_ONCE = 32;
const CALL_DEADLINE_MS = 30_000;

export interface DocketAccess {
  readonly gatewayToken: string;
  readonly grants: readonly string[];
}

type Unary<Request, Response> = (request: Request, metadata: ReturnType<typeof bearer>, options: { deadline: number }, done: (error: ServiceError | null, response?: Response) => void) => unknown;

/** Registers a server, publishes the policy and issues the grants, as an operator would: through the API. */
export async function setUpDocket(grpcPort: number, credentialsFile: string): Promise<DocketAccess> {
  const file = JSON.parse(await readFile(credentialsFile, 'utf8')) as { credentials: { gateway: string; admin: string } };
  const client = registryClient(`127.0.0.1:${grpcPort}`, channelCredentials.createInsecure());
  const admin = bearer(file.credentials.admin);
  const call = <Request, Response>(method: Unary<Request, Response>, request: Request): Promise<Response> =>
    new Promise((resolve, reject) => {
      method.call(client, request, admin, { deadline: Date.now() + CALL_DEADLINE_MS }, (error, response) => (error ? reject(error) : resolve(response as Response)));
    });
  try {
    await call(client.registerServer as Unary<object, object>, { serverId: SERVER_ID, name: 'Bench' });
    await call(client.publishPolicy as Unary<object, object>, { policyId: POLICY_ID, document: Buffer.from(JSON.stringify(POLICY)) });
    const grants: string[] = [];
    const issue = async (): Promise<void> => {
      while (grants.length < WORKLOAD.grants) {
        const index = grants.push('') - 1;
        const { token } = await call(client.issueGrant as Unary<object, { token: string }>, { serverId: SERVER_ID, policyId: POLICY_ID, label: `bench ${index}` });
        grants[index] = token;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, issue));
    return { gatewayToken: file.credentials.gateway, grants };
  } finally {
    client.close();
  }
}
