// The generated types of docket.node.v1 in one place.
export type { ApplyRequest, ApplyRequest__Output } from './docket/node/v1/ApplyRequest.js';
export type { ApplyResponse, ApplyResponse__Output } from './docket/node/v1/ApplyResponse.js';
export type { NodeServiceClient, NodeServiceHandlers } from './docket/node/v1/NodeService.js';
