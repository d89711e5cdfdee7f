import { checkCounters } from './counters.js';
import { ExactJsonError } from './exact-json-error.js';
import { type ExactJson, parseExactJson } from './exact-json.js';
import { Fields, isName } from './fields.js';
import { readIntercept } from './intercept.js';
import { lint } from './lint.js';
import { checkNamesBudget } from './names-budget.js';
import { DOCUMENT_BYTES_MAX, type Policy, TOOLS_MAX, TOOL_NAME_LENGTH_MAX, type ToolPolicy } from './policy.js';
import { PATTERNS_SIZE_MAX } from './pattern.js';
import { canonicalPolicyText } from './policy-text.js';
import { type PolicyNote, type PolicyProblem, child, describe } from './problems.js';
import { TOOL_NAME_EXPECTED, readHide } from './read-hide.js';
import { readAllTools, readTool } from './read-tool.js';
import { type Reading, newReading } from './reading.js';
import { looksLikeYaml, parseYaml } from './yaml-document.js';

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy; readonly warnings: readonly PolicyNote[] }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

const DOCUMENT_DEPTH_MAX = 64;

/**
 * Reads and normalises a policy document (policy.md 1, 3 and 5). Nothing is accepted in part: either every field is
 * understood, or all problems come back at once, up to 1,000. Normalising the normalised document changes nothing.
 */
export function parsePolicy(text: string): ParsedPolicy {
  const reading = newReading();
  const policy = looksLikeYaml(text) ? parseIntercept(text, reading) : parseNative(text, reading);
  if (policy !== undefined) {
    checkCounters(policy, reading.written, reading.problems);
    if (!reading.problems.some) checkSize(policy, reading);
  }
  if (policy === undefined || reading.problems.some) return { ok: false, problems: reading.problems.all() };
  lint(policy, reading);
  return { ok: true, policy, warnings: reading.problems.warnings() };
}

function checkSize(policy: Policy, { problems, patterns }: Reading): void {
  if (patterns.tooLarge) problems.add('', `patterns of more than ${PATTERNS_SIZE_MAX} instructions`, `at most ${PATTERNS_SIZE_MAX} in one document: fewer or smaller patterns`);
  const bytes = new TextEncoder().encode(canonicalPolicyText(policy)).length;
  if (bytes > DOCUMENT_BYTES_MAX) problems.add('', `${bytes} bytes once it is normalised`, `at most ${DOCUMENT_BYTES_MAX} bytes`);
  checkNamesBudget(policy, problems);
}

function parseNative(text: string, reading: Reading): Policy | undefined {
  const { problems } = reading;
  try {
    const document = parseExactJson(text, {
      maxBytes: DOCUMENT_BYTES_MAX,
      maxDepth: DOCUMENT_DEPTH_MAX,
      onDuplicateKey: (pointer) => problems.add(pointer, 'a key that the object already has', 'each key once'),
    });
    return readPolicy(document, reading);
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    problems.add(error.pointer, error.reason.replaceAll('_', ' '), error.expected.replace(/^expected /, ''), error.message);
    return undefined;
  }
}

function parseIntercept(text: string, reading: Reading): Policy | undefined {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > DOCUMENT_BYTES_MAX) {
    reading.problems.add('', `${bytes} bytes`, `at most ${DOCUMENT_BYTES_MAX} bytes`);
    return undefined;
  }
  const document = parseYaml(text, DOCUMENT_DEPTH_MAX, reading.problems);
  return document === undefined ? undefined : readIntercept(document, reading);
}

function readPolicy(document: ExactJson, reading: Reading): Policy | undefined {
  const { problems } = reading;
  const fields = Fields.of(document, '', problems, 'a policy: {"version": "1", "default": "deny", "tools": {}}');
  if (fields === undefined) return undefined;
  const version = fields.choice('version', ['1'] as const);
  const otherwise = fields.choice('default', ['allow', 'deny'] as const);
  const hide = readHide(fields);
  const allTools = readAllTools(fields.getOr('all_tools', new Map()), fields.at('all_tools'), reading);
  const tools = readTools(fields, reading);
  const extensions = fields.finish();
  if (version === undefined || otherwise === undefined || allTools === undefined) return undefined;
  return { version, default: otherwise, hide, all_tools: allTools, tools, extensions };
}

function readTools(fields: Fields, reading: Reading): ReadonlyMap<string, ToolPolicy> {
  const tools = new Map<string, ToolPolicy>();
  const value = fields.get('tools');
  if (value === undefined) return tools;
  if (!(value instanceof Map)) {
    fields.wrong('tools', 'an object: tool names and what holds for them');
    return tools;
  }
  if (value.size > TOOLS_MAX) fields.problems.add(fields.at('tools'), `${value.size} tools`, `at most ${TOOLS_MAX} tools`);
  for (const [name, entry] of value as ReadonlyMap<string, ExactJson>) {
    const pointer = child(fields.at('tools'), name);
    if (!isName(name, TOOL_NAME_LENGTH_MAX)) fields.problems.add(pointer, `the name ${describe(name)}`, TOOL_NAME_EXPECTED);
    const tool = readTool(name, entry, pointer, reading);
    if (tool !== undefined) tools.set(name, tool);
  }
  return tools;
}
