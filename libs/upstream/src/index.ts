export type { TokenAsk, UpstreamToken, UpstreamTokens } from './tokens.js';
export { upstreamFetch, type UpstreamFetchOptions } from './upstream-fetch.js';
export { upstreamClient, withUpstreamToken, type CallLimits } from './upstream-grpc.js';
export { dpopPairOf } from './dpop-pair.js';
export { isLoopbackAddress, isPublicAddress, urlProblem } from './address-guard.js';
export { scrub } from './scrub.js';
export { spellingsOf } from './spellings.js';
