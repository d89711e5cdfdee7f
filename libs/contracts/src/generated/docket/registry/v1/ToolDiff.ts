// Original file: proto/docket/registry/v1/registry.proto

import type { ToolState as _docket_registry_v1_ToolState, ToolState__Output as _docket_registry_v1_ToolState__Output } from '../../../docket/registry/v1/ToolState.js';
import type { FieldChange as _docket_registry_v1_FieldChange, FieldChange__Output as _docket_registry_v1_FieldChange__Output } from '../../../docket/registry/v1/FieldChange.js';

export interface ToolDiff {
  'name'?: (string);
  'state'?: (_docket_registry_v1_ToolState);
  'observedHash'?: (string);
  'changes'?: (_docket_registry_v1_FieldChange)[];
}

export interface ToolDiff__Output {
  'name': (string);
  'state': (_docket_registry_v1_ToolState__Output);
  'observedHash': (string);
  'changes': (_docket_registry_v1_FieldChange__Output)[];
}
