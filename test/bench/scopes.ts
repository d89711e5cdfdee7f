import { createHmac, randomBytes } from 'node:crypto';
import { decisionMachine, type DecisionCommand, type DecisionEvent, type DecisionReply, type DecisionState } from '#decision';
import { Ledger, PostgresEventLog, sha256, systemRuntime, type GrantKey } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import { compilePolicy, parsePolicy, type CompiledPolicy } from '#policy';
import { newCallId } from '../../apps/decider/src/call-ids.js';
import { DecisionDesk } from '../../apps/decider/src/decision-desk.js';
import { Patience } from '../../apps/decider/src/patience.js';
import { AbandonedCalls } from '../../apps/decider/src/scopes/abandoned.calls.js';
import { ErrandRunner } from '../../apps/decider/src/scopes/errands.js';
import { NodeSeals } from '../../apps/decider/src/scopes/node-commands.js';
import { WiderCalls } from '../../apps/decider/src/scopes/wider-calls.js';

/**
 * `npm run bench -- --scopes`: what a limit that many grants share costs beside one of the grant's own: the same calls through the decider's own
 * code on a PostgreSQL log with fsync, one node, no transport. Latencies of both kinds are taken in turns.
 */
const TOPIC = 'docket.decisions';
const PARTITIONS = 16;
const GRANTS = 64;
const ROUNDS = 5;
const CALLS = 400;
const DEADLINE_MS = 60_000;
const ROOM = 1_000_000_000;

const KINDS = { 'grant': ['grant'], 'server': ['server'], 'server and organisation': ['server', 'organisation'] } as const;
type Kind = keyof typeof KINDS;

const KEY: GrantKey = {
  seal: (plaintext) => Buffer.from(plaintext).toString('base64'), open: (sealed) => Buffer.from(sealed, 'base64'), hmac: (data) => createHmac('sha256', 'key').update(data).digest('hex'),
};

interface Row { readonly kind: Kind; readonly inFlight: number; readonly latenciesMs: number[]; calls: number; records: number }

export async function benchScopes(say: (line: string) => void): Promise<void> {
  const postgres = await startThrowawayPostgres();
  const log = new PostgresEventLog({ connectionString: await postgres.createDatabase() });
  const runtime = systemRuntime();
  const policies = new Map<string, CompiledPolicy>();
  const ledger = new Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>({
    log, topic: TOPIC, partitions: PARTITIONS, runtime, node: { name: 'bench', address: '' }, machine: decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, (version) => policies.get(version)),
  });
  try {
    await log.prepare([{ topic: TOPIC, partitions: PARTITIONS }]);
    await ledger.start();
    const patience = new Patience(runtime);
    const errands = new ErrandRunner({ ledger, partitions: PARTITIONS, runtime, patience, seals: new NodeSeals((data) => KEY.hmac(data)) });
    const wider = new WiderCalls({ errands, patience, abandoned: new AbandonedCalls({ errands, runtime }) });
    const desk = new DecisionDesk({ ledger, partitions: PARTITIONS, keys: { get: () => KEY }, runtime, patience, wider });
    const grants = new Map<Kind, string[]>();
    for (const kind of Object.keys(KINDS) as Kind[]) {
      const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools: { t: { limits: KINDS[kind].map((scope) => ({ counter: 'c', window: 'month', max: ROOM, scope })) } } }));
      if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
      const version = sha256(kind);
      policies.set(version, compilePolicy(parsed.policy));
      await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => ledger.submit(partition, { type: 'SetPolicyVersion', registry_offset: 1, organisation: 'default', policy_id: kind, version })));
      const ids = Array.from({ length: GRANTS }, () => randomBytes(16).toString('hex'));
      await Promise.all(ids.map((grant_id) => ledger.submit(desk.partitionOf(grant_id), {
        type: 'SetGrant', registry_offset: 2, grant_id, organisation: 'default', server_id: 'demo', secret_hash: 'a'.repeat(64), policy_id: kind, mode: 'enforce', expires_at_ms: null, revoked: false,
      })));
      grants.set(kind, ids);
    }
    const records = async (): Promise<number> => (await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => log.endOffset({ topic: TOPIC, partition })))).reduce((sum, end) => sum + end, 0);
    const identity = { credential_id: 'a'.repeat(16), subject: 'gateway', organisation: 'default', roles: ['gateway' as const], server_ids: [] };
    const decide = async (grant: string): Promise<number> => {
      const startedMs = performance.now();
      const request = {
        callId: newCallId(runtime).callId, grant, tool: 't', arguments: Buffer.from('{"user":"u-1"}'), serverId: '', sessionId: '', agent: '', principal: '', toolDefinitionHash: '', logicalCallId: '', dryRun: false, traceparent: '',
      };
      const { verdict } = await desk.decide(request, { identity, deadlineMs: runtime.monotonicMs() + DEADLINE_MS, trace: '' });
      if (verdict !== 'ALLOW') throw new Error(`the call was to be allowed: ${verdict}`);
      return performance.now() - startedMs;
    };
    const rows: Row[] = (Object.keys(KINDS) as Kind[]).flatMap((kind) => [1, 64].map((inFlight) => ({ kind, inFlight, latenciesMs: [], calls: 0, records: 0 })));
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const row of rows) {
        const before = await records();
        let left = row.inFlight === 1 ? CALLS / 4 : CALLS;
        const found: number[] = [];
        await Promise.all(Array.from({ length: row.inFlight }, async () => {
          while (left-- > 0) found.push(await decide(grants.get(row.kind)![left % GRANTS]!));
        }));
        // The first round warms up.
        if (round === 0) continue;
        row.latenciesMs.push(...found);
        row.calls += found.length;
        row.records += (await records()) - before;
      }
      say(`round ${round} of ${ROUNDS}`);
    }
    const at = (values: readonly number[], share: number): number => [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]!;
    say('| limit of scope | in flight | p50 ms | p99 ms | × grant (p50) | records a call |\n| --- | ---: | ---: | ---: | ---: | ---: |');
    for (const { kind, inFlight, latenciesMs, calls, records: written } of rows) {
      const base = at(rows.find((one) => one.kind === 'grant' && one.inFlight === inFlight)!.latenciesMs, 0.5);
      say(`| ${kind} | ${inFlight} | ${at(latenciesMs, 0.5).toFixed(2)} | ${at(latenciesMs, 0.99).toFixed(2)} | ${(at(latenciesMs, 0.5) / base).toFixed(2)} | ${(written / calls).toFixed(2)} |`);
    }
  } finally {
    await ledger.stop();
    await log.close();
    await postgres.stop();
  }
}
