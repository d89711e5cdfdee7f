// Original file: proto/docket/registry/v1/registry.proto

import type { ToolState as _docket_registry_v1_ToolState, ToolState__Output as _docket_registry_v1_ToolState__Output } from '../../../docket/registry/v1/ToolState.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../../google/protobuf/Timestamp.js';
import type { Risk as _docket_registry_v1_Risk, Risk__Output as _docket_registry_v1_Risk__Output } from '../../../docket/registry/v1/Risk.js';
import type { RiskClass as _docket_registry_v1_RiskClass, RiskClass__Output as _docket_registry_v1_RiskClass__Output } from '../../../docket/registry/v1/RiskClass.js';

export interface Tool {
  'name'?: (string);
  'state'?: (_docket_registry_v1_ToolState);
  'definition'?: (Buffer | Uint8Array | string);
  'definitionHash'?: (string);
  'observedDefinition'?: (Buffer | Uint8Array | string);
  'observedHash'?: (string);
  'firstSeenAt'?: (_google_protobuf_Timestamp | null);
  'observedAt'?: (_google_protobuf_Timestamp | null);
  'approvedAt'?: (_google_protobuf_Timestamp | null);
  'approvedBy'?: (string);
  'risk'?: (_docket_registry_v1_Risk | null);
  'overrideClass'?: (_docket_registry_v1_RiskClass);
  'overrideBy'?: (string);
}

export interface Tool__Output {
  'name': (string);
  'state': (_docket_registry_v1_ToolState__Output);
  'definition': (Buffer);
  'definitionHash': (string);
  'observedDefinition': (Buffer);
  'observedHash': (string);
  'firstSeenAt': (_google_protobuf_Timestamp__Output | null);
  'observedAt': (_google_protobuf_Timestamp__Output | null);
  'approvedAt': (_google_protobuf_Timestamp__Output | null);
  'approvedBy': (string);
  'risk': (_docket_registry_v1_Risk__Output | null);
  'overrideClass': (_docket_registry_v1_RiskClass__Output);
  'overrideBy': (string);
}
