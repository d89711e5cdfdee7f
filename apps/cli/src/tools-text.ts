import type { JsonObject } from '@bufbuild/protobuf';
import { nameText } from './listed-tools.js';
import { plain, table } from './terminal.js';

const DESCRIPTION_CHARS = 60;

/** A row for each tool. */
export function toolsTable(rows: readonly JsonObject[]): string {
  return table(['tool', 'state', 'class', 'severity', 'confidence', 'approved by', 'why'], rows.map((row) => {
    const risk = riskOf(row);
    return [nameText(row), stateText(row), classText(row), risk === undefined ? '' : String(risk['severity']), risk === undefined ? '' : String(risk['confidence']), String(row['approvedBy']), whyText(row)];
  }));
}

/** One tool with everything that its class rests on. */
export function evidenceText(row: JsonObject): string {
  const risk = riskOf(row);
  const lines = [`${nameText(row)}: ${stateText(row)}, ${classText(row)}${risk === undefined ? '' : ` (${risk['severity']}, confidence ${risk['confidence']}, rules ${risk['rulesVersion']})`}`];
  if (risk === undefined) return lines.join('\n');
  for (const one of risk['evidence'] as JsonObject[]) lines.push(`  ${one['pointer'] || '(nothing)'}: ${one['quote'] === '' ? '' : `“${one['quote']}” `}${one['says']}`);
  for (const one of risk['findings'] as JsonObject[]) lines.push(`  ! ${one['pointer']}: ${one['message']}`);
  const bits = [risk['privateData'] === true && 'reads what is private', risk['untrustedContent'] === true && 'reads what others wrote', risk['outsideCommunication'] === true && 'reaches outside'].filter(Boolean);
  if (bits.length > 0) lines.push(`  ${bits.join(', ')}`);
  return lines.map(plain).join('\n');
}

/** What differs in one tool. */
export function diffText(row: JsonObject): string {
  const changes = row['changes'] as JsonObject[];
  const lines = [`${nameText(row)}: ${stateText(row)}`];
  for (const { pointer, before, after } of changes) {
    lines.push(`  ${pointer === '' ? '(all of it)' : String(pointer)}`);
    if (before !== undefined) lines.push(...signed('-', String(before)));
    if (after !== undefined) lines.push(...signed('+', String(after)));
  }
  return lines.map(plain).join('\n');
}

/** What waits for somebody, and the command for it; '' if nothing does. */
export function heldText(server: string, rows: readonly JsonObject[], sameService: string): string {
  const held = rows.filter((row) => row['state'] === 'FIRST_SEEN' || row['state'] === 'CHANGED').length;
  if (held === 0) return '';
  return `${held} ${held === 1 ? 'waits' : 'wait'} for review: docket tools diff ${server}${sameService}, then docket tools approve ${server} --all${sameService}`;
}

function signed(sign: string, text: string): string[] {
  return text.split('\n').map((line) => `    ${sign} ${line}`);
}

function stateText(row: JsonObject): string {
  return String(row['state']).toLowerCase().replace('_', ' ');
}

function classText(row: JsonObject): string {
  const risk = riskOf(row);
  if (row['name'] === '') return '';
  const override = String(row['overrideClass'] ?? 'RISK_CLASS_UNSPECIFIED');
  if (override !== 'RISK_CLASS_UNSPECIFIED') return `${override.toLowerCase()} (set by ${row['overrideBy']})`;
  return risk === undefined ? '' : String(risk['riskClass']).toLowerCase();
}

function whyText(row: JsonObject): string {
  const evidence = riskOf(row)?.['evidence'] as JsonObject[] | undefined;
  if (evidence === undefined) return '';
  const [decisive] = evidence;
  if (decisive === undefined || decisive['quote'] === '') return 'nothing known says what it does';
  const text = `${decisive['source']} “${decisive['quote']}”`;
  return text.length > DESCRIPTION_CHARS ? `${text.slice(0, DESCRIPTION_CHARS).toWellFormed()}…` : text;
}

function riskOf(row: JsonObject): JsonObject | undefined {
  return (row['risk'] ?? undefined) as JsonObject | undefined;
}
