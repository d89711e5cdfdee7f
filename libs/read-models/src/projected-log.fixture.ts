import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { decisionMachine } from '#decision';
import type { ApprovalDecision, DecisionCommand, DecisionEvent, DecisionReply, DecisionState, Outcome } from '#decision';
import { Ledger, openPool, PostgresEventLog, systemRuntime } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { compilePolicy, parseExactNumber, parsePolicy } from '#policy';
import type { ExactObject } from '#policy';
import { registryMachine } from '#registry';
import { ReadModels } from './read-models.js';
import { TopicFollower, type TopicFollowerOptions } from './topic-follower.js';
import { DECISION_PROJECTIONS } from './catalogue.js';
import type { Unreadable } from './feed.js';
import { Generations } from './generations.js';
import { verifyLimitWindows, type VerifiedPartition } from './verify-limit-windows.js';

export const TOPIC = 'docket.decisions';
export const PARTITIONS = 2;
export const SETTINGS = { callIdMemoryMs: 600_000, callIdAheadMs: 60_000 };
export const GRANTS = ['a'.repeat(32), 'b'.repeat(32)] as const;
const caller = { subject: 'gateway', organisation: 'default', server_ids: [] };
const { decode, decodePlain } = decisionMachine(SETTINGS, () => undefined);

const POLICY = JSON.stringify({
  version: '1', default: 'deny',
  all_tools: { limits: [{ counter: 'calls', window: 'hour', max: 100_000, scope: 'grant' }] },
  tools: {
    plain: {},
    often: { limits: [{ counter: 'often', window: 'second', max: 3, scope: 'session', refund: ['not_sent', 'failed'] }] },
    pay: { limits: [{ counter: 'spend', window: 'minute', max: 1_000_000, increment_from: 'args.amount', scope: 'agent' }] },
    slide: { limits: [{ counter: 'slide', window: { seconds: 2 }, sliding: true, max: 5, scope: 'grant' }] },
    ask: { approve_if: [{ conditions: [], message: 'Ask first.', timeout: '30m' }] },
  },
});

/** A decisions log that a real owner writes, on a PostgreSQL of its own, and followers of it. */
export class ProjectedLog {
  readonly stopped: (Unreadable & { readonly projection: string })[] = [];
  readonly troubles: unknown[] = [];
  readonly #running = new Set<{ readonly follower: TopicFollower<DecisionEvent>; readonly stop: () => Promise<void> }>();

  private constructor(
    readonly postgres: ThrowawayPostgres, readonly url: string, readonly log: PostgresEventLog, readonly pool: pg.Pool, readonly readModels: ReadModels,
    readonly ledger: Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>,
  ) {}

  static async create(): Promise<ProjectedLog> {
    const postgres = await startThrowawayPostgres();
    const url = await postgres.createDatabase();
    const log = new PostgresEventLog({ connectionString: url });
    await log.prepare([{ topic: TOPIC, partitions: PARTITIONS }]);
    const parsed = parsePolicy(POLICY);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const compiled = compilePolicy(parsed.policy);
    const ledger = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({
      log, topic: TOPIC, partitions: PARTITIONS, machine: decisionMachine(SETTINGS, () => compiled), runtime: systemRuntime(), node: { name: 'spec', address: '' },
    });
    await ledger.start();
    for (const [partition, grant_id] of GRANTS.entries()) {
      await ledger.submit(partition, { type: 'SetPolicyVersion', registry_offset: 1, organisation: 'default', policy_id: 'p', version: 'f'.repeat(64) });
      await ledger.submit(partition, {
        type: 'SetGrant', registry_offset: 2, grant_id, organisation: 'default', server_id: 'server-a', secret_hash: '', policy_id: 'p', mode: 'enforce', expires_at_ms: null, revoked: false,
      });
    }
    return new ProjectedLog(postgres, url, log, openPool({ connectionString: url }), await ReadModels.open(url), ledger);
  }

  async decide(partition: number, tool: string, more: { session?: string; agent?: string; amount?: string } = {}): Promise<{ call_id: string; verdict: string; approval_id: string | undefined }> {
    const call_id_time_ms = Date.now();
    const time = call_id_time_ms.toString(16).padStart(12, '0');
    const call_id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${randomBytes(6).toString('hex')}`;
    const grant_id = GRANTS[partition]!;
    const args: ExactObject = new Map(more.amount === undefined ? [] : [['amount', parseExactNumber(more.amount)!]]);
    const reply = await this.ledger.submit(partition, {
      type: 'Decide', caller, grant: { grant_id, secret_hash: null }, call_id, call_id_time_ms, content: 'c'.repeat(64), tool, server_id: '', session_id: more.session ?? 's-1',
      agent: more.agent ?? 'agent-1', principal: '', tool_definition_hash: '', logical_call_id: '', dry_run: false, arguments: { keys: [], hmac: '0'.repeat(64), sealed: 'AAAA' },
      args, approval_id: `apr_${grant_id}_${randomBytes(12).toString('hex')}`, arguments_invalid: false, trace: '',
    });
    if (reply.type !== 'Decided') throw new Error(reply.type);
    return { call_id, verdict: reply.event.verdict, approval_id: reply.event.approval?.id };
  }

  async settle(partition: number, call_id: string, outcome: Outcome): Promise<void> {
    await this.ledger.submit(partition, { type: 'Settle', caller, grant: { grant_id: GRANTS[partition]!, secret_hash: null }, call_id, call_id_time_ms: Number.parseInt(call_id.slice(0, 8) + call_id.slice(9, 13), 16), outcome });
  }

  async resolve(approval_id: string, decision: ApprovalDecision): Promise<void> {
    await this.ledger.submit(GRANTS.findIndex((id) => approval_id.includes(id)), { type: 'ResolveApproval', caller: { ...caller, subject: 'approver' }, approval_id, grant_id: approval_id.slice(4, 36), decision, comment: 'seen' });
  }

  /** The registry's log, with its first event and one server. */
  async createRegistry(): Promise<void> {
    await this.log.prepare([{ topic: 'docket.registry', partitions: 1 }]);
    const registry = new Ledger({ log: this.log, topic: 'docket.registry', partitions: 1, machine: registryMachine(), runtime: systemRuntime(), node: { name: 'spec', address: '' } });
    await registry.start();
    await registry.submit(0, { type: 'CreateRegistry', organisation: 'default', decisions_partitions: PARTITIONS, tokens_partitions: 1, call_id_memory_ms: SETTINGS.callIdMemoryMs, call_id_ahead_ms: SETTINGS.callIdAheadMs });
    await registry.submit(0, { type: 'RegisterServer', organisation: 'default', actor: 'admin', server_id: 'server-a', name: 'Server A' });
    await registry.stop();
  }

  /** Starts following; several are as several processes. */
  async follow(options: Partial<TopicFollowerOptions<DecisionEvent>> = {}): Promise<{ readonly follower: TopicFollower<DecisionEvent>; readonly stop: () => Promise<void> }> {
    const projections = options.projections ?? DECISION_PROJECTIONS;
    await new Generations(this.readModels).ensure(projections);
    const stopping = new AbortController();
    const follower = new TopicFollower<DecisionEvent>({
      readModels: this.readModels, log: this.log, topic: TOPIC, partitions: PARTITIONS, decode, decodePlain, projections, signal: stopping.signal,
      onTrouble: (error) => this.troubles.push(error), onSwitched: () => undefined, onStopped: ({ projection }, at) => this.stopped.push({ ...at, projection }), ...options,
    });
    const running = follower.run();
    const started = {
      follower,
      stop: async () => {
        stopping.abort();
        this.#running.delete(started);
        await running;
      },
    };
    this.#running.add(started);
    return started;
  }

  ends(): Promise<number[]> {
    return Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => this.log.endOffset({ topic: TOPIC, partition })));
  }

  /** Waits until every live table, of these projections or all, has all there is in the log. */
  async caughtUp(...names: string[]): Promise<void> {
    const ends = await this.ends();
    const total = ends.reduce((sum, end) => sum + end, 0);
    await this.until(async () => {
      const rows = await this.rows<{ records_read: string }>(
        `SELECT records_read FROM docket.projections WHERE state = 'live' AND stopped_offset IS NULL AND topic = '${TOPIC}'${names.length === 0 ? '' : ` AND projection IN ('${names.join(`','`)}')`}`);
      return rows.length > 0 && rows.every(({ records_read }) => Number(records_read) >= total);
    });
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const endMs = Date.now() + 150_000;
    while (!(await condition())) {
      if (Date.now() > endMs) throw new Error(`it did not come to be; troubles: ${this.troubles.map(String).join('; ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async rows<R extends pg.QueryResultRow = Record<string, unknown>>(sql: string): Promise<R[]> {
    return (await this.pool.query<R>(sql)).rows;
  }

  async verify(): Promise<VerifiedPartition[]> {
    const generation = (await new Generations(this.readModels).list()).find(({ projection, state }) => projection === 'limit_windows' && state === 'live')!;
    return Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => verifyLimitWindows({ readModels: this.readModels, log: this.log, generation, partition, settings: SETTINGS })));
  }

  /** Whatever a test has left running. */
  async stopFollowing(): Promise<void> {
    for (const { stop } of [...this.#running]) await stop().catch((error: unknown) => this.troubles.push(error));
  }

  async remove(): Promise<void> {
    await this.stopFollowing();
    await this.ledger.stop();
    await this.readModels.close();
    await this.log.close();
    await this.pool.end();
    await this.postgres.stop();
  }
}
