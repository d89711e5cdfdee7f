import type { RegistryCopy } from '#access';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import type { RegistryCreated } from '#registry';

/** A decider makes the registry at its first start; both may be starting. */
const WAIT_MS = 60_000;

/** What was fixed when the registry was created. Waits for it; rejects with failed_precondition / REGISTRY_MISSING if nobody makes it. */
export async function registryCreated(registry: RegistryCopy, runtime: Runtime): Promise<RegistryCreated> {
  const untilMs = runtime.monotonicMs() + WAIT_MS;
  while (registry.state.created === null) {
    if (!(await registry.passed(registry.through + 1, untilMs))) {
      throw new DocketError('failed_precondition', { reason: 'REGISTRY_MISSING', message: 'the log holds no registry: start a decider on it, which makes one' });
    }
  }
  return registry.state.created.event;
}
