import type { Registry } from 'prom-client';
import type { GrantKeys, Runtime } from '#ledger';
import type { Routing } from '#platform';
import type { DecisionsLedger } from '../decision-desk.js';
import type { Patience } from '../patience.js';
import { AbandonedCalls } from './abandoned.calls.js';
import { ErrandRunner } from './errands.js';
import { NodeApi } from './node-api.js';
import { NodeSeals } from './node-commands.js';
import { ScopeMetrics } from './scope.metrics.js';
import { WiderCalls } from './wider-calls.js';

/** No grant's id, so nobody can erase it. Kept with the grants' keys, so that every node has it, wrapped by the keyring. */
const NODE_KEY = 'commands between nodes';

export interface CreateScopesOptions {
  readonly ledger: DecisionsLedger;
  readonly partitions: number;
  readonly keys: GrantKeys;
  readonly runtime: Runtime;
  readonly patience: Patience;
  readonly routing?: Routing;
  readonly metrics: Registry;
}

export interface Scopes {
  readonly calls: WiderCalls;
  readonly api: NodeApi;
  /** Before the ledgers stop. */
  readonly stop: () => Promise<void>;
}

/** Limits that many grants share, over what the composition root has made. */
export async function createScopes(options: CreateScopesOptions): Promise<Scopes> {
  const { keys, runtime, patience, metrics } = options;
  await keys.create(NODE_KEY);
  const key = await keys.get(NODE_KEY);
  if (key === undefined) throw new Error('the key of commands between nodes is missing');
  const seals = new NodeSeals((data) => key.hmac(data));
  const counts = new ScopeMetrics(metrics);
  const errands = new ErrandRunner({ ...options, seals, onStep: (type, failed) => counts.count(type, failed) });
  const abandoned = new AbandonedCalls({ errands, runtime });
  counts.watch(() => abandoned.count);
  return { calls: new WiderCalls({ errands, abandoned, patience }), api: new NodeApi({ ...options, seals }), stop: () => abandoned.stop() };
}
