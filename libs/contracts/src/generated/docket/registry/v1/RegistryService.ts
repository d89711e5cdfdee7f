// Original file: proto/docket/registry/v1/registry.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AllowChurnRequest as _docket_registry_v1_AllowChurnRequest, AllowChurnRequest__Output as _docket_registry_v1_AllowChurnRequest__Output } from '../../../docket/registry/v1/AllowChurnRequest.js';
import type { AllowChurnResponse as _docket_registry_v1_AllowChurnResponse, AllowChurnResponse__Output as _docket_registry_v1_AllowChurnResponse__Output } from '../../../docket/registry/v1/AllowChurnResponse.js';
import type { ApproveToolsRequest as _docket_registry_v1_ApproveToolsRequest, ApproveToolsRequest__Output as _docket_registry_v1_ApproveToolsRequest__Output } from '../../../docket/registry/v1/ApproveToolsRequest.js';
import type { ApproveToolsResponse as _docket_registry_v1_ApproveToolsResponse, ApproveToolsResponse__Output as _docket_registry_v1_ApproveToolsResponse__Output } from '../../../docket/registry/v1/ApproveToolsResponse.js';
import type { AttachPolicyRequest as _docket_registry_v1_AttachPolicyRequest, AttachPolicyRequest__Output as _docket_registry_v1_AttachPolicyRequest__Output } from '../../../docket/registry/v1/AttachPolicyRequest.js';
import type { AttachPolicyResponse as _docket_registry_v1_AttachPolicyResponse, AttachPolicyResponse__Output as _docket_registry_v1_AttachPolicyResponse__Output } from '../../../docket/registry/v1/AttachPolicyResponse.js';
import type { AwaitEditRequest as _docket_registry_v1_AwaitEditRequest, AwaitEditRequest__Output as _docket_registry_v1_AwaitEditRequest__Output } from '../../../docket/registry/v1/AwaitEditRequest.js';
import type { AwaitEditResponse as _docket_registry_v1_AwaitEditResponse, AwaitEditResponse__Output as _docket_registry_v1_AwaitEditResponse__Output } from '../../../docket/registry/v1/AwaitEditResponse.js';
import type { DiffToolsRequest as _docket_registry_v1_DiffToolsRequest, DiffToolsRequest__Output as _docket_registry_v1_DiffToolsRequest__Output } from '../../../docket/registry/v1/DiffToolsRequest.js';
import type { DiffToolsResponse as _docket_registry_v1_DiffToolsResponse, DiffToolsResponse__Output as _docket_registry_v1_DiffToolsResponse__Output } from '../../../docket/registry/v1/DiffToolsResponse.js';
import type { EraseGrantRequest as _docket_registry_v1_EraseGrantRequest, EraseGrantRequest__Output as _docket_registry_v1_EraseGrantRequest__Output } from '../../../docket/registry/v1/EraseGrantRequest.js';
import type { EraseGrantResponse as _docket_registry_v1_EraseGrantResponse, EraseGrantResponse__Output as _docket_registry_v1_EraseGrantResponse__Output } from '../../../docket/registry/v1/EraseGrantResponse.js';
import type { GetGrantRequest as _docket_registry_v1_GetGrantRequest, GetGrantRequest__Output as _docket_registry_v1_GetGrantRequest__Output } from '../../../docket/registry/v1/GetGrantRequest.js';
import type { GetGrantResponse as _docket_registry_v1_GetGrantResponse, GetGrantResponse__Output as _docket_registry_v1_GetGrantResponse__Output } from '../../../docket/registry/v1/GetGrantResponse.js';
import type { GetPolicyRequest as _docket_registry_v1_GetPolicyRequest, GetPolicyRequest__Output as _docket_registry_v1_GetPolicyRequest__Output } from '../../../docket/registry/v1/GetPolicyRequest.js';
import type { GetPolicyResponse as _docket_registry_v1_GetPolicyResponse, GetPolicyResponse__Output as _docket_registry_v1_GetPolicyResponse__Output } from '../../../docket/registry/v1/GetPolicyResponse.js';
import type { IssueCredentialRequest as _docket_registry_v1_IssueCredentialRequest, IssueCredentialRequest__Output as _docket_registry_v1_IssueCredentialRequest__Output } from '../../../docket/registry/v1/IssueCredentialRequest.js';
import type { IssueCredentialResponse as _docket_registry_v1_IssueCredentialResponse, IssueCredentialResponse__Output as _docket_registry_v1_IssueCredentialResponse__Output } from '../../../docket/registry/v1/IssueCredentialResponse.js';
import type { IssueGrantRequest as _docket_registry_v1_IssueGrantRequest, IssueGrantRequest__Output as _docket_registry_v1_IssueGrantRequest__Output } from '../../../docket/registry/v1/IssueGrantRequest.js';
import type { IssueGrantResponse as _docket_registry_v1_IssueGrantResponse, IssueGrantResponse__Output as _docket_registry_v1_IssueGrantResponse__Output } from '../../../docket/registry/v1/IssueGrantResponse.js';
import type { ListCredentialsRequest as _docket_registry_v1_ListCredentialsRequest, ListCredentialsRequest__Output as _docket_registry_v1_ListCredentialsRequest__Output } from '../../../docket/registry/v1/ListCredentialsRequest.js';
import type { ListCredentialsResponse as _docket_registry_v1_ListCredentialsResponse, ListCredentialsResponse__Output as _docket_registry_v1_ListCredentialsResponse__Output } from '../../../docket/registry/v1/ListCredentialsResponse.js';
import type { ListGrantsRequest as _docket_registry_v1_ListGrantsRequest, ListGrantsRequest__Output as _docket_registry_v1_ListGrantsRequest__Output } from '../../../docket/registry/v1/ListGrantsRequest.js';
import type { ListGrantsResponse as _docket_registry_v1_ListGrantsResponse, ListGrantsResponse__Output as _docket_registry_v1_ListGrantsResponse__Output } from '../../../docket/registry/v1/ListGrantsResponse.js';
import type { ListPoliciesRequest as _docket_registry_v1_ListPoliciesRequest, ListPoliciesRequest__Output as _docket_registry_v1_ListPoliciesRequest__Output } from '../../../docket/registry/v1/ListPoliciesRequest.js';
import type { ListPoliciesResponse as _docket_registry_v1_ListPoliciesResponse, ListPoliciesResponse__Output as _docket_registry_v1_ListPoliciesResponse__Output } from '../../../docket/registry/v1/ListPoliciesResponse.js';
import type { ListPolicyVersionsRequest as _docket_registry_v1_ListPolicyVersionsRequest, ListPolicyVersionsRequest__Output as _docket_registry_v1_ListPolicyVersionsRequest__Output } from '../../../docket/registry/v1/ListPolicyVersionsRequest.js';
import type { ListPolicyVersionsResponse as _docket_registry_v1_ListPolicyVersionsResponse, ListPolicyVersionsResponse__Output as _docket_registry_v1_ListPolicyVersionsResponse__Output } from '../../../docket/registry/v1/ListPolicyVersionsResponse.js';
import type { ListServersRequest as _docket_registry_v1_ListServersRequest, ListServersRequest__Output as _docket_registry_v1_ListServersRequest__Output } from '../../../docket/registry/v1/ListServersRequest.js';
import type { ListServersResponse as _docket_registry_v1_ListServersResponse, ListServersResponse__Output as _docket_registry_v1_ListServersResponse__Output } from '../../../docket/registry/v1/ListServersResponse.js';
import type { ListToolsRequest as _docket_registry_v1_ListToolsRequest, ListToolsRequest__Output as _docket_registry_v1_ListToolsRequest__Output } from '../../../docket/registry/v1/ListToolsRequest.js';
import type { ListToolsResponse as _docket_registry_v1_ListToolsResponse, ListToolsResponse__Output as _docket_registry_v1_ListToolsResponse__Output } from '../../../docket/registry/v1/ListToolsResponse.js';
import type { OverrideRiskRequest as _docket_registry_v1_OverrideRiskRequest, OverrideRiskRequest__Output as _docket_registry_v1_OverrideRiskRequest__Output } from '../../../docket/registry/v1/OverrideRiskRequest.js';
import type { OverrideRiskResponse as _docket_registry_v1_OverrideRiskResponse, OverrideRiskResponse__Output as _docket_registry_v1_OverrideRiskResponse__Output } from '../../../docket/registry/v1/OverrideRiskResponse.js';
import type { PublishPolicyRequest as _docket_registry_v1_PublishPolicyRequest, PublishPolicyRequest__Output as _docket_registry_v1_PublishPolicyRequest__Output } from '../../../docket/registry/v1/PublishPolicyRequest.js';
import type { PublishPolicyResponse as _docket_registry_v1_PublishPolicyResponse, PublishPolicyResponse__Output as _docket_registry_v1_PublishPolicyResponse__Output } from '../../../docket/registry/v1/PublishPolicyResponse.js';
import type { RegisterServerRequest as _docket_registry_v1_RegisterServerRequest, RegisterServerRequest__Output as _docket_registry_v1_RegisterServerRequest__Output } from '../../../docket/registry/v1/RegisterServerRequest.js';
import type { RegisterServerResponse as _docket_registry_v1_RegisterServerResponse, RegisterServerResponse__Output as _docket_registry_v1_RegisterServerResponse__Output } from '../../../docket/registry/v1/RegisterServerResponse.js';
import type { ReportToolsRequest as _docket_registry_v1_ReportToolsRequest, ReportToolsRequest__Output as _docket_registry_v1_ReportToolsRequest__Output } from '../../../docket/registry/v1/ReportToolsRequest.js';
import type { ReportToolsResponse as _docket_registry_v1_ReportToolsResponse, ReportToolsResponse__Output as _docket_registry_v1_ReportToolsResponse__Output } from '../../../docket/registry/v1/ReportToolsResponse.js';
import type { RevokeCredentialRequest as _docket_registry_v1_RevokeCredentialRequest, RevokeCredentialRequest__Output as _docket_registry_v1_RevokeCredentialRequest__Output } from '../../../docket/registry/v1/RevokeCredentialRequest.js';
import type { RevokeCredentialResponse as _docket_registry_v1_RevokeCredentialResponse, RevokeCredentialResponse__Output as _docket_registry_v1_RevokeCredentialResponse__Output } from '../../../docket/registry/v1/RevokeCredentialResponse.js';
import type { RevokeGrantRequest as _docket_registry_v1_RevokeGrantRequest, RevokeGrantRequest__Output as _docket_registry_v1_RevokeGrantRequest__Output } from '../../../docket/registry/v1/RevokeGrantRequest.js';
import type { RevokeGrantResponse as _docket_registry_v1_RevokeGrantResponse, RevokeGrantResponse__Output as _docket_registry_v1_RevokeGrantResponse__Output } from '../../../docket/registry/v1/RevokeGrantResponse.js';
import type { WhoAmIRequest as _docket_registry_v1_WhoAmIRequest, WhoAmIRequest__Output as _docket_registry_v1_WhoAmIRequest__Output } from '../../../docket/registry/v1/WhoAmIRequest.js';
import type { WhoAmIResponse as _docket_registry_v1_WhoAmIResponse, WhoAmIResponse__Output as _docket_registry_v1_WhoAmIResponse__Output } from '../../../docket/registry/v1/WhoAmIResponse.js';

export interface RegistryServiceClient extends grpc.Client {
  AllowChurn(argument: _docket_registry_v1_AllowChurnRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  AllowChurn(argument: _docket_registry_v1_AllowChurnRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  AllowChurn(argument: _docket_registry_v1_AllowChurnRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  AllowChurn(argument: _docket_registry_v1_AllowChurnRequest, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  allowChurn(argument: _docket_registry_v1_AllowChurnRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  allowChurn(argument: _docket_registry_v1_AllowChurnRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  allowChurn(argument: _docket_registry_v1_AllowChurnRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  allowChurn(argument: _docket_registry_v1_AllowChurnRequest, callback: grpc.requestCallback<_docket_registry_v1_AllowChurnResponse__Output>): grpc.ClientUnaryCall;
  
  ApproveTools(argument: _docket_registry_v1_ApproveToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  ApproveTools(argument: _docket_registry_v1_ApproveToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  ApproveTools(argument: _docket_registry_v1_ApproveToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  ApproveTools(argument: _docket_registry_v1_ApproveToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  approveTools(argument: _docket_registry_v1_ApproveToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  approveTools(argument: _docket_registry_v1_ApproveToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  approveTools(argument: _docket_registry_v1_ApproveToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  approveTools(argument: _docket_registry_v1_ApproveToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_ApproveToolsResponse__Output>): grpc.ClientUnaryCall;
  
  AttachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  AttachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  AttachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  AttachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  attachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  attachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  attachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  attachPolicy(argument: _docket_registry_v1_AttachPolicyRequest, callback: grpc.requestCallback<_docket_registry_v1_AttachPolicyResponse__Output>): grpc.ClientUnaryCall;
  
  AwaitEdit(argument: _docket_registry_v1_AwaitEditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  AwaitEdit(argument: _docket_registry_v1_AwaitEditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  AwaitEdit(argument: _docket_registry_v1_AwaitEditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  AwaitEdit(argument: _docket_registry_v1_AwaitEditRequest, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  awaitEdit(argument: _docket_registry_v1_AwaitEditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  awaitEdit(argument: _docket_registry_v1_AwaitEditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  awaitEdit(argument: _docket_registry_v1_AwaitEditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  awaitEdit(argument: _docket_registry_v1_AwaitEditRequest, callback: grpc.requestCallback<_docket_registry_v1_AwaitEditResponse__Output>): grpc.ClientUnaryCall;
  
  DiffTools(argument: _docket_registry_v1_DiffToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  DiffTools(argument: _docket_registry_v1_DiffToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  DiffTools(argument: _docket_registry_v1_DiffToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  DiffTools(argument: _docket_registry_v1_DiffToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  diffTools(argument: _docket_registry_v1_DiffToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  diffTools(argument: _docket_registry_v1_DiffToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  diffTools(argument: _docket_registry_v1_DiffToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  diffTools(argument: _docket_registry_v1_DiffToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_DiffToolsResponse__Output>): grpc.ClientUnaryCall;
  
  EraseGrant(argument: _docket_registry_v1_EraseGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  EraseGrant(argument: _docket_registry_v1_EraseGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  EraseGrant(argument: _docket_registry_v1_EraseGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  EraseGrant(argument: _docket_registry_v1_EraseGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  eraseGrant(argument: _docket_registry_v1_EraseGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  eraseGrant(argument: _docket_registry_v1_EraseGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  eraseGrant(argument: _docket_registry_v1_EraseGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  eraseGrant(argument: _docket_registry_v1_EraseGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_EraseGrantResponse__Output>): grpc.ClientUnaryCall;
  
  GetGrant(argument: _docket_registry_v1_GetGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  GetGrant(argument: _docket_registry_v1_GetGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  GetGrant(argument: _docket_registry_v1_GetGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  GetGrant(argument: _docket_registry_v1_GetGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  getGrant(argument: _docket_registry_v1_GetGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  getGrant(argument: _docket_registry_v1_GetGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  getGrant(argument: _docket_registry_v1_GetGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  getGrant(argument: _docket_registry_v1_GetGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_GetGrantResponse__Output>): grpc.ClientUnaryCall;
  
  GetPolicy(argument: _docket_registry_v1_GetPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  GetPolicy(argument: _docket_registry_v1_GetPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  GetPolicy(argument: _docket_registry_v1_GetPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  GetPolicy(argument: _docket_registry_v1_GetPolicyRequest, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  getPolicy(argument: _docket_registry_v1_GetPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  getPolicy(argument: _docket_registry_v1_GetPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  getPolicy(argument: _docket_registry_v1_GetPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  getPolicy(argument: _docket_registry_v1_GetPolicyRequest, callback: grpc.requestCallback<_docket_registry_v1_GetPolicyResponse__Output>): grpc.ClientUnaryCall;
  
  IssueCredential(argument: _docket_registry_v1_IssueCredentialRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  IssueCredential(argument: _docket_registry_v1_IssueCredentialRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  IssueCredential(argument: _docket_registry_v1_IssueCredentialRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  IssueCredential(argument: _docket_registry_v1_IssueCredentialRequest, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  issueCredential(argument: _docket_registry_v1_IssueCredentialRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  issueCredential(argument: _docket_registry_v1_IssueCredentialRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  issueCredential(argument: _docket_registry_v1_IssueCredentialRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  issueCredential(argument: _docket_registry_v1_IssueCredentialRequest, callback: grpc.requestCallback<_docket_registry_v1_IssueCredentialResponse__Output>): grpc.ClientUnaryCall;
  
  IssueGrant(argument: _docket_registry_v1_IssueGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  IssueGrant(argument: _docket_registry_v1_IssueGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  IssueGrant(argument: _docket_registry_v1_IssueGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  IssueGrant(argument: _docket_registry_v1_IssueGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  issueGrant(argument: _docket_registry_v1_IssueGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  issueGrant(argument: _docket_registry_v1_IssueGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  issueGrant(argument: _docket_registry_v1_IssueGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  issueGrant(argument: _docket_registry_v1_IssueGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_IssueGrantResponse__Output>): grpc.ClientUnaryCall;
  
  ListCredentials(argument: _docket_registry_v1_ListCredentialsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  ListCredentials(argument: _docket_registry_v1_ListCredentialsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  ListCredentials(argument: _docket_registry_v1_ListCredentialsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  ListCredentials(argument: _docket_registry_v1_ListCredentialsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  listCredentials(argument: _docket_registry_v1_ListCredentialsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  listCredentials(argument: _docket_registry_v1_ListCredentialsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  listCredentials(argument: _docket_registry_v1_ListCredentialsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  listCredentials(argument: _docket_registry_v1_ListCredentialsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListCredentialsResponse__Output>): grpc.ClientUnaryCall;
  
  ListGrants(argument: _docket_registry_v1_ListGrantsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  ListGrants(argument: _docket_registry_v1_ListGrantsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  ListGrants(argument: _docket_registry_v1_ListGrantsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  ListGrants(argument: _docket_registry_v1_ListGrantsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_registry_v1_ListGrantsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_registry_v1_ListGrantsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_registry_v1_ListGrantsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  listGrants(argument: _docket_registry_v1_ListGrantsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListGrantsResponse__Output>): grpc.ClientUnaryCall;
  
  ListPolicies(argument: _docket_registry_v1_ListPoliciesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  ListPolicies(argument: _docket_registry_v1_ListPoliciesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  ListPolicies(argument: _docket_registry_v1_ListPoliciesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  ListPolicies(argument: _docket_registry_v1_ListPoliciesRequest, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_registry_v1_ListPoliciesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_registry_v1_ListPoliciesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_registry_v1_ListPoliciesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  listPolicies(argument: _docket_registry_v1_ListPoliciesRequest, callback: grpc.requestCallback<_docket_registry_v1_ListPoliciesResponse__Output>): grpc.ClientUnaryCall;
  
  ListPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  listPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  listPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  listPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  listPolicyVersions(argument: _docket_registry_v1_ListPolicyVersionsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListPolicyVersionsResponse__Output>): grpc.ClientUnaryCall;
  
  ListServers(argument: _docket_registry_v1_ListServersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  ListServers(argument: _docket_registry_v1_ListServersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  ListServers(argument: _docket_registry_v1_ListServersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  ListServers(argument: _docket_registry_v1_ListServersRequest, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_registry_v1_ListServersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_registry_v1_ListServersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_registry_v1_ListServersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  listServers(argument: _docket_registry_v1_ListServersRequest, callback: grpc.requestCallback<_docket_registry_v1_ListServersResponse__Output>): grpc.ClientUnaryCall;
  
  ListTools(argument: _docket_registry_v1_ListToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  ListTools(argument: _docket_registry_v1_ListToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  ListTools(argument: _docket_registry_v1_ListToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  ListTools(argument: _docket_registry_v1_ListToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  listTools(argument: _docket_registry_v1_ListToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  listTools(argument: _docket_registry_v1_ListToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  listTools(argument: _docket_registry_v1_ListToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  listTools(argument: _docket_registry_v1_ListToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_ListToolsResponse__Output>): grpc.ClientUnaryCall;
  
  OverrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  OverrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  OverrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  OverrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  overrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  overrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  overrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  overrideRisk(argument: _docket_registry_v1_OverrideRiskRequest, callback: grpc.requestCallback<_docket_registry_v1_OverrideRiskResponse__Output>): grpc.ClientUnaryCall;
  
  PublishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  PublishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  PublishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  PublishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  publishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  publishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  publishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  publishPolicy(argument: _docket_registry_v1_PublishPolicyRequest, callback: grpc.requestCallback<_docket_registry_v1_PublishPolicyResponse__Output>): grpc.ClientUnaryCall;
  
  RegisterServer(argument: _docket_registry_v1_RegisterServerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  RegisterServer(argument: _docket_registry_v1_RegisterServerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  RegisterServer(argument: _docket_registry_v1_RegisterServerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  RegisterServer(argument: _docket_registry_v1_RegisterServerRequest, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  registerServer(argument: _docket_registry_v1_RegisterServerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  registerServer(argument: _docket_registry_v1_RegisterServerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  registerServer(argument: _docket_registry_v1_RegisterServerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  registerServer(argument: _docket_registry_v1_RegisterServerRequest, callback: grpc.requestCallback<_docket_registry_v1_RegisterServerResponse__Output>): grpc.ClientUnaryCall;
  
  ReportTools(argument: _docket_registry_v1_ReportToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  ReportTools(argument: _docket_registry_v1_ReportToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  ReportTools(argument: _docket_registry_v1_ReportToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  ReportTools(argument: _docket_registry_v1_ReportToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  reportTools(argument: _docket_registry_v1_ReportToolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  reportTools(argument: _docket_registry_v1_ReportToolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  reportTools(argument: _docket_registry_v1_ReportToolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  reportTools(argument: _docket_registry_v1_ReportToolsRequest, callback: grpc.requestCallback<_docket_registry_v1_ReportToolsResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  RevokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  RevokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  RevokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  revokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  revokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  revokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  revokeCredential(argument: _docket_registry_v1_RevokeCredentialRequest, callback: grpc.requestCallback<_docket_registry_v1_RevokeCredentialResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  RevokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  RevokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  RevokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  revokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  revokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  revokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  revokeGrant(argument: _docket_registry_v1_RevokeGrantRequest, callback: grpc.requestCallback<_docket_registry_v1_RevokeGrantResponse__Output>): grpc.ClientUnaryCall;
  
  WhoAmI(argument: _docket_registry_v1_WhoAmIRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  WhoAmI(argument: _docket_registry_v1_WhoAmIRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  WhoAmI(argument: _docket_registry_v1_WhoAmIRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  WhoAmI(argument: _docket_registry_v1_WhoAmIRequest, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _docket_registry_v1_WhoAmIRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _docket_registry_v1_WhoAmIRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _docket_registry_v1_WhoAmIRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _docket_registry_v1_WhoAmIRequest, callback: grpc.requestCallback<_docket_registry_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface RegistryServiceHandlers extends grpc.UntypedServiceImplementation {
  AllowChurn: grpc.handleUnaryCall<_docket_registry_v1_AllowChurnRequest__Output, _docket_registry_v1_AllowChurnResponse>;
  
  ApproveTools: grpc.handleUnaryCall<_docket_registry_v1_ApproveToolsRequest__Output, _docket_registry_v1_ApproveToolsResponse>;
  
  AttachPolicy: grpc.handleUnaryCall<_docket_registry_v1_AttachPolicyRequest__Output, _docket_registry_v1_AttachPolicyResponse>;
  
  AwaitEdit: grpc.handleUnaryCall<_docket_registry_v1_AwaitEditRequest__Output, _docket_registry_v1_AwaitEditResponse>;
  
  DiffTools: grpc.handleUnaryCall<_docket_registry_v1_DiffToolsRequest__Output, _docket_registry_v1_DiffToolsResponse>;
  
  EraseGrant: grpc.handleUnaryCall<_docket_registry_v1_EraseGrantRequest__Output, _docket_registry_v1_EraseGrantResponse>;
  
  GetGrant: grpc.handleUnaryCall<_docket_registry_v1_GetGrantRequest__Output, _docket_registry_v1_GetGrantResponse>;
  
  GetPolicy: grpc.handleUnaryCall<_docket_registry_v1_GetPolicyRequest__Output, _docket_registry_v1_GetPolicyResponse>;
  
  IssueCredential: grpc.handleUnaryCall<_docket_registry_v1_IssueCredentialRequest__Output, _docket_registry_v1_IssueCredentialResponse>;
  
  IssueGrant: grpc.handleUnaryCall<_docket_registry_v1_IssueGrantRequest__Output, _docket_registry_v1_IssueGrantResponse>;
  
  ListCredentials: grpc.handleUnaryCall<_docket_registry_v1_ListCredentialsRequest__Output, _docket_registry_v1_ListCredentialsResponse>;
  
  ListGrants: grpc.handleUnaryCall<_docket_registry_v1_ListGrantsRequest__Output, _docket_registry_v1_ListGrantsResponse>;
  
  ListPolicies: grpc.handleUnaryCall<_docket_registry_v1_ListPoliciesRequest__Output, _docket_registry_v1_ListPoliciesResponse>;
  
  ListPolicyVersions: grpc.handleUnaryCall<_docket_registry_v1_ListPolicyVersionsRequest__Output, _docket_registry_v1_ListPolicyVersionsResponse>;
  
  ListServers: grpc.handleUnaryCall<_docket_registry_v1_ListServersRequest__Output, _docket_registry_v1_ListServersResponse>;
  
  ListTools: grpc.handleUnaryCall<_docket_registry_v1_ListToolsRequest__Output, _docket_registry_v1_ListToolsResponse>;
  
  OverrideRisk: grpc.handleUnaryCall<_docket_registry_v1_OverrideRiskRequest__Output, _docket_registry_v1_OverrideRiskResponse>;
  
  PublishPolicy: grpc.handleUnaryCall<_docket_registry_v1_PublishPolicyRequest__Output, _docket_registry_v1_PublishPolicyResponse>;
  
  RegisterServer: grpc.handleUnaryCall<_docket_registry_v1_RegisterServerRequest__Output, _docket_registry_v1_RegisterServerResponse>;
  
  ReportTools: grpc.handleUnaryCall<_docket_registry_v1_ReportToolsRequest__Output, _docket_registry_v1_ReportToolsResponse>;
  
  RevokeCredential: grpc.handleUnaryCall<_docket_registry_v1_RevokeCredentialRequest__Output, _docket_registry_v1_RevokeCredentialResponse>;
  
  RevokeGrant: grpc.handleUnaryCall<_docket_registry_v1_RevokeGrantRequest__Output, _docket_registry_v1_RevokeGrantResponse>;
  
  WhoAmI: grpc.handleUnaryCall<_docket_registry_v1_WhoAmIRequest__Output, _docket_registry_v1_WhoAmIResponse>;
  
}

export interface RegistryServiceDefinition extends grpc.ServiceDefinition {
  AllowChurn: MethodDefinition<_docket_registry_v1_AllowChurnRequest, _docket_registry_v1_AllowChurnResponse, _docket_registry_v1_AllowChurnRequest__Output, _docket_registry_v1_AllowChurnResponse__Output>
  ApproveTools: MethodDefinition<_docket_registry_v1_ApproveToolsRequest, _docket_registry_v1_ApproveToolsResponse, _docket_registry_v1_ApproveToolsRequest__Output, _docket_registry_v1_ApproveToolsResponse__Output>
  AttachPolicy: MethodDefinition<_docket_registry_v1_AttachPolicyRequest, _docket_registry_v1_AttachPolicyResponse, _docket_registry_v1_AttachPolicyRequest__Output, _docket_registry_v1_AttachPolicyResponse__Output>
  AwaitEdit: MethodDefinition<_docket_registry_v1_AwaitEditRequest, _docket_registry_v1_AwaitEditResponse, _docket_registry_v1_AwaitEditRequest__Output, _docket_registry_v1_AwaitEditResponse__Output>
  DiffTools: MethodDefinition<_docket_registry_v1_DiffToolsRequest, _docket_registry_v1_DiffToolsResponse, _docket_registry_v1_DiffToolsRequest__Output, _docket_registry_v1_DiffToolsResponse__Output>
  EraseGrant: MethodDefinition<_docket_registry_v1_EraseGrantRequest, _docket_registry_v1_EraseGrantResponse, _docket_registry_v1_EraseGrantRequest__Output, _docket_registry_v1_EraseGrantResponse__Output>
  GetGrant: MethodDefinition<_docket_registry_v1_GetGrantRequest, _docket_registry_v1_GetGrantResponse, _docket_registry_v1_GetGrantRequest__Output, _docket_registry_v1_GetGrantResponse__Output>
  GetPolicy: MethodDefinition<_docket_registry_v1_GetPolicyRequest, _docket_registry_v1_GetPolicyResponse, _docket_registry_v1_GetPolicyRequest__Output, _docket_registry_v1_GetPolicyResponse__Output>
  IssueCredential: MethodDefinition<_docket_registry_v1_IssueCredentialRequest, _docket_registry_v1_IssueCredentialResponse, _docket_registry_v1_IssueCredentialRequest__Output, _docket_registry_v1_IssueCredentialResponse__Output>
  IssueGrant: MethodDefinition<_docket_registry_v1_IssueGrantRequest, _docket_registry_v1_IssueGrantResponse, _docket_registry_v1_IssueGrantRequest__Output, _docket_registry_v1_IssueGrantResponse__Output>
  ListCredentials: MethodDefinition<_docket_registry_v1_ListCredentialsRequest, _docket_registry_v1_ListCredentialsResponse, _docket_registry_v1_ListCredentialsRequest__Output, _docket_registry_v1_ListCredentialsResponse__Output>
  ListGrants: MethodDefinition<_docket_registry_v1_ListGrantsRequest, _docket_registry_v1_ListGrantsResponse, _docket_registry_v1_ListGrantsRequest__Output, _docket_registry_v1_ListGrantsResponse__Output>
  ListPolicies: MethodDefinition<_docket_registry_v1_ListPoliciesRequest, _docket_registry_v1_ListPoliciesResponse, _docket_registry_v1_ListPoliciesRequest__Output, _docket_registry_v1_ListPoliciesResponse__Output>
  ListPolicyVersions: MethodDefinition<_docket_registry_v1_ListPolicyVersionsRequest, _docket_registry_v1_ListPolicyVersionsResponse, _docket_registry_v1_ListPolicyVersionsRequest__Output, _docket_registry_v1_ListPolicyVersionsResponse__Output>
  ListServers: MethodDefinition<_docket_registry_v1_ListServersRequest, _docket_registry_v1_ListServersResponse, _docket_registry_v1_ListServersRequest__Output, _docket_registry_v1_ListServersResponse__Output>
  ListTools: MethodDefinition<_docket_registry_v1_ListToolsRequest, _docket_registry_v1_ListToolsResponse, _docket_registry_v1_ListToolsRequest__Output, _docket_registry_v1_ListToolsResponse__Output>
  OverrideRisk: MethodDefinition<_docket_registry_v1_OverrideRiskRequest, _docket_registry_v1_OverrideRiskResponse, _docket_registry_v1_OverrideRiskRequest__Output, _docket_registry_v1_OverrideRiskResponse__Output>
  PublishPolicy: MethodDefinition<_docket_registry_v1_PublishPolicyRequest, _docket_registry_v1_PublishPolicyResponse, _docket_registry_v1_PublishPolicyRequest__Output, _docket_registry_v1_PublishPolicyResponse__Output>
  RegisterServer: MethodDefinition<_docket_registry_v1_RegisterServerRequest, _docket_registry_v1_RegisterServerResponse, _docket_registry_v1_RegisterServerRequest__Output, _docket_registry_v1_RegisterServerResponse__Output>
  ReportTools: MethodDefinition<_docket_registry_v1_ReportToolsRequest, _docket_registry_v1_ReportToolsResponse, _docket_registry_v1_ReportToolsRequest__Output, _docket_registry_v1_ReportToolsResponse__Output>
  RevokeCredential: MethodDefinition<_docket_registry_v1_RevokeCredentialRequest, _docket_registry_v1_RevokeCredentialResponse, _docket_registry_v1_RevokeCredentialRequest__Output, _docket_registry_v1_RevokeCredentialResponse__Output>
  RevokeGrant: MethodDefinition<_docket_registry_v1_RevokeGrantRequest, _docket_registry_v1_RevokeGrantResponse, _docket_registry_v1_RevokeGrantRequest__Output, _docket_registry_v1_RevokeGrantResponse__Output>
  WhoAmI: MethodDefinition<_docket_registry_v1_WhoAmIRequest, _docket_registry_v1_WhoAmIResponse, _docket_registry_v1_WhoAmIRequest__Output, _docket_registry_v1_WhoAmIResponse__Output>
}
