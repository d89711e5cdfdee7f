/** Proto packages and full service names, as they are spelled on the wire. */
export const PACKAGES = ['docket.decision.v1', 'docket.approval.v1', 'docket.registry.v1', 'docket.query.v1', 'docket.cluster.v1', 'docket.node.v1'] as const;
/** Of the token broker. */
export const TOKEN_PACKAGES = ['docket.token.v1', 'docket.cluster.v1'] as const;

export const DECISION_SERVICE = 'docket.decision.v1.DecisionService';
export const APPROVAL_SERVICE = 'docket.approval.v1.ApprovalService';
export const REGISTRY_SERVICE = 'docket.registry.v1.RegistryService';
export const QUERY_SERVICE = 'docket.query.v1.QueryService';
export const CLUSTER_SERVICE = 'docket.cluster.v1.ClusterService';
/** From node to node. */
export const NODE_SERVICE = 'docket.node.v1.NodeService';
export const TOKEN_SERVICE = 'docket.token.v1.TokenService';
export const CONNECTION_SERVICE = 'docket.token.v1.ConnectionService';

/** ErrorInfo.domain of every error that Docket makes. */
export const ERROR_DOMAIN = 'docket';

/** Trailing metadata that carries the serialised google.rpc.Status. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

/** Trailing metadata that names the owner of the partition that a call was about (decision.proto says more). */
export const OWNER_KEY = 'docket-owner';
export const PARTITION_KEY = 'docket-partition';
export const PARTITIONS_KEY = 'docket-partitions';
/** Of the owner; on a call that one node hands on to another: the newest epoch that the first has heard of. */
export const EPOCH_KEY = 'docket-epoch';
