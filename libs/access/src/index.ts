export { Access, type Authenticate } from './access.js';
export { parseCredentialToken } from './credential-token.js';
export { REGISTRY_TOPIC, RegistryCopy, type RegistryChange, type RegistryCopyOptions } from './registry-copy.js';
export { Waiters } from './waiters.js';
