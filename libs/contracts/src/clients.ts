import * as grpc from '@grpc/grpc-js';
import type { ProtoGrpcType as ApprovalPackage } from './generated/approval.js';
import type { ProtoGrpcType as ClusterPackage } from './generated/cluster.js';
import type { ProtoGrpcType as DecisionPackage } from './generated/decision.js';
import type { ProtoGrpcType as QueryPackage } from './generated/query.js';
import type { ProtoGrpcType as RegistryPackage } from './generated/registry.js';
import type { ProtoGrpcType as ConnectionPackage } from './generated/connection.js';
import type { ProtoGrpcType as TokenPackage } from './generated/token.js';
import type { ApprovalServiceClient } from './generated/docket/approval/v1/ApprovalService.js';
import type { ClusterServiceClient } from './generated/docket/cluster/v1/ClusterService.js';
import type { DecisionServiceClient } from './generated/docket/decision/v1/DecisionService.js';
import type { QueryServiceClient } from './generated/docket/query/v1/QueryService.js';
import type { RegistryServiceClient } from './generated/docket/registry/v1/RegistryService.js';
import type { ConnectionServiceClient } from './generated/docket/token/v1/ConnectionService.js';
import type { TokenServiceClient } from './generated/docket/token/v1/TokenService.js';
import { packageDefinition } from './loader.js';

const loaded = grpc.loadPackageDefinition(packageDefinition) as unknown as ApprovalPackage & ClusterPackage & DecisionPackage & QueryPackage & RegistryPackage & ConnectionPackage & TokenPackage;

/** A grpc-js client of docket.decision.v1.DecisionService; the caller closes it. */
export function decisionClient(
  address: string, credentials: grpc.ChannelCredentials, options?: grpc.ClientOptions,
): DecisionServiceClient {
  return new loaded.docket.decision.v1.DecisionService(address, credentials, options);
}

/** A grpc-js client of docket.registry.v1.RegistryService; the caller closes it. */
export function registryClient(
  address: string, credentials: grpc.ChannelCredentials, options?: grpc.ClientOptions,
): RegistryServiceClient {
  return new loaded.docket.registry.v1.RegistryService(address, credentials, options);
}

/** A grpc-js client of docket.approval.v1.ApprovalService; the caller closes it. */
export function approvalClient(
  address: string, credentials: grpc.ChannelCredentials, options?: grpc.ClientOptions,
): ApprovalServiceClient {
  return new loaded.docket.approval.v1.ApprovalService(address, credentials, options);
}

/** A grpc-js client of docket.query.v1.QueryService; the caller closes it. */
export function queryClient(
  address: string, credentials: grpc.ChannelCredentials, options?: grpc.ClientOptions,
): QueryServiceClient {
  return new loaded.docket.query.v1.QueryService(address, credentials, options);
}

/** A grpc-js client of docket.cluster.v1.ClusterService; the caller closes it. */
export function clusterClient(
  address: string, credentials: grpc.ChannelCredentials, options?: grpc.ClientOptions,
): ClusterServiceClient {
  return new loaded.docket.cluster.v1.ClusterService(address, credentials, options);
}

/** A grpc-js client of docket.token.v1.TokenService; the caller closes it. */
export function tokenClient(
  address: string, credentials: grpc.ChannelCredentials, options?: grpc.ClientOptions,
): TokenServiceClient {
  return new loaded.docket.token.v1.TokenService(address, credentials, options);
}

/** A grpc-js client of docket.token.v1.ConnectionService; the caller closes it. */
export function connectionClient(
  address: string, credentials: grpc.ChannelCredentials, options?: grpc.ClientOptions,
): ConnectionServiceClient {
  return new loaded.docket.token.v1.ConnectionService(address, credentials, options);
}

/** Call metadata with a Docket credential (`dk_…`). */
export function bearer(token: string): grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}
