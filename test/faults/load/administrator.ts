import { credentials, status } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { bearer, registryClient } from '#contracts';
import type { registry } from '#contracts';
import type { HistoryFile } from '../history-file.js';
import type { Random } from '../random.js';
import { POLICIES, policyOf, SERVER } from './policies.js';

const CALL_MS = 10_000;
const PAUSE_MS = 100;
const AGAIN: readonly number[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED, status.INTERNAL, status.UNKNOWN, status.CANCELLED];

type Done<T> = (error: ServiceError | null, value?: T) => void;
type Call<T> = (client: registry.RegistryServiceClient, metadata: Metadata, options: { readonly deadline: number }, done: Done<T>) => void;

export interface Grant { readonly id: string; readonly partition: number }

/** Makes policies and grants, and edits them under load; writes down what was acknowledged as in force everywhere, and when. */
export class Administrator {
  readonly #clients: readonly registry.RegistryServiceClient[];
  #isOver = false;

  constructor(addresses: readonly string[], private readonly credential: string, private readonly history: HistoryFile, private readonly random: Random, private readonly limits: { readonly shared: boolean }) {
    this.#clients = addresses.map((address) => registryClient(address, credentials.createInsecure(), { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 500 }));
  }

  /** A server, all policies, and so many grants under them. */
  async prepare(grants: number): Promise<Grant[]> {
    await this.#ask((client, metadata, options, done: Done<unknown>) => client.RegisterServer({ serverId: SERVER }, metadata, options, done));
    for (const policy of POLICIES) await this.publish(policy);
    return Promise.all(Array.from({ length: grants }, (_, i) => this.issue(POLICIES[i % POLICIES.length]!)));
  }

  /** Another version; acknowledged when all partitions have it, or not written down. */
  async publish(policyId: string): Promise<void> {
    const document = Buffer.from(JSON.stringify(policyOf(policyId, this.random, this.limits)));
    const answer = await this.#ask((client, metadata, options, done: Done<registry.PublishPolicyResponse__Output>) => client.PublishPolicy({ policyId, document }, metadata, options, done));
    const { inForce, version } = answer;
    if (inForce !== null && version !== null && inForce.pendingPartitions.length === 0) this.history.write({ kind: 'edited', registry_offset: Number(inForce.registryOffset), policy_id: policyId, version: version.version });
  }

  async issue(policyId: string): Promise<Grant> {
    for (;;) {
      const { grant, inForce } = await this.#ask((client, metadata, options, done: Done<registry.IssueGrantResponse__Output>) => client.IssueGrant({ serverId: SERVER, policyId }, metadata, options, done));
      if (inForce?.pendingPartitions.length === 0) return { id: grant!.grantId, partition: grant!.partition };
    }
  }

  async revoke(grantId: string): Promise<void> {
    const { inForce } = await this.#ask((client, metadata, options, done: Done<registry.RevokeGrantResponse__Output>) => client.RevokeGrant({ grantId }, metadata, options, done));
    if (inForce?.pendingPartitions.length === 0) this.history.write({ kind: 'edited', registry_offset: Number(inForce.registryOffset), revoked_grant: grantId });
  }

  /** Asks any node, and another one until somebody answers or it is over. */
  async #ask<T>(call: Call<T>): Promise<T> {
    for (;;) {
      const client = this.random.pick(this.#clients);
      const result = await new Promise<T | ServiceError>((resolve) => call(client, bearer(this.credential), { deadline: Date.now() + CALL_MS }, (error, value) => resolve(error ?? value!)));
      if (!(result instanceof Error)) return result;
      if (this.#isOver || !AGAIN.includes(result.code)) throw result;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  close(): void {
    this.#isOver = true;
    for (const client of this.#clients) client.close();
  }
}
