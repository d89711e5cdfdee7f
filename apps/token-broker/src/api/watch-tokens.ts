import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ConnectionRecord } from '#access-token';
import { durationOf, type token } from '#contracts';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import type { Identity } from '#registry';
import type { TokenChanges } from '../node/token-changes.js';
import type { TokenNode } from '../node/token-node.js';
import { endedUpTo } from '../replica/token-replica.js';
import { mayHave } from './caller.js';
import { invalid } from './token.mapping.js';

export type WatchCall = Pick<ServerWritableStream<token.WatchTokensRequest__Output, token.WatchTokensResponse>, 'metadata' | 'once'>;

export interface WatchOptions {
  readonly node: TokenNode;
  readonly changes: TokenChanges;
  readonly runtime: Runtime;
  readonly draining: AbortSignal;
}

const BEAT_MS = 1_000;
/** Connections that may wait for a slow reader, each once. */
const NAMES_MAX = 10_000;

/**
 * The connections that the caller may see, then `in_sync`, then each again after every event about it, and a sign of life
 * once a second. What waits for a slow reader is told as it is by then, so that nobody is told an outdated thing and no
 * more waits than there are connections. `authorise` throws when the credential is not good any more.
 */
export async function* watchTokens(
  { node, changes, runtime, draining }: WatchOptions, identity: Identity, request: token.WatchTokensRequest__Output, authorise: () => unknown, signal: AbortSignal,
): AsyncGenerator<token.WatchTokensResponse, void, undefined> {
  if (request.connectionIds.length > NAMES_MAX) throw invalid('connection_ids', `expected at most ${NAMES_MAX}`);
  const only = request.connectionIds.length === 0 ? undefined : new Set(request.connectionIds);
  // A gateway's servers narrow what it sees; other roles see their tenant.
  const isNarrow = identity.roles.includes('gateway') && !identity.roles.some((role) => role === 'admin' || role === 'auditor');
  const sees = (connection: ConnectionRecord): boolean => connection.tenant === identity.organisation
    && (only?.has(connection.connection_id) ?? true) && (!isNarrow || mayHave(identity, connection.settings));
  const changed = new Map<string, ConnectionRecord>();
  let wake = (): void => {};
  const end = changes.listen((connection) => {
    if (!sees(connection)) return;
    changed.set(connection.connection_id, connection);
    wake();
  });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    for (const connection of node.list(identity.organisation).filter(sees)) yield* messagesOf(connection);
    yield { inSync: true, heardAgo: heardAgo() };
    let beatAtMs = runtime.monotonicMs() + BEAT_MS;
    while (!signal.aborted) {
      if (changed.size === 0) await pause(beatAtMs - runtime.monotonicMs());
      if (signal.aborted) break;
      const batch = [...changed.values()];
      changed.clear();
      for (const connection of batch) yield* messagesOf(connection);
      if (runtime.monotonicMs() < beatAtMs) continue;
      beatAtMs = runtime.monotonicMs() + BEAT_MS;
      authorise();
      yield { heardAgo: heardAgo() };
    }
  } finally {
    end();
    signal.removeEventListener('abort', stop);
  }
  if (draining.aborted) throw new DocketError('unavailable', { reason: 'STOPPING', message: 'this node is stopping: watch another one', retryAfterMs: 100 });

  function heardAgo() {
    return durationOf(Math.min(Math.max(0, runtime.monotonicMs() - node.allHeardMs), 86_400_000));
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = runtime.after(Math.max(0, ms), resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** One for each slot. A connection without any has one message all the same: its state counts. */
function* messagesOf(connection: ConnectionRecord): Generator<token.WatchTokensResponse> {
  const { connection_id: connectionId, binding, status, secret_version: secretVersion } = connection;
  const state = ({ active: 'ACTIVE', suspended: 'SUSPENDED', removed: 'REMOVED' } as const)[status];
  const slots = connection.slots.size === 0 ? [''] : connection.slots.keys();
  for (const slot of slots) {
    yield {
      connectionId, slot, state, secretVersion, generation: connection.slots.get(slot)?.token?.generation ?? 0, endedGeneration: endedUpTo(connection, binding, slot),
    };
  }
}
