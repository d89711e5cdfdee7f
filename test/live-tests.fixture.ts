import ts from 'typescript';

export interface LiveTest {
  readonly title: string;
  /** Titles of the `describe`s around it, outermost first. */
  readonly path: readonly string[];
  /** It expects something, itself or by a function of the same file that it calls. */
  readonly expects: boolean;
}

const TESTS = ['test', 'it'];
/** The latter run where there is a Kafka or moto to run on; CI has both. */
const DESCRIBES = ['describe', 'describeWithKafka', 'describeWithMoto'];
/** `.each` makes many of one; `.skip`, `.todo`, `.failing` and `.only` are no promise. */
const MODIFIERS = ['each', 'concurrent'];

/** The tests of a spec that run, found in its syntax: what is in a comment or a string is none, nor what is skipped. */
export function liveTestsIn(source: ts.SourceFile): LiveTest[] {
  const expecting = expectingFunctions(source);
  const found: LiveTest[] = [];
  const visit = (node: ts.Node, path: readonly string[]): void => {
    const call = ts.isCallExpression(node) ? declared(node) : undefined;
    if (call === undefined) return ts.forEachChild(node, (child) => visit(child, path));
    if (!call.isLive) return;
    if (TESTS.includes(call.name)) found.push({ title: call.title, path, expects: call.body !== undefined && expectsIn(call.body, expecting) });
    else if (call.body !== undefined) ts.forEachChild(call.body, (child) => visit(child, [...path, call.title]));
  };
  visit(source, []);
  return found;
}

interface Declared {
  readonly name: string;
  readonly title: string;
  readonly isLive: boolean;
  readonly body: ts.Node | undefined;
}

/** `test('…', …)`, `test.each(…)('…', …)`, `describe('…', …)` and their like; undefined for any other call. */
function declared(call: ts.CallExpression): Declared | undefined {
  const [first, ...rest] = call.arguments;
  if (first === undefined || !ts.isStringLiteralLike(first)) return undefined;
  const modifiers: string[] = [];
  let callee: ts.Expression = call.expression;
  for (;;) {
    if (ts.isPropertyAccessExpression(callee)) modifiers.push(callee.name.text);
    else if (!ts.isCallExpression(callee) && !ts.isTaggedTemplateExpression(callee)) break;
    callee = ts.isTaggedTemplateExpression(callee) ? callee.tag : callee.expression;
  }
  if (!ts.isIdentifier(callee)) return undefined;
  const name = callee.text.replace(/^[xf](?=test$|it$|describe$)/, '');
  if (!TESTS.includes(name) && !DESCRIBES.includes(name)) return undefined;
  const body = rest.find((argument) => ts.isArrowFunction(argument) || ts.isFunctionExpression(argument));
  return { name, title: first.text, isLive: name === callee.text && body !== undefined && modifiers.every((modifier) => MODIFIERS.includes(modifier)), body };
}

/** Names of the file's functions that expect something, or call one that does. */
function expectingFunctions(source: ts.SourceFile): ReadonlySet<string> {
  const functions = new Map<string, ts.Node>();
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.name) functions.set(node.name.text, node);
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer && (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer))) functions.set(node.name.text, node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const expecting = new Set<string>();
  for (let before = -1; before !== expecting.size;) {
    before = expecting.size;
    for (const [name, body] of functions) if (expectsIn(body, expecting)) expecting.add(name);
  }
  return expecting;
}

function expectsIn(node: ts.Node, expecting: ReadonlySet<string>): boolean {
  let found = false;
  const visit = (child: ts.Node): void => {
    if (found) return;
    if (ts.isCallExpression(child) && ts.isIdentifier(child.expression) && (child.expression.text === 'expect' || expecting.has(child.expression.text))) found = true;
    else ts.forEachChild(child, visit);
  };
  visit(node);
  return found;
}
