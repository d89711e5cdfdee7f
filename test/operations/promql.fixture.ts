/** A metric that an expression asks for, with the labels that it names there. */
export interface Selector { readonly metric: string; readonly labels: readonly string[] }

export interface Asked {
  readonly selectors: readonly Selector[];
  /** Labels that results are grouped, matched or divided by. */
  readonly groupedBy: readonly string[];
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

/** What a PromQL expression names; functions and operators are left out. Rough: it is for the expressions of this project. */
export function askedBy(expression: string): Asked {
  const groupedBy = [...expression.matchAll(GROUPING)].flatMap(([, list]) => list!.split(',').map((label) => label.trim())).filter((label) => label !== '');
  // Strings first, so that what stands in them is not read.
  const text = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(GROUPING, ' ').replace(/\[[^\]]*\]/g, '');
  const selectors = [...text.matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?/g)]
    .filter(([, name, , call]) => call === undefined && !WORDS.has(name!.toLowerCase()))
    .map(([, name, matchers = '']) => ({ metric: name!, labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!) }));
  return { selectors, groupedBy };
}

/** Round, square and curly brackets close in their order, and nothing is left open. */
export function isBalanced(expression: string): boolean {
  const open: string[] = [];
  for (const character of expression.replace(/"(?:[^"\\]|\\.)*"/g, '')) {
    if ('([{'.includes(character)) open.push(character);
    else if (')]}'.includes(character) && open.pop() !== '([{'[')]}'.indexOf(character)]) return false;
  }
  return open.length === 0;
}
