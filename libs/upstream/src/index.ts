export type { TokenAsk, UpstreamToken, UpstreamTokens } from './tokens.js';
export { upstreamFetch, type UpstreamFetchOptions } from './upstream-fetch.js';
export { upstreamClient, withUpstreamToken, type CallLimits } from './upstream-grpc.js';
export { dpopPairOf } from './dpop-pair.js';
