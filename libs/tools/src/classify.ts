import type { ExactJson } from '#policy';
import type { ToolDefinition } from './definition.js';
import { readAnnotations } from './annotation-evidence.js';
import { descriptionEvidence } from './description-evidence.js';
import { HANDS_OUT_CREDENTIALS } from './hands-out.js';
import { siblingsOf, type Looked, type Say, type Siblings } from './looked.js';
import { nameEvidence } from './name-evidence.js';
import { RISK_RULES_VERSION, SEVERITY_OF, graver, type Evidence, type Finding, type RiskAssessment, type RiskClass } from './risk.js';
import { schemaEvidence } from './schema-evidence.js';
import { trifectaOf } from './trifecta.js';
import { invisibleCount } from './visible.js';
import { sharedPrefix, wordsOf } from './words.js';

/** Assesses all tools of a server; each beside the others, since what a verb means shows in what else there is. */
export function classifyTools(definitions: readonly ToolDefinition[]): ReadonlyMap<string, RiskAssessment> {
  const names = definitions.map(({ name }) => name);
  const prefix = sharedPrefix(names);
  const split = new Map(names.map((name) => [name, withoutPrefix(wordsOf(name), prefix)]));
  const siblings = siblingsOf([...split.values()], destructiveHints(definitions));
  return new Map(definitions.map((definition) => [definition.name, assess(definition, split.get(definition.name) ?? [], siblings)]));
}

function withoutPrefix(words: readonly string[], prefix: ReadonlySet<string>): readonly string[] {
  return words.length > 1 && prefix.has(words[0] as string) ? words.slice(1) : words;
}

function assess(definition: ToolDefinition, words: readonly string[], siblings: Siblings): RiskAssessment {
  const { json } = definition;
  const schema = json.get('inputSchema');
  const properties = schema instanceof Map ? schema.get('properties') as ExactJson | undefined : undefined;
  const description = json.get('description');
  const looked: Looked = {
    words, siblings,
    description: typeof description === 'string' ? description : '',
    args: properties instanceof Map ? properties as ReadonlyMap<string, ExactJson> : new Map(),
  };
  const named = nameEvidence(looked) ?? descriptionVerb(looked);
  const first = named ?? unknown();
  const raised = [...schemaEvidence(looked, first.riskClass), ...descriptionEvidence(looked, first.riskClass, first.evidence.source === 'siblings')];
  let riskClass = raised.reduce((gravest, say) => graver(gravest, say.riskClass), first.riskClass);
  const annotated = readAnnotations(json.get('annotations'), riskClass, named !== undefined, siblings.tellsDestructiveApart);
  riskClass = annotated.says.reduce((gravest, say) => graver(gravest, say.riskClass), riskClass);
  const says = [first, ...raised, ...annotated.says];
  const decisive = says.find((say) => say.riskClass === riskClass) ?? first;
  const evidence = [decisive, ...says.filter((say) => say !== decisive)].map((say) => say.evidence);
  return {
    riskClass, severity: SEVERITY_OF[riskClass], confidence: confidenceOf(named, riskClass, evidence, annotated.agrees), evidence,
    findings: [...annotated.findings, ...hiddenText(json), ...revealed(evidence)], trifecta: trifectaOf(looked, riskClass), rulesVersion: RISK_RULES_VERSION,
  };
}

function destructiveHints(definitions: readonly ToolDefinition[]): (boolean | undefined)[] {
  return definitions.flatMap(({ json }) => {
    const annotations = json.get('annotations');
    if (!(annotations instanceof Map) || annotations.get('readOnlyHint') === true) return [];
    const hint: unknown = annotations.get('destructiveHint');
    return typeof hint === 'boolean' ? [hint] : [];
  });
}

function descriptionVerb(looked: Looked): Say | undefined {
  return descriptionEvidence(looked, undefined)[0];
}

/** As MCP's own defaults say of a tool that says nothing. */
function unknown(): Say {
  return { riskClass: 'write', evidence: { source: 'default', pointer: '', quote: '', says: 'nothing known says what it does: taken to change things, perhaps for good, and to reach outside' } };
}

function confidenceOf(named: Say | undefined, riskClass: RiskClass, evidence: readonly Evidence[], annotationsAgree: boolean): RiskAssessment['confidence'] {
  if (named === undefined) return 'low';
  if (named.evidence.source === 'description') return 'medium';
  return named.riskClass === riskClass && (annotationsAgree || evidence.length > 1) ? 'high' : 'medium';
}

function hiddenText(json: ToolDefinition['json']): Finding[] {
  const description = json.get('description');
  const count = typeof description === 'string' ? invisibleCount(description) : 0;
  if (count === 0) return [];
  return [{ code: 'invisible_characters', pointer: '/description', message: `${count} characters of the description cannot be seen: text for models may hide in them` }];
}

function revealed(evidence: readonly Evidence[]): Finding[] {
  return evidence.filter(({ says }) => says === HANDS_OUT_CREDENTIALS).slice(0, 1).map(({ pointer }) => ({ code: 'reveals_credentials', pointer, message: 'what it answers opens something else: keep it from agents where the gateway can add it by itself' }));
}

