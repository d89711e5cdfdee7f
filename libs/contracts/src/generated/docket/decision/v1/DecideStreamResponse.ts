// Original file: proto/docket/decision/v1/decision.proto

import type { DecideStreamAnswer as _docket_decision_v1_DecideStreamAnswer, DecideStreamAnswer__Output as _docket_decision_v1_DecideStreamAnswer__Output } from '../../../docket/decision/v1/DecideStreamAnswer.js';

export interface DecideStreamResponse {
  'answers'?: (_docket_decision_v1_DecideStreamAnswer)[];
}

export interface DecideStreamResponse__Output {
  'answers': (_docket_decision_v1_DecideStreamAnswer__Output)[];
}
