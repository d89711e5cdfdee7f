import { RE2JS } from 're2js';
import { canonicalJson, type ExactJson } from '#policy';

/** What may vary in a server's texts without anybody having to look again: a date, a count. Reviewed by an administrator, one server's own. */
export interface NormaliserRule {
  /** Name of a tool; `*` for all, the instructions included. */
  readonly tool: string;
  /** RE2 pattern; what it matches in a title or description counts as the same. */
  readonly pattern: string;
}

export const NORMALISER_RULES_MAX = 20;
export const NORMALISER_PATTERN_CHARS_MAX = 200;
/** Churn is short: what hides more than this is an instruction to a model, or may be one. */
const MATCH_CHARS_MAX = 40;
const PLACE_HOLDER = '\u{FFFC}';

/** Why a pattern is no rule; undefined if it is one. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length === 0 || pattern.length > NORMALISER_PATTERN_CHARS_MAX) return `found ${pattern.length} characters, expected 1 to ${NORMALISER_PATTERN_CHARS_MAX}`;
  try {
    return RE2JS.compile(pattern).matcher('').find() ? 'expected a pattern that does not match the empty text' : undefined;
  } catch {
    return 'expected a pattern in RE2 syntax';
  }
}

/** Whether two definitions (or instructions) of a tool are the same but for what the rules let vary. */
export function sameButForChurn(tool: string, before: ExactJson, after: ExactJson, rules: readonly NormaliserRule[]): boolean {
  const patterns = rules.filter((rule) => rule.tool === '*' || rule.tool === tool).map(({ pattern }) => RE2JS.compile(pattern));
  if (patterns.length === 0) return canonicalJson(before) === canonicalJson(after);
  return canonicalJson(normalised(before, patterns, true)) === canonicalJson(normalised(after, patterns, true));
}

/** Only texts for people and models are looked at: a schema's keywords and values mean what they say. */
function normalised(value: ExactJson, patterns: readonly RE2JS[], isText: boolean): ExactJson {
  if (typeof value === 'string') return isText ? patterns.reduce(replaced, value) : value;
  if (Array.isArray(value)) return value.map((item: ExactJson) => normalised(item, patterns, false));
  if (!(value instanceof Map)) return value;
  return new Map([...value as ReadonlyMap<string, ExactJson>].map(([key, item]) => [key, normalised(item, patterns, key === 'description' || key === 'title')]));
}

function replaced(text: string, pattern: RE2JS): string {
  const matcher = pattern.matcher(text);
  let out = '';
  let at = 0;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (end - start > MATCH_CHARS_MAX || end === start) continue;
    out += text.slice(at, start) + PLACE_HOLDER;
    at = end;
  }
  return out + text.slice(at);
}
