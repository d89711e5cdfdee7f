import { type Fields, isName } from './fields.js';
import { isGlob } from './glob.js';
import { TOOLS_MAX, TOOL_NAME_LENGTH_MAX } from './policy.js';
import { child, describe, shorten } from './problems.js';

export const TOOL_NAME_EXPECTED = `a tool name of 1 to ${TOOL_NAME_LENGTH_MAX} printable characters`;

/** Sorted, each name once; `*` alone if it is among them. */
export function readHide(fields: Fields): readonly string[] {
  const value = fields.get('hide');
  if (value === '*') return ['*'];
  const names = new Set<string>();
  const expected = 'a list of tool names, or "*" for all';
  fields.list('hide', expected).forEach((name, i) => {
    const pointer = child(fields.at('hide'), i);
    if (!isName(name, TOOL_NAME_LENGTH_MAX)) fields.problems.add(pointer, describe(name), TOOL_NAME_EXPECTED);
    else if (isGlob(name) && name !== '*') fields.problems.add(pointer, `the glob ${shorten(JSON.stringify(name))}`, 'an exact tool name, or "*" for all');
    else names.add(name);
  });
  if (names.size > TOOLS_MAX) fields.problems.add(fields.at('hide'), `${names.size} names`, `at most ${TOOLS_MAX} names`);
  return names.has('*') ? ['*'] : [...names].sort();
}
