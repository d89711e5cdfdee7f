export { DEMO_CONNECTIONS, DemoPartners, type DemoPartnerUrls } from './demo-partners.js';
export { FakePartner, MINT_PATH, ORDERS_PATH, type FakePartnerOptions } from './fake-partner.js';
export { DEFAULT_KNOBS, knobsSchema, type Knobs } from './knobs.js';
export type { LoggedRequest, RequestLog } from './request-log.js';
export { CANARY } from './tokens.js';
export { FakeIssuer, RESOURCE_PATH, REVOCATION_PATH, TOKEN_PATH, type FakeIssuerOptions, type IssuerRequestLogged } from './issuer/fake-issuer.js';
export { DEFAULT_ISSUER_KNOBS, type IssuerKnobs } from './issuer/knobs.js';
