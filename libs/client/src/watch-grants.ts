import type { ServiceError } from '@grpc/grpc-js';
import type { decision } from '#contracts';
import { aborted, asError, pause } from './ask.js';
import type { Asking } from './ask.js';
import { readChange } from './answers.js';
import { backOffMs } from './back-off.js';
import type { GrantChange } from './decision.js';
import { authorization, failureOfCall } from './failure.js';
import { isWorthAnother } from './undecided.js';

export interface WatchOptions {
  /** Only what was edited after this registry offset; 0 or nothing: first everything as it is. */
  readonly afterRegistryOffset?: number;
  readonly signal?: AbortSignal;
}

/**
 * Changes of grants and policies, for as long as they are read: on when a node goes away, another one is asked for what came after the
 * last change. Ends when the signal does; throws DocketError when the service refuses.
 */
export async function* watchGrants({ nodes, credential }: Asking, { afterRegistryOffset = 0, signal }: WatchOptions, closing: AbortSignal): AsyncGenerator<GrantChange, void, undefined> {
  const over = signal === undefined ? closing : AbortSignal.any([signal, closing]);
  let offset = afterRegistryOffset;
  for (let failures = 0; !over.aborted;) {
    const node = nodes.pick('');
    if (node === undefined) {
      await pause(Math.max(1, nodes.restMs), over);
      continue;
    }
    const stream = node.decisions.WatchGrants({ afterRegistryOffset: offset }, authorization(credential));
    const cancel = (): void => stream.cancel();
    over.addEventListener('abort', cancel, { once: true });
    try {
      for await (const message of stream as AsyncIterable<decision.WatchGrantsResponse__Output>) {
        failures = 0;
        node.rate(undefined);
        const change = readChange(message);
        offset = message.registryOffset;
        if (change !== undefined) yield change;
      }
    } catch (error) {
      if (over.aborted) break;
      const failure = failureOfCall(error as ServiceError, node.address);
      if (!isWorthAnother(failure.kind)) throw asError(failure);
      node.rate(failure);
    } finally {
      over.removeEventListener('abort', cancel);
      stream.on('error', () => undefined);
      stream.cancel();
    }
    failures += 1;
    await pause(failures > 1 ? backOffMs(failures) : 0, over);
  }
  if (closing.aborted && signal?.aborted !== true) throw aborted();
}
