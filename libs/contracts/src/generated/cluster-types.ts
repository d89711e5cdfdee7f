// The generated types of docket.cluster.v1 in one place.
export type { ClusterServiceClient, ClusterServiceHandlers } from './docket/cluster/v1/ClusterService.js';
export type { GetClusterRequest, GetClusterRequest__Output } from './docket/cluster/v1/GetClusterRequest.js';
export type { GetClusterResponse, GetClusterResponse__Output } from './docket/cluster/v1/GetClusterResponse.js';
export type { GetNodeRequest, GetNodeRequest__Output } from './docket/cluster/v1/GetNodeRequest.js';
export type { GetNodeResponse, GetNodeResponse__Output } from './docket/cluster/v1/GetNodeResponse.js';
export type { LastClaim, LastClaim__Output } from './docket/cluster/v1/LastClaim.js';
export type { Node, Node__Output } from './docket/cluster/v1/Node.js';
export type { Partition, Partition__Output } from './docket/cluster/v1/Partition.js';
export type { PartitionState, PartitionState__Output } from './docket/cluster/v1/PartitionState.js';
export type { PartitionView, PartitionView__Output } from './docket/cluster/v1/PartitionView.js';
export type { TakeOverRequest, TakeOverRequest__Output } from './docket/cluster/v1/TakeOverRequest.js';
export type { TakeOverResponse, TakeOverResponse__Output } from './docket/cluster/v1/TakeOverResponse.js';
