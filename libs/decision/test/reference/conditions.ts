import { type J, get, identityOf, isList, isNum, units } from './json.js';

/** What the reference makes of a condition on a call's arguments. */
type Found = 'holds' | 'fails' | 'missing' | 'wrong type';

/** A rule of `require` (every element under `*`) or of `deny_if` and `approve_if` (any element). */
export function ruleHolds(rule: J, args: J, kind: 'require' | 'deny'): boolean {
  const conditions = get(rule, 'conditions') as readonly J[];
  return conditions.every((condition) => {
    const path = (get(condition, 'path') as string).split('.').slice(1);
    const found = judge(args, path, get(condition, 'op') as string, get(condition, 'value') as J, kind);
    return found === 'holds' || (kind === 'deny' && found === 'wrong type');
  });
}

function judge(value: J | undefined, path: readonly string[], op: string, operand: J, kind: 'require' | 'deny'): Found {
  const [step, ...rest] = path;
  if (step === undefined) return test(value, op, operand);
  if (step !== '*') return judge(child(value, step), rest, op, operand, kind);
  if (value === undefined || (value === null && op === 'exists')) return test(undefined, op, operand);
  if (!isList(value)) return 'wrong type';
  if (value.length === 0) return test(undefined, op, operand);
  const all = value.map((element) => judge(element, rest, op, operand, kind));
  if (kind === 'require') return all.every((one) => one === 'holds') ? 'holds' : 'fails';
  return all.some((one) => one === 'holds' || one === 'wrong type') ? 'holds' : 'fails';
}

function child(value: J | undefined, step: string): J | undefined {
  if (isList(value)) return /^(0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined;
  return get(value, step);
}

/** The value at a path without `*`. */
export function argumentAt(args: J, path: string): J | undefined {
  return path.split('.').slice(1).reduce<J | undefined>(child, args);
}

function test(value: J | undefined, op: string, operand: J): Found {
  if (op === 'exists') return (value !== undefined && value !== null) === operand ? 'holds' : 'fails';
  if (value === undefined) return 'missing';
  switch (op) {
    case 'eq': return says(same(value, operand));
    case 'neq': return says(!same(value, operand));
    case 'in': return says((operand as readonly J[]).some((one) => same(value, one)));
    case 'not_in': return says(!(operand as readonly J[]).some((one) => same(value, one)));
    case 'regex': return typeof value === 'string' ? says(new RegExp(operand as string, 'u').test(value)) : 'wrong type';
    case 'contains':
      if (typeof value === 'string') return says(typeof operand === 'string' && value.includes(operand));
      return isList(value) ? says(value.some((one) => same(one, operand))) : 'wrong type';
  }
  if (!isNum(value) || !isNum(operand)) return 'wrong type';
  const order = units(value.num) - units(operand.num);
  return says(op === 'lt' ? order < 0n : op === 'lte' ? order <= 0n : op === 'gt' ? order > 0n : order >= 0n);
}

const says = (holds: boolean): Found => (holds ? 'holds' : 'fails');
const same = (a: J, b: J): boolean => identityOf(a) === identityOf(b);
