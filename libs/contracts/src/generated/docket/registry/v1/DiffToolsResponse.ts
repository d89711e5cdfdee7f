// Original file: proto/docket/registry/v1/registry.proto

import type { ToolDiff as _docket_registry_v1_ToolDiff, ToolDiff__Output as _docket_registry_v1_ToolDiff__Output } from '../../../docket/registry/v1/ToolDiff.js';

export interface DiffToolsResponse {
  'diffs'?: (_docket_registry_v1_ToolDiff)[];
  'nextPageToken'?: (string);
}

export interface DiffToolsResponse__Output {
  'diffs': (_docket_registry_v1_ToolDiff__Output)[];
  'nextPageToken': (string);
}
