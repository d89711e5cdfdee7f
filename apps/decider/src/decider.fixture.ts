import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { approvalClient, bearer, decisionClient, decodeStatus, registryClient, STATUS_DETAILS_KEY } from '#contracts';
import type { approval, decision, registry, StatusDetails } from '#contracts';
import { createLogger, createMetrics } from '#platform';
import { deciderConfig } from './config.js';
import { createApp } from './create-app.js';
import type { DeciderApp, DeciderOverrides } from './create-app.js';

/** Long enough for any machine, and shorter than a test may take: who waits in vain is told what for. */
export const PATIENT_MS = 100_000;

/** At most 60 refreshes a minute, nothing else. */
export const SIXTY_A_MINUTE = {
  version: '1',
  default: 'deny',
  tools: { refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] } },
};

/** A decider in this process, with clients of it, for specs. Its log is `lines`. */
export class DeciderFixture {
  readonly lines: string[] = [];
  readonly folder: string;
  readonly #databaseUrl: string;
  readonly #overrides: DeciderOverrides;
  #app: DeciderApp | undefined;
  #decisions: decision.DecisionServiceClient | undefined;
  #registry: registry.RegistryServiceClient | undefined;
  #approvals: approval.ApprovalServiceClient | undefined;

  constructor(databaseUrl: string, overrides: DeciderOverrides = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'docket-decider-'));
    this.#databaseUrl = databaseUrl;
    this.#overrides = overrides;
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<this> {
    const logger = createLogger({ level: 'info', app: 'decider', destination: { write: (line: string) => void this.lines.push(line) } });
    const config = deciderConfig({
      DATABASE_URL: this.#databaseUrl, GRPC_LISTEN: '127.0.0.1:0', HTTP_LISTEN: '127.0.0.1:0', DATA_DIR: this.folder, KEYRING_CREATE: 'true', NODE_NAME: 'spec', ...environment,
    });
    this.#app = await createApp(config, { logger, metrics: createMetrics(), ...this.#overrides });
    this.#decisions = decisionClient(this.address, credentials.createInsecure());
    this.#registry = registryClient(this.address, credentials.createInsecure());
    this.#approvals = approvalClient(this.address, credentials.createInsecure());
    return this;
  }

  async stop(): Promise<boolean> {
    this.#decisions?.close();
    this.#registry?.close();
    this.#approvals?.close();
    return (await this.#app?.stop()) ?? true;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get app(): DeciderApp {
    if (this.#app === undefined) throw new Error('the decider was not started');
    return this.#app;
  }

  get address(): string {
    return `127.0.0.1:${this.app.grpcAddress.port}`;
  }

  get client(): decision.DecisionServiceClient {
    return this.#decisions!;
  }

  get approvals(): approval.ApprovalServiceClient {
    return this.#approvals!;
  }

  token(role: 'gateway' | 'admin' | 'approver' | 'auditor'): string {
    const file = JSON.parse(readFileSync(join(this.folder, 'credentials.json'), 'utf8')) as { credentials: Record<string, string> };
    return file.credentials[role]!;
  }

  /** A policy and a grant under it; resolves to the grant's id and token. */
  async grant(document: object = SIXTY_A_MINUTE, serverId = 'server-a'): Promise<{ id: string; token: string }> {
    const policyId = `policy-${randomBytes(4).toString('hex')}`;
    await this.admin<object>((client, metadata, done) => client.RegisterServer({ serverId }, metadata, done));
    await this.admin<object>((client, metadata, done) => client.PublishPolicy({ policyId, document: Buffer.from(JSON.stringify(document)) }, metadata, done));
    const issued = await this.admin<registry.IssueGrantResponse__Output>((client, metadata, done) => client.IssueGrant({ serverId, policyId }, metadata, done));
    return { id: issued.grant!.grantId, token: issued.token };
  }

  /** A credential of the administrator's organisation. */
  async credential(subject: string, roles: readonly ('GATEWAY' | 'ADMIN' | 'APPROVER' | 'AUDITOR')[], serverIds: readonly string[] = []): Promise<string> {
    const issued = await this.admin<registry.IssueCredentialResponse__Output>((client, metadata, done) =>
      client.IssueCredential({ subject, roles: [...roles], serverIds: [...serverIds] }, metadata, done as never));
    return issued.token;
  }

  admin<T>(call: (client: registry.RegistryServiceClient, metadata: Metadata, done: (error: ServiceError | null, value?: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      call(this.#registry!, bearer(this.token('admin')), (error, value) => (error ? reject(error) : resolve(value as T)));
    });
  }

  decide(request: decision.DecideRequest, options: { readonly metadata?: Metadata; readonly deadlineMs?: number } = {}): Promise<decision.DecideResponse__Output> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + (options.deadlineMs ?? PATIENT_MS);
      this.client.Decide(request, options.metadata ?? bearer(this.token('gateway')), { deadline }, (error, value) => (error ? reject(error) : resolve(value!)));
    });
  }
}

/** The rich details of a failed call. */
export async function failureOf(call: Promise<unknown>): Promise<StatusDetails> {
  const error = await call.then(() => { throw new Error('the call did not fail'); }, (found: ServiceError) => found);
  const details = error.metadata?.get(STATUS_DETAILS_KEY)[0];
  if (details === undefined) throw error;
  return decodeStatus(details as Buffer);
}

/**
 * What the service says of a call that it cannot answer in time. Where the caller's own library has given up first, as it may on
 * a machine that is short of breath, the call is made again with twice the time; past PATIENT_MS that is the failure.
 */
export async function failureInTime(call: (deadlineMs: number) => Promise<unknown>, firstMs: number): Promise<StatusDetails> {
  for (let deadlineMs = firstMs; ; deadlineMs *= 2) {
    const details = await failureOf(call(deadlineMs)).catch((error: ServiceError) => {
      if (error.code !== status.DEADLINE_EXCEEDED || deadlineMs > PATIENT_MS) throw error;
      return undefined;
    });
    if (details !== undefined) return details;
  }
}

/** A UUID version 7 of `timeMs`. */
export function callId(timeMs = Date.now()): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const random = randomBytes(9).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
