import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { bearer, queryClient } from '#contracts';
import type { decision, query } from '#contracts';
import { decisionMachine } from '#decision';
import { GrantKeys, openKeyring, openPool, PostgresEventLog, systemRuntime } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { createLogger } from '#platform';
import { ALL_PROJECTIONS, DECISION_PROJECTIONS, Generations, ReadModels, REGISTRY_PROJECTIONS, TopicFollower } from '#read-models';
import { decodeRegistryEvent } from '#registry';
import type pg from 'pg';
import { Access } from '../access.js';
import { callId, DeciderFixture, PATIENT_MS } from '../decider.fixture.js';
import { Patience } from '../patience.js';
import { createQuery } from './create-query.js';
import type { QueryApi } from './query-api.js';

export const PARTITIONS = 4;

/** Allowed, limited, denied by a rule, waiting for a human, and observed. */
export const POLICY = {
  version: '1', default: 'deny',
  tools: {
    read: { limits: [{ counter: 'reads', window: 'hour', max: 1_000, scope: 'grant' }] },
    often: { limits: [{ counter: 'often', window: 'month', max: 2, scope: 'session', refund: ['not_sent'] }] },
    never: { action: 'deny', reason: 'Never.' },
    ask: { approve_if: [{ conditions: [], message: 'Ask first.', timeout: '30m' }] },
  },
};

type Methods = Omit<QueryApi, 'listProjections'>;
interface AskedApi {
  ask<M extends keyof Methods>(method: M, request: Partial<Parameters<Methods[M]>[0]>): ReturnType<Methods[M]>;
  close(): Promise<void>;
}

type Done<T> = (error: ServiceError | null, value?: T) => void;

/** A decider with the projections beside it, on a PostgreSQL of its own. */
export class QueryFixture {
  #following: { readonly stop: () => Promise<void> } | undefined;

  private constructor(
    readonly postgres: ThrowawayPostgres, readonly url: string, readonly decider: DeciderFixture, readonly client: query.QueryServiceClient, readonly readModels: ReadModels,
    readonly log: PostgresEventLog, readonly pool: pg.Pool,
  ) {}

  static async start(): Promise<QueryFixture> {
    const postgres = await startThrowawayPostgres();
    const url = await postgres.createDatabase();
    const decider = await new DeciderFixture(url).start({ DECISIONS_PARTITIONS: String(PARTITIONS), LOG_DECISIONS: 'false' });
    return new QueryFixture(postgres, url, decider, queryClient(decider.address, credentials.createInsecure()), await ReadModels.open(url, { migrate: false }), new PostgresEventLog({ connectionString: url, pollMs: 20 }), openPool({ connectionString: url }));
  }

  /** Projects until `rest`. */
  async project(): Promise<void> {
    const migrated = await ReadModels.open(this.url, { connectionsMax: 1 });
    await new Generations(migrated).ensure(ALL_PROJECTIONS);
    await migrated.close();
    const stopping = new AbortController();
    const shared = { readModels: this.readModels, log: this.log, signal: stopping.signal, onTrouble: () => undefined, onStopped: () => undefined, onSwitched: () => undefined };
    const { decode } = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);
    const running = Promise.all([
      new TopicFollower({ ...shared, topic: 'docket.registry', partitions: 1, decode: decodeRegistryEvent, projections: REGISTRY_PROJECTIONS }).run(),
      new TopicFollower({ ...shared, topic: 'docket.decisions', partitions: PARTITIONS, decode, projections: DECISION_PROJECTIONS }).run(),
    ]);
    this.#following = { stop: async () => { stopping.abort(); await running; } };
  }

  async rest(): Promise<void> {
    await this.#following?.stop();
    this.#following = undefined;
  }

  /** One call of the query API as an auditor, or with another credential. */
  ask<Q, A>(method: keyof query.QueryServiceClient, request: Q, options: { readonly metadata?: Metadata; readonly deadlineMs?: number } = {}): Promise<A> {
    return new Promise((resolve, reject) => {
      const call = this.client[method] as unknown as (request: Q, metadata: Metadata, options: object, done: Done<A>) => void;
      call.call(this.client, request, options.metadata ?? bearer(this.decider.token('auditor')), { deadline: Date.now() + (options.deadlineMs ?? PATIENT_MS) }, (error, value) => (error ? reject(error) : resolve(value!)));
    });
  }

  decisions(request: query.ListDecisionsRequest = {}, options: { readonly metadata?: Metadata; readonly deadlineMs?: number } = {}): Promise<query.ListDecisionsResponse__Output> {
    return this.ask('ListDecisions', request, options);
  }

  /** All pages, joined. */
  async everyDecision(request: query.ListDecisionsRequest, between: () => Promise<unknown> = async () => undefined): Promise<query.Decision__Output[]> {
    const all: query.Decision__Output[] = [];
    for (let pageToken = ''; ;) {
      const page = await this.decisions({ ...request, pageToken });
      all.push(...page.decisions);
      if (page.nextPageToken === '') return all;
      pageToken = page.nextPageToken;
      await between();
    }
  }

  decide(grant: { readonly id: string }, tool: string, more: decision.DecideRequest = {}): Promise<decision.DecideResponse__Output> {
    return this.decider.decide({ callId: callId(), grant: grant.id, tool, arguments: Buffer.from('{"secret":"hush"}'), ...more });
  }

  /** The API without its server, for a credential of any organisation. Requests need not have all their fields. */
  async api({ organisation, statementMsMax }: { readonly organisation: string; readonly statementMsMax?: number }): Promise<AskedApi> {
    const runtime = systemRuntime();
    const keys = new GrantKeys({ pool: this.pool, keyring: await openKeyring({ file: join(this.decider.folder, 'keyring.json'), create: false }) });
    const status = () => [];
    const { api, close } = await createQuery({
      connectionString: this.url, log: this.log, keys, runtime, patience: new Patience(runtime), logger: createLogger({ level: 'silent', app: 'spec' }), errors: { failed: () => undefined },
      topics: [{ topic: 'docket.decisions', partitions: PARTITIONS, status }, { topic: 'docket.registry', partitions: 1, status }], draining: new AbortController().signal,
      access: new Access(() => ({ credential_id: '0'.repeat(16), subject: 'somebody', organisation, roles: ['auditor'], server_ids: [] })), ...(statementMsMax !== undefined && { statementMsMax }),
    });
    const empty = {
      pageSize: 0, pageToken: '', atLeast: null, order: 'ORDER_UNSPECIFIED', grantId: '', serverId: '', tool: '', verdicts: [], wouldBe: [], rule: '', policyId: '', policyVersion: '', sessionId: '', agent: '',
      principal: '', outcome: 'OUTCOME_UNSPECIFIED', from: null, to: null, counter: '', scope: '', scopeKey: '', currentOnly: false, groupBy: [], granularity: 'GRANULARITY_UNSPECIFIED', callId: '', inForceOnly: false,
    };
    const call = { getDeadline: () => Number.POSITIVE_INFINITY, once: () => undefined };
    const ask: AskedApi['ask'] = (method, request) => {
      const whole = { ...empty, state: { listGrants: 'GRANT_STATE_UNSPECIFIED', listApprovals: 'STATE_UNSPECIFIED' }[method as string], ...request };
      return api[method](whole as never, bearer(`dk_${'0'.repeat(16)}_${'A'.repeat(43)}`), call as never) as never;
    };
    return { ask, close };
  }

  async remove(): Promise<void> {
    await this.rest();
    this.client.close();
    await this.readModels.close();
    await this.log.close();
    await this.pool.end();
    await this.decider.remove();
    await this.postgres.stop();
  }
}
