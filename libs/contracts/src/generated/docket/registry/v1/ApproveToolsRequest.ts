// Original file: proto/docket/registry/v1/registry.proto

import type { ToolApproval as _docket_registry_v1_ToolApproval, ToolApproval__Output as _docket_registry_v1_ToolApproval__Output } from '../../../docket/registry/v1/ToolApproval.js';

export interface ApproveToolsRequest {
  'serverId'?: (string);
  'tools'?: (_docket_registry_v1_ToolApproval)[];
}

export interface ApproveToolsRequest__Output {
  'serverId': (string);
  'tools': (_docket_registry_v1_ToolApproval__Output)[];
}
