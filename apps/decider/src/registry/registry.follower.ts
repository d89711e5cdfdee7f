import { RegistryCopy } from '#access';
import { PolicyStore } from './policy.store.js';

export { REGISTRY_TOPIC, type RegistryChange } from '#access';

/** Every decider's copy of the registry, which also holds the policy documents, compiled. */
export class RegistryFollower extends RegistryCopy {
  readonly policies = new PolicyStore((version) => this.state.documents.get(version));
}
