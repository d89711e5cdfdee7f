import { createHmac } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { bearer, type decision } from '#contracts';
import { decisionMachine, type DecisionCommand, type DecisionEvent, type DecisionReply, type DecisionState, type GrantSet } from '#decision';
import { Judge, Ledger, MemoryEventLog, systemRuntime, type GrantKey, type LogRecord } from '#ledger';
import { createLogger, createMetrics } from '#platform';
import { compilePolicy, parsePolicy } from '#policy';
import { sha256 } from '#ledger';
import { Access } from '../../apps/decider/src/access.js';
import { DecisionApi, type DecisionApiOptions } from '../../apps/decider/src/decision-api.js';
import { DecisionDesk } from '../../apps/decider/src/decision-desk.js';
import { DecisionLog } from '../../apps/decider/src/decision-log.js';
import { DecisionMetrics } from '../../apps/decider/src/decision-metrics.js';
import { Patience } from '../../apps/decider/src/patience.js';
import type { WiderCalls } from '../../apps/decider/src/scopes/wider-calls.js';

export const TOPIC = 'docket.decisions';
export const PARTITIONS = 4;
export const SERVER_ID = 'server-a';
/** How often `limited` may be called in a month, which no run of the tests outlasts. */
export const LIMITED_MAX = 7;
export const POLICY = {
  version: '1', default: 'deny', hide: ['hidden'],
  tools: {
    open: {},
    limited: { limits: [{ counter: 'few', window: 'month', max: LIMITED_MAX, scope: 'grant' }] },
    never: { action: 'deny', reason: 'never' },
    hidden: {},
  },
} as const;

const SECRET = 'A'.repeat(43);
const PATIENCE_MS = 3_600_000;
export const GRANTS = ['1'.repeat(32), '2'.repeat(32), 'abcdef0123456789'.repeat(2)] as const;
export const tokenOf = (grantId: string): string => `dg_${grantId}_${SECRET}`;
export const CREDENTIAL = `dk_${'a'.repeat(16)}_${'B'.repeat(43)}`;

/** Seals nothing: what is fuzzed here is everything around it. */
const KEY: GrantKey = {
  seal: (plaintext) => Buffer.from(plaintext).toString('base64'),
  open: (sealed) => Buffer.from(sealed, 'base64'),
  hmac: (data) => createHmac('sha256', 'key').update(data).digest('hex'),
};

/** No limit here is shared between grants. */
const noWider = undefined as unknown as WiderCalls;

/** The server's own code from the decoded request to the answer, on a log in memory: everything but sockets and disks. */
export class DecisionPath {
  readonly log = new MemoryEventLog();
  readonly lines: string[] = [];
  private readonly ledger: Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>;
  readonly api: DecisionApi;

  constructor() {
    const parsed = parsePolicy(JSON.stringify(POLICY));
    if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
    const policy = compilePolicy(parsed.policy);
    const runtime = systemRuntime();
    const logger = createLogger({ level: 'info', app: 'fuzz', destination: { write: (line: string) => void this.lines.push(line) } });
    this.ledger = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({
      log: this.log, topic: TOPIC, partitions: PARTITIONS, runtime, node: { name: 'fuzz', address: '' },
      machine: decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => policy),
    });
    const patience = new Patience(runtime);
    const identity = { credential_id: 'a'.repeat(16), subject: 'gateway', organisation: 'default', roles: ['gateway' as const], server_ids: [] };
    this.api = new DecisionApi({
      desk: new DecisionDesk({ ledger: this.ledger, partitions: PARTITIONS, keys: { get: () => KEY }, runtime, patience, wider: noWider }),
      access: new Access((token) => (token === CREDENTIAL ? identity : undefined)),
      patience, runtime, logger, metrics: new DecisionMetrics(createMetrics()), log: new DecisionLog(logger, true),
      draining: new AbortController().signal,
      // WatchGrants is not called here.
      follower: undefined as unknown as DecisionApiOptions['follower'],
    });
  }

  async start(): Promise<this> {
    await this.log.prepare([{ topic: TOPIC, partitions: PARTITIONS }]);
    await this.ledger.start();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await this.ledger.submit(partition, { type: 'SetPolicyVersion', registry_offset: 1, organisation: 'default', policy_id: 'p', version: 'f'.repeat(64) });
    }
    for (const grant_id of GRANTS) {
      const grant: Omit<GrantSet, 'type'> = {
        registry_offset: 2, grant_id, organisation: 'default', server_id: SERVER_ID, secret_hash: sha256(SECRET), policy_id: 'p', mode: 'enforce', expires_at_ms: null, revoked: false,
      };
      await this.ledger.submit(this.partitionOf(grant_id), { type: 'SetGrant', ...grant });
    }
    return this;
  }

  partitionOf(grantId: string): number {
    return new DecisionDesk({ ledger: this.ledger, partitions: PARTITIONS, keys: { get: () => KEY }, runtime: systemRuntime(), patience: new Patience(systemRuntime()), wider: noWider }).partitionOf(grantId);
  }

  /** With so much patience that none is given up whose decision is in the log all the same, as after a few seconds without a turn on a busy machine. */
  decide(request: decision.DecideRequest__Output, metadata: Metadata = bearer(CREDENTIAL)): Promise<decision.DecideResponse> {
    return this.api.decide(request, metadata, { getDeadline: () => Date.now() + PATIENCE_MS });
  }

  stop(): Promise<void> {
    return this.ledger.stop();
  }

  /** All records, by partition, after the judge: the valid events with their hashes. */
  async events(): Promise<Map<string, { data: Record<string, unknown>; type: string }>> {
    const found = new Map<string, { data: Record<string, unknown>; type: string }>();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const judge = new Judge(TOPIC, partition);
      for (const record of await this.#all(partition)) {
        const judged = judge.judge(record);
        if (judged.kind !== 'event') continue;
        found.set(`${partition}/${judged.at.offset}/${judged.at.hash}`, { type: judged.encoded.type, data: judged.encoded.data as Record<string, unknown> });
      }
    }
    return found;
  }

  async #all(partition: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    const end = await this.log.endOffset({ topic: TOPIC, partition });
    while (records.length < end) records.push(...await this.log.read({ topic: TOPIC, partition }, records.length));
    return records;
  }
}
