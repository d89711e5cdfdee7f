// Original file: proto/docket/registry/v1/registry.proto

import type { Tool as _docket_registry_v1_Tool, Tool__Output as _docket_registry_v1_Tool__Output } from '../../../docket/registry/v1/Tool.js';
import type { ChurnRule as _docket_registry_v1_ChurnRule, ChurnRule__Output as _docket_registry_v1_ChurnRule__Output } from '../../../docket/registry/v1/ChurnRule.js';
import type { Long } from '@grpc/proto-loader';

export interface ListToolsResponse {
  'tools'?: (_docket_registry_v1_Tool)[];
  'nextPageToken'?: (string);
  'registryOffset'?: (number | string | Long);
  'unchanged'?: (boolean);
  'churn'?: (_docket_registry_v1_ChurnRule)[];
  'reported'?: (boolean);
}

export interface ListToolsResponse__Output {
  'tools': (_docket_registry_v1_Tool__Output)[];
  'nextPageToken': (string);
  'registryOffset': (number);
  'unchanged': (boolean);
  'churn': (_docket_registry_v1_ChurnRule__Output)[];
  'reported': (boolean);
}
