import { timestampOf, type registry } from '#contracts';
import { DocketError } from '#errors';
import type { ToolView } from '#registry';
import { RISK_CLASSES, type PinState, type RiskAssessment, type RiskClass } from '#tools';
import type { ToolDifference } from './registry.tools.js';

/** docket.registry.v1 messages about tools, from and to the registry's own words. */
export function toTool({ record, state, approvedText, observedText }: ToolView, risk: RiskAssessment | undefined): registry.Tool {
  const { tool, approved = '', observed = '', first_seen_at_ms, observed_at_ms, approved_at_ms, approved_by, risk_class, risk_set_by } = record;
  return {
    name: tool, state: stateName(state),
    definition: Buffer.from(approvedText ?? ''), definitionHash: approved,
    observedDefinition: Buffer.from(observed === approved ? '' : observedText ?? ''), observedHash: observed,
    firstSeenAt: timestampOf(first_seen_at_ms), observedAt: timestampOf(observed_at_ms), approvedAt: approved_at_ms === null ? null : timestampOf(approved_at_ms),
    approvedBy: approved_by, risk: risk === undefined ? null : toRisk(risk),
    overrideClass: risk_class === null ? 'RISK_CLASS_UNSPECIFIED' : className(risk_class), overrideBy: risk_set_by,
  };
}

export function toDiff({ view, changes }: ToolDifference): registry.ToolDiff {
  return {
    name: view.record.tool, state: stateName(view.state), observedHash: view.record.observed ?? '',
    changes: changes.map(({ pointer, before, after }) => ({ pointer, ...(before !== undefined && { before }), ...(after !== undefined && { after }) })),
  };
}

export function toRisk(risk: RiskAssessment): registry.Risk {
  const { riskClass, severity, confidence, evidence, findings, trifecta, rulesVersion } = risk;
  return { riskClass: className(riskClass), severity, confidence, evidence: evidence.map((one) => ({ ...one })), findings: findings.map((one) => ({ ...one })), ...trifecta, rulesVersion };
}

/** Unspecified takes an earlier word back. Throws invalid_argument. */
export function riskClassOf(found: registry.RiskClass__Output): RiskClass | null {
  if (found === 'RISK_CLASS_UNSPECIFIED') return null;
  const known = RISK_CLASSES.find((one) => className(one) === found);
  if (known === undefined) throw invalid('risk_class', `found ${String(found)}, expected one of ${RISK_CLASSES.map(className).join(', ')}`);
  return known;
}

const TOKEN = /^after:([A-Za-z0-9_.-]{0,128})$/;

/** Name after which a page begins. Throws invalid_argument on what was no `next_page_token`. */
export function afterOf(pageToken: string): string | undefined {
  if (pageToken === '') return undefined;
  const found = pageToken.length <= 512 ? TOKEN.exec(Buffer.from(pageToken, 'base64').toString('latin1')) : null;
  if (found === null) throw invalid('page_token', 'expected a next_page_token of this list');
  return found[1];
}

export function pageTokenOf(after: string): string {
  return after === '' ? '' : Buffer.from(`after:${after}`).toString('base64');
}

export function stateName(state: PinState): Uppercase<PinState> {
  return state.toUpperCase() as Uppercase<PinState>;
}

export function className(riskClass: RiskClass): Uppercase<RiskClass> {
  return riskClass.toUpperCase() as Uppercase<RiskClass>;
}

function invalid(field: string, description: string): DocketError {
  return new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the request is not valid: ${field}`, violations: [{ field, description }] });
}
