export type * from './model.js';
export type * from './commands.js';
export { registryMachine } from './machine.js';
export { decode as decodeRegistryEvent, encode as encodeRegistryEvent } from './codec.js';
export type { CredentialRecord, GrantRecord, PublicationRecord, RegistryState, ServerRecord } from './state.js';
export { findCredential, findGrant, findServer, inForce } from './state.js';
export { authenticate, type Identity } from './authenticate.js';
export { editOf, editsAfter, setGrant, setPolicyVersion, type Edit } from './edits.js';
export { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, type Page, type PageRequest } from './page.js';
export {
  getGrant, getPolicy, listCredentials, listGrants, listPolicies, listPolicyVersions, listServers,
  type GrantFilters, type PolicyVersionView, type PolicyView,
} from './views.js';
export { findTools, stateOf as stateOfTool, type ToolRecord, type ToolsOfServer } from './tools-state.js';
export { listTools, toolViews, type ToolView, type ToolsPage } from './tools-views.js';
