import type { ExactJson } from '#policy';
import type { Say } from './looked.js';
import type { Finding, RiskClass } from './risk.js';

export interface Annotated {
  readonly says: readonly Say[];
  readonly findings: readonly Finding[];
  /** They say of themselves what was found without them. */
  readonly agrees: boolean;
}

/**
 * What a server says of its own tool. It is the server's word: it may raise a class and never lowers one, and a claim to be harmless that
 * contradicts everything else is itself something to look at. `known`: the class rests on more than a default. `tellsApart`: the server calls
 * some of its changing tools destructive and others not; one that calls all of them so has only left the default as it was.
 */
export function readAnnotations(annotations: ExactJson | undefined, soFar: RiskClass, known: boolean, tellsApart: boolean): Annotated {
  if (!(annotations instanceof Map)) return { says: [], findings: [], agrees: false };
  const readOnly: unknown = annotations.get('readOnlyHint');
  const destructive: unknown = annotations.get('destructiveHint');
  const harmless = soFar === 'read' || soFar === 'other';
  const says: Say[] = [];
  if (readOnly === false && destructive === true && harmless && tellsApart) says.push(say('write', 'readOnlyHint', 'false', 'its server says that it changes things'));
  if (readOnly !== true && destructive === true && soFar === 'write' && tellsApart) says.push(say('destructive', 'destructiveHint', 'true', 'its server says that what it changes may be lost'));
  const findings: Finding[] = [];
  if (readOnly === true && !harmless && known) {
    findings.push({ code: 'annotation_contradicts', pointer: '/annotations/readOnlyHint', message: `claims to be read-only, and is of the class ${soFar} by everything else` });
  }
  if (destructive === false && readOnly !== true && (soFar === 'destructive') && known) {
    findings.push({ code: 'annotation_contradicts', pointer: '/annotations/destructiveHint', message: 'claims to destroy nothing, and does by everything else' });
  }
  return { says, findings, agrees: (readOnly === true && harmless) || (destructive === true && soFar === 'destructive') };
}

function say(riskClass: RiskClass, hint: string, quote: string, says: string): Say {
  return { riskClass, evidence: { source: 'annotation', pointer: `/annotations/${hint}`, quote, says } };
}
