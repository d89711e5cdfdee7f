/** Classes of policy.md 6, from harmless to grave: where several fit, the gravest one counts. */
export const RISK_CLASSES = ['other', 'read', 'write', 'execute', 'destructive', 'financial'] as const;
export type RiskClass = (typeof RISK_CLASSES)[number];
export type Severity = 'low' | 'medium' | 'high' | 'critical';

export const SEVERITY_OF = {
  other: 'low', read: 'low', write: 'medium', execute: 'high', destructive: 'critical', financial: 'critical',
} as const satisfies Record<RiskClass, Severity>;

/** Named in every assessment: another version of the rules may say something else of the same definition. */
export const RISK_RULES_VERSION = 1;

/** Why a class was given: what of the definition was read, and where. */
export interface Evidence {
  readonly source: 'name' | 'siblings' | 'schema' | 'description' | 'annotation' | 'default';
  /** JSON pointer in the definition; '' for `default`. */
  readonly pointer: string;
  /** The words that were read, invisible characters spelled out. */
  readonly quote: string;
  readonly says: string;
}

/** Something that an administrator should look at, whatever the class. */
export interface Finding {
  readonly code: 'annotation_contradicts' | 'invisible_characters' | 'reveals_credentials';
  readonly pointer: string;
  readonly message: string;
}

export interface RiskAssessment {
  readonly riskClass: RiskClass;
  readonly severity: Severity;
  readonly confidence: 'low' | 'medium' | 'high';
  /** What decided the class comes first. */
  readonly evidence: readonly Evidence[];
  readonly findings: readonly Finding[];
  /** The three that together let an agent be talked into giving away what it should not. */
  readonly trifecta: { readonly privateData: boolean; readonly untrustedContent: boolean; readonly outsideCommunication: boolean };
  readonly rulesVersion: number;
}

export function graver(a: RiskClass, b: RiskClass): RiskClass {
  return RISK_CLASSES.indexOf(a) >= RISK_CLASSES.indexOf(b) ? a : b;
}
