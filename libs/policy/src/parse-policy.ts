import { checkCounters } from './counters.js';
import { ExactJsonError } from './exact-json-error.js';
import { type ExactJson, parseExactJson } from './exact-json.js';
import { Fields, isName } from './fields.js';
import { isGlob } from './glob.js';
import { lint } from './lint.js';
import { checkNamesBudget } from './names-budget.js';
import { DOCUMENT_BYTES_MAX, type Policy, TOOLS_MAX, TOOL_NAME_LENGTH_MAX, type ToolPolicy } from './policy.js';
import { canonicalPolicyText } from './policy-text.js';
import { type PolicyNote, type PolicyProblem, type Problems, child, describe, shorten } from './problems.js';
import { readAllTools, readTool } from './read-tool.js';
import { type Reading, newReading } from './reading.js';

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
  const { problems } = reading;
  const document = parseDocument(text, problems);
  const policy = document === undefined ? undefined : readPolicy(document, reading);
  if (policy === undefined || problems.some) return { ok: false, problems: problems.all() };
  return { ok: true, policy, warnings: problems.warnings };
}

function parseDocument(text: string, problems: Problems): ExactJson | undefined {
  try {
    return parseExactJson(text, {
      maxBytes: DOCUMENT_BYTES_MAX,
      maxDepth: DOCUMENT_DEPTH_MAX,
      onDuplicateKey: (pointer) => problems.add(pointer, 'a key that the object already has', 'each key once'),
    });
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    if (error.reason === 'malformed' && /^\s*(#|---|%YAML|[A-Za-z_]+\s*:)/.test(text)) {
      problems.notSupported('', 'YAML is', 'a document that begins as YAML does', 'a policy.json: one JSON object');
    } else {
      problems.add(error.pointer, error.reason.replaceAll('_', ' '), error.expected.replace(/^expected /, ''), error.message);
    }
    return undefined;
  }
}

function readPolicy(document: ExactJson, reading: Reading): Policy | undefined {
  const { problems } = reading;
  const fields = Fields.of(document, '', problems, 'a policy: {"version": "1", "default": "deny", "tools": {}}');
  if (fields === undefined) return undefined;
  const version = fields.choice('version', ['1'] as const);
  const otherwise = fields.choice('default', ['allow', 'deny'] as const);
  const hide = readHide(fields);
  const allTools = readAllTools(fields.get('all_tools') ?? new Map(), fields.at('all_tools'), reading);
  const tools = readTools(fields, reading);
  const extensions = fields.finish();
  if (version === undefined || otherwise === undefined || allTools === undefined) return undefined;
  const policy: Policy = { version, default: otherwise, hide, all_tools: allTools, tools, extensions };
  checkCounters(policy, reading.written, problems);
  if (problems.some) return undefined;
  const bytes = new TextEncoder().encode(canonicalPolicyText(policy)).length;
  if (bytes > DOCUMENT_BYTES_MAX) problems.add('', `${bytes} bytes once it is normalised`, `at most ${DOCUMENT_BYTES_MAX} bytes`);
  checkNamesBudget(policy, problems);
  lint(policy, reading.written.limits, problems);
  return policy;
}

function readHide(fields: Fields): readonly string[] {
  const value = fields.get('hide');
  if (value === '*') return ['*'];
  const names = new Set<string>();
  const expected = 'a list of tool names, or "*" for all';
  fields.list('hide', expected).forEach((name, i) => {
    const pointer = child(fields.at('hide'), i);
    if (!isName(name, TOOL_NAME_LENGTH_MAX)) fields.problems.add(pointer, describe(name), toolNameExpected);
    else if (isGlob(name) && name !== '*') fields.problems.add(pointer, `the glob ${shorten(JSON.stringify(name))}`, 'an exact tool name, or "*" for all');
    else names.add(name);
  });
  if (names.size > TOOLS_MAX) fields.problems.add(fields.at('hide'), `${names.size} names`, `at most ${TOOLS_MAX} names`);
  return names.has('*') ? ['*'] : [...names].sort();
}

const toolNameExpected = `a tool name of 1 to ${TOOL_NAME_LENGTH_MAX} printable characters`;

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
    if (!isName(name, TOOL_NAME_LENGTH_MAX)) fields.problems.add(pointer, `the name ${describe(name)}`, toolNameExpected);
    const tool = readTool(name, entry, pointer, reading);
    if (tool !== undefined) tools.set(name, tool);
  }
  return tools;
}
