import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { decision } from '#contracts';
import type { DocketError } from '#errors';
import type { LedgerObserver, PartitionStatus } from '#ledger';
import { isObserved } from './decision-log.js';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What an operator watches of a decider. Labels are few-valued: no grants, tools or tokens. */
export class DecisionMetrics {
  readonly #decisions: Counter<'verdict' | 'replayed'>;
  readonly #wouldBe: Counter<'verdict'>;
  readonly #latency: Histogram;
  readonly #errors: Counter<'method' | 'kind'>;
  readonly #registry: Registry;
  /** Since the metrics were read last. */
  #refused = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#decisions = new Counter({ name: 'docket_decisions_total', help: 'Verdicts given', labelNames: ['verdict', 'replayed'], registers });
    this.#wouldBe = new Counter({ name: 'docket_would_be_total', help: 'What observed policies would have said', labelNames: ['verdict'], registers });
    this.#latency = new Histogram({ name: 'docket_decide_seconds', help: 'From a decide request in memory to its answer', buckets: SECONDS, registers });
    const takeRefused = (): number => {
      const refused = this.#refused;
      this.#refused = 0;
      return refused;
    };
    this.#errors = new Counter({
      name: 'docket_errors_total', help: 'Calls that ended with an error', labelNames: ['method', 'kind'], registers,
      collect() {
        const refused = takeRefused();
        if (refused > 0) this.inc({ method: 'Decide', kind: 'resource_exhausted' }, refused);
      },
    });
  }

  decided(response: decision.DecideResponse, latencyMs: number): void {
    this.#decisions.inc({ verdict: String(response.verdict), replayed: response.replayed ? 'true' : 'false' });
    if (isObserved(response)) this.#wouldBe.inc({ verdict: String(response.wouldBe) });
    this.#latency.observe(latencyMs / 1000);
  }

  failed(method: string, error: DocketError): void {
    this.#errors.inc({ method, kind: error.kind });
  }

  /** A Decide call that was refused for overload: as `failed`, but next to nothing for each. */
  refused(): void {
    this.#refused += 1;
  }

  /** An observer for the ledger that counts. */
  observer(): LedgerObserver {
    const registers = [this.#registry];
    const append = new Histogram({ name: 'docket_append_seconds', help: 'One append request to the log', buckets: SECONDS, registers });
    const records = new Histogram({ name: 'docket_append_records', help: 'Records in one append request', buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096], registers });
    const unknown = new Counter({ name: 'docket_append_unknown_total', help: 'Partitions whose append ended unknown', registers });
    const claims = new Counter({ name: 'docket_claims_total', help: 'Claims of a partition', labelNames: ['topic', 'outcome'], registers });
    const voids = new Counter({ name: 'docket_void_records_total', help: 'Records read that count nowhere', labelNames: ['topic'], registers });
    const refolds = new Counter({ name: 'docket_refolds_total', help: 'States computed again from the log', labelNames: ['topic'], registers });
    const snapshots = new Counter({ name: 'docket_snapshots_total', help: 'Snapshots written', labelNames: ['topic'], registers });
    return {
      onRequest: (request) => {
        append.observe(request.latencyMs / 1000);
        records.observe(request.records);
        if (request.unknown > 0) unknown.inc(request.unknown);
      },
      onClaim: ({ topic, outcome }) => claims.inc({ topic, outcome }),
      onVoid: ({ topic }) => voids.inc({ topic }),
      onRefold: ({ topic }) => refolds.inc({ topic }),
      onSnapshot: ({ topic }) => snapshots.inc({ topic }),
    };
  }

  /** Gauges of every partition of these ledgers, read when somebody asks. */
  watch(ledgers: readonly { readonly topic: string; readonly status: () => readonly PartitionStatus[] }[]): void {
    const registers = [this.#registry];
    const gauge = (name: string, help: string, read: (partition: PartitionStatus) => number): void => {
      new Gauge({
        name, help, labelNames: ['topic', 'partition'], registers,
        collect() {
          for (const { topic, status } of ledgers) {
            for (const found of status()) this.set({ topic, partition: String(found.partition) }, read(found));
          }
        },
      });
    };
    gauge('docket_partition_owned', 'Whether this node owns the partition', ({ role }) => (role === 'owner' ? 1 : 0));
    gauge('docket_partition_stopped', 'Whether this node has given the partition up for good', ({ role }) => (role === 'stopped' ? 1 : 0));
    gauge('docket_partition_next_offset', 'Next offset of the partition', ({ nextOffset }) => nextOffset);
    gauge('docket_partition_epoch', 'Epoch of the partition', ({ epoch }) => epoch);
    gauge('docket_pending_commands', 'Commands waiting for their reply', ({ pending }) => pending);
  }
}
