// Original file: proto/docket/registry/v1/registry.proto

import type { RiskClass as _docket_registry_v1_RiskClass, RiskClass__Output as _docket_registry_v1_RiskClass__Output } from '../../../docket/registry/v1/RiskClass.js';
import type { RiskEvidence as _docket_registry_v1_RiskEvidence, RiskEvidence__Output as _docket_registry_v1_RiskEvidence__Output } from '../../../docket/registry/v1/RiskEvidence.js';
import type { RiskFinding as _docket_registry_v1_RiskFinding, RiskFinding__Output as _docket_registry_v1_RiskFinding__Output } from '../../../docket/registry/v1/RiskFinding.js';

export interface Risk {
  'riskClass'?: (_docket_registry_v1_RiskClass);
  'severity'?: (string);
  'confidence'?: (string);
  'evidence'?: (_docket_registry_v1_RiskEvidence)[];
  'findings'?: (_docket_registry_v1_RiskFinding)[];
  'privateData'?: (boolean);
  'untrustedContent'?: (boolean);
  'outsideCommunication'?: (boolean);
  'rulesVersion'?: (number);
}

export interface Risk__Output {
  'riskClass': (_docket_registry_v1_RiskClass__Output);
  'severity': (string);
  'confidence': (string);
  'evidence': (_docket_registry_v1_RiskEvidence__Output)[];
  'findings': (_docket_registry_v1_RiskFinding__Output)[];
  'privateData': (boolean);
  'untrustedContent': (boolean);
  'outsideCommunication': (boolean);
  'rulesVersion': (number);
}
