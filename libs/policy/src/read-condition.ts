import { canonicalJson } from './canonical-json.js';
import type { ExactJson } from './exact-json.js';
import { Decimal } from './exact-number.js';
import { Fields } from './fields.js';
import { PATH_EXPECTED, parsePath } from './path.js';
import { PATTERN_LENGTH_MAX, PATTERN_SIZE_MAX } from './pattern.js';
import { CONDITIONS_PER_RULE_MAX, type Condition, OPERATORS, type Operator, VALUES_MAX, VALUE_LENGTH_MAX } from './policy.js';
import { child, describe } from './problems.js';
import type { Reading } from './reading.js';

/** The conditions of a rule; those that were reported are left out. */
export function readConditions(fields: Fields, reading: Reading): Condition[] {
  const values = fields.get('conditions');
  if (!Array.isArray(values)) {
    fields.wrong('conditions', 'a list of conditions; [] always holds');
    return [];
  }
  if (values.length > CONDITIONS_PER_RULE_MAX) {
    fields.problems.add(fields.at('conditions'), describe(values), `at most ${CONDITIONS_PER_RULE_MAX} conditions a rule`);
  }
  const read = (value: ExactJson, i: number): Condition | undefined => readCondition(value, child(fields.at('conditions'), i), reading);
  return values.map(read).filter((condition) => condition !== undefined);
}

/** Undefined if anything about it was reported. */
export function readCondition(value: ExactJson, pointer: string, reading: Reading): Condition | undefined {
  const fields = Fields.of(value, pointer, reading.problems, 'a condition: {"path", "op", "value"}');
  if (fields === undefined) return undefined;
  const path = fields.get('path');
  if (typeof path !== 'string' || parsePath(path) === undefined) fields.wrong('path', PATH_EXPECTED);
  const op = fields.choice('op', OPERATORS);
  const operand = fields.get('value');
  const fits = operand === undefined ? missing(fields) : op !== undefined && checkValue(op, operand, fields, reading);
  const extensions = fields.finish();
  if (typeof path !== 'string' || parsePath(path) === undefined || op === undefined || operand === undefined || !fits) return undefined;
  return reading.written.place({ path, op, value: operand, extensions }, pointer);
}

function missing(fields: Fields): false {
  fields.wrong('value', 'what the argument is compared with');
  return false;
}

function checkValue(op: Operator, value: ExactJson, fields: Fields, { patterns }: Reading): boolean {
  const expected = expectedValue(op, value);
  if (expected !== undefined) {
    fields.wrong('value', expected);
    return false;
  }
  if (op === 'regex') {
    const pattern = patterns.compile(value as string);
    if (typeof pattern !== 'string') return true;
    fields.problems.add(fields.at('value'), pattern, `a regular expression in RE2 syntax, of at most ${PATTERN_SIZE_MAX} instructions once it is compiled`);
    return false;
  }
  const { length } = canonicalJson(value);
  if (length <= VALUE_LENGTH_MAX) return true;
  fields.problems.add(fields.at('value'), `a value of ${length} characters`, `at most ${VALUE_LENGTH_MAX}`);
  return false;
}

/** What the operator wants instead of this value; undefined if it is fine. */
function expectedValue(op: Operator, value: ExactJson): string | undefined {
  switch (op) {
    case 'lt': case 'lte': case 'gt': case 'gte':
      return typeof value === 'number' || value instanceof Decimal ? undefined : `a number, to compare with by \`${op}\``;
    case 'in': case 'not_in':
      return Array.isArray(value) && value.length <= VALUES_MAX ? undefined : `a list of at most ${VALUES_MAX} values for \`${op}\``;
    case 'exists':
      return typeof value === 'boolean' ? undefined : 'true (is there) or false (is not there, or null)';
    case 'regex':
      return typeof value === 'string' && value.length <= PATTERN_LENGTH_MAX ? undefined : `a regular expression of at most ${PATTERN_LENGTH_MAX} characters`;
    default:
      return undefined;
  }
}
