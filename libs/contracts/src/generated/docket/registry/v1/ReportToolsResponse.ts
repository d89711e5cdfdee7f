// Original file: proto/docket/registry/v1/registry.proto

import type { RejectedTool as _docket_registry_v1_RejectedTool, RejectedTool__Output as _docket_registry_v1_RejectedTool__Output } from '../../../docket/registry/v1/RejectedTool.js';
import type { Long } from '@grpc/proto-loader';

export interface ReportToolsResponse {
  'registryOffset'?: (number | string | Long);
  'unchanged'?: (boolean);
  'rejected'?: (_docket_registry_v1_RejectedTool)[];
}

export interface ReportToolsResponse__Output {
  'registryOffset': (number);
  'unchanged': (boolean);
  'rejected': (_docket_registry_v1_RejectedTool__Output)[];
}
