import type { z } from 'zod';
import { type Scenario, fileSchema, isJsonValue, listSchema } from './case.js';
import { FILE_BYTES_MAX, type SourceProblem, YamlSource } from './yaml-source.js';

export type ReadCases =
  | { readonly ok: true; readonly cases: readonly Scenario[] }
  | { readonly ok: false; readonly problems: readonly SourceProblem[] };

const PROBLEMS_MAX = 50;

/** Reads a file of cases (docs/policy-tests.md). Nothing is accepted in part: all problems come at once, each with its line. */
export function readCases(text: string): ReadCases {
  if (new TextEncoder().encode(text).length > FILE_BYTES_MAX) return { ok: false, problems: [{ line: 1, message: `expected at most ${FILE_BYTES_MAX} bytes` }] };
  const source = new YamlSource(text);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  const read = source.read(isJsonValue);
  if ('message' in read) return { ok: false, problems: [read] };
  const isList = Array.isArray(read.value);
  const parsed = isList ? listSchema.safeParse(read.value) : fileSchema.safeParse(read.value);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, source) };
  const shared = Array.isArray(parsed.data) ? NOTHING_SHARED : governingOf(parsed.data);
  const cases = Array.isArray(parsed.data) ? parsed.data : parsed.data.cases;
  const names = new Set<string>();
  const problems: SourceProblem[] = [];
  const located = cases.map((one, i): Scenario => {
    const path = isList ? [i] : ['cases', i];
    if (names.has(one.name)) problems.push({ line: source.lineOf(path), message: `a second case of the name ${JSON.stringify(one.name)}` });
    names.add(one.name);
    const hasPolicy = (one.policy ?? one.policy_text ?? one.policy_file) !== undefined;
    const { steps, ...rest } = one;
    return {
      ...(hasPolicy ? {} : shared.policy), ...(shared.at === undefined ? {} : { at: shared.at }), ...defined(rest),
      line: source.lineOf(path),
      ...(steps && { steps: steps.map((step, n) => ({ ...step, line: source.lineOf([...path, 'steps', n]) })) }),
    };
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, cases: located };
}

interface Shared { readonly policy: object; readonly at: number | undefined }
const NOTHING_SHARED: Shared = { policy: {}, at: undefined };

function governingOf({ at, policy, policy_text, policy_file }: z.output<typeof fileSchema>): Shared {
  return { policy: defined({ policy, policy_text, policy_file }), at };
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

function problemsOf(error: z.ZodError, source: YamlSource): SourceProblem[] {
  const problems = error.issues.flatMap((issue) => {
    const where = placeOf(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ line: source.lineOf(issue.path), message: `${where}${issue.message}` }];
    return issue.keys.map((key) => ({ line: source.lineOf([...issue.path, key]), message: `${where}unknown key ${JSON.stringify(key.slice(0, 60))}` }));
  });
  return problems.sort((a, b) => a.line - b.line).slice(0, PROBLEMS_MAX);
}

/** `steps[2].call: ` inside a case, whose line says which; `policy_file: ` of what stands above the cases. */
function placeOf(path: readonly PropertyKey[]): string {
  const caseSteps = typeof path[0] === 'number' ? 1 : path[0] === 'cases' && path.length > 1 ? 2 : 0;
  const inside = path.slice(caseSteps);
  const text = inside.map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`)).join('').replace(/^\./, '');
  return text === '' ? '' : `${text}: `;
}
