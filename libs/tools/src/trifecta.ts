import type { Looked } from './looked.js';
import { OUTSIDE_ARGUMENTS, PUBLIC_THINGS, UNTRUSTED_THINGS } from './lexicon.js';
import type { RiskAssessment, RiskClass } from './risk.js';

/** Which of the three a tool brings; what is not known is taken to be so where it costs an agent's owner most: outside. */
export function trifectaOf({ words, args }: Looked, riskClass: RiskClass): RiskAssessment['trifecta'] {
  const isPublic = words.some((word) => PUBLIC_THINGS.has(word));
  const outside = [...args.keys()].some((name) => OUTSIDE_ARGUMENTS.has(name.toLowerCase()));
  return {
    privateData: !isPublic && (riskClass === 'read' || riskClass === 'execute'),
    untrustedContent: words.some((word) => UNTRUSTED_THINGS.has(word)) || (riskClass === 'read' && outside),
    outsideCommunication: outside || riskClass === 'execute' || riskClass === 'write' || riskClass === 'financial',
  };
}
