import { DocketError } from '#errors';
import { SEVERITY_OF, type RiskAssessment, type RiskClass } from './risk.js';

/** A tool as the recommendation sees it: how it was assessed, and what an administrator says instead, if he does. */
export interface RatedTool {
  readonly name: string;
  readonly assessment: RiskAssessment;
  readonly override: RiskClass | undefined;
}

/** A policy document's own bound (policy.md 1). */
const DOCUMENT_BYTES_MAX = 256 * 1024;
/** Tools that a policy may name. */
const TOOLS_MAX = 2_000;

/** A minute's calls of one tool by one grant (policy.md 6); the classes that are missing get no limit. */
const PER_MINUTE = { other: 60, write: 30, execute: 10 } as const satisfies Partial<Record<RiskClass, number>>;

/**
 * The tool that hands out the access token. The gateway answers it by itself, from the token broker, and what it hands out is worth
 * nothing elsewhere; so it gets the rule that its partner asks for, and not that of its class.
 */
const TOKEN_TOOL = 'refresh_access_token';
const TOKENS_PER_MINUTE = 60;

/**
 * A policy for a server's tools by their classes, to be read and edited by a person: whatever it does not name is denied. JSON has no
 * comments, so the whys are in keys beginning with `x-`, which policies keep and never read. Throws resource_exhausted.
 */
export function recommendPolicy(server: string, tools: readonly RatedTool[], rulesVersion: number): string {
  const sorted = [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const commented of [true, false]) {
    const document = documentOf(server, sorted, rulesVersion, commented);
    const text = `${JSON.stringify(document, null, commented ? 2 : undefined)}\n`;
    if (sorted.length <= TOOLS_MAX && utf8Bytes(text) <= DOCUMENT_BYTES_MAX) return text;
  }
  throw new DocketError('resource_exhausted', {
    reason: 'POLICY_TOO_LARGE', message: `${tools.length} tools do not fit into one policy of ${TOOLS_MAX} tools and ${DOCUMENT_BYTES_MAX} bytes`,
  });
}

function documentOf(server: string, tools: readonly RatedTool[], rulesVersion: number, commented: boolean): object {
  const hidden = tools.filter((tool) => tool.name !== TOKEN_TOOL && classOf(tool) === 'destructive');
  const named = tools.filter((tool) => !hidden.includes(tool));
  const notes = {
    'x-about': `Recommended for the server ${server} from what its tools say of themselves (rules ${rulesVersion}). Read it before you publish it: descriptions are poor evidence.`,
    ...(named.some(({ name }) => name === TOKEN_TOOL) && { 'x-refresh_access_token': 'Answered by the gateway from the token broker: the token stays good until it ends, so 60 a minute for each grant is plenty.' }),
    ...(hidden.length > 0 && { 'x-hidden': Object.fromEntries(hidden.map((tool) => [tool.name, whyOf(tool)])) }),
  };
  return {
    version: '1',
    ...(commented ? notes : {}),
    default: 'deny',
    ...(hidden.length > 0 && { hide: hidden.map(({ name }) => name) }),
    tools: Object.fromEntries(named.map((tool) => [tool.name, ruleOf(tool, commented)])),
  };
}

function ruleOf(tool: RatedTool, commented: boolean): object {
  if (tool.name === TOKEN_TOOL) return { limits: [perMinute(tool.name, TOKENS_PER_MINUTE)] };
  const why = commented ? { 'x-why': whyOf(tool) } : {};
  const riskClass = classOf(tool);
  switch (riskClass) {
    case 'read': return why;
    case 'financial': return { ...why, approve_if: [{ conditions: [], message: `${tool.name} is about money and needs approval.` }] };
    // Hidden ones do not get here; were one to, it is denied.
    case 'destructive': return { ...why, deny_if: [{ conditions: [], on_deny: `${tool.name} cannot be put back.` }] };
    default: return { ...why, limits: [perMinute(tool.name, PER_MINUTE[riskClass])] };
  }
}

function perMinute(tool: string, max: number): object {
  return { counter: `${tool}_rate`, window: 'minute', max, scope: 'grant' };
}

function classOf({ override, assessment }: RatedTool): RiskClass {
  return override ?? assessment.riskClass;
}

function whyOf(tool: RatedTool): string {
  const { assessment, override } = tool;
  if (override !== undefined) return `${override} (${SEVERITY_OF[override]}): set by an administrator; the rules say ${assessment.riskClass}`;
  const [decisive] = assessment.evidence;
  const quoted = decisive === undefined || decisive.quote === '' ? 'nothing known says what it does' : `${decisive.pointer} “${decisive.quote}”: ${decisive.says}`;
  const findings = assessment.findings.map(({ message }) => `; note: ${message}`).join('');
  return `${assessment.riskClass} (${assessment.severity}, confidence ${assessment.confidence}): ${quoted}${findings}`;
}

/** Bytes in UTF-8, without an encoder: this file is pure. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
