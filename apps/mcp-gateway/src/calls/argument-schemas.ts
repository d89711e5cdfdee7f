import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { asDoubles, type Json, type JsonObject } from '#mcp';
import { schemaCost } from './schema-cost.js';

const SCHEMAS_MAX = 2_000;
const SUBSCHEMAS_MAX = 5_000;
const PROBLEMS_MAX = 5;
/** Values that could make one comparison of each pair of them take long: those lists the upstream compares. */
const SLOW = ['uniqueItems'];

/** Patterns that take linear time, whoever has written them. */
const regExp = Object.assign((pattern: string) => {
  const compiled = RE2JS.compile(pattern);
  return { test: (text: string) => compiled.matcher(text).find() };
}, { code: 'undefined' });

const OPTIONS = { strict: false, allErrors: false, validateSchema: false, addUsedSchema: false, code: { regExp: regExp as never }, logger: false as const };
const addFormats = ajvFormats as unknown as (ajv: Ajv) => void;

/**
 * Checks arguments by tools' input schemas (C5, T9). Nothing is fetched, patterns run in linear time, and a schema whose validation
 * could take long is not used: then the upstream checks alone, as it does anyway.
 */
export class ArgumentSchemas {
  readonly #made = new Map<string, ValidateFunction | undefined>();

  /** @param hash of the tool's definition. Undefined: nothing is wrong. Otherwise what is, without any value. */
  problem(hash: string, schema: JsonObject | undefined, args: JsonObject): string | undefined {
    if (schema === undefined) return undefined;
    let validate = this.#made.get(hash);
    if (validate === undefined && !this.#made.has(hash)) {
      if (this.#made.size >= SCHEMAS_MAX) this.#made.delete(this.#made.keys().next().value!);
      this.#made.set(hash, validate = compiled(schema));
    }
    if (validate === undefined) return undefined;
    try {
      return validate(asDoubles(args)) ? undefined : inWords(validate.errors ?? []);
    } catch {
      return undefined;
    }
  }
}

function compiled(schema: JsonObject): ValidateFunction | undefined {
  if (schemaCost(schema, SUBSCHEMAS_MAX) === Infinity) return undefined;
  try {
    const isOld = typeof schema['$schema'] === 'string' && /draft-0[4-7]/.test(schema['$schema']);
    const ajv = isOld ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
    addFormats(ajv as Ajv);
    for (const keyword of SLOW) ajv.removeKeyword(keyword);
    const { $schema: _dialect, $id: _id, ...own } = schema;
    return ajv.compile(asDoubles(own) as object);
  } catch {
    // A reference to elsewhere, a pattern that cannot be bounded, or no schema at all.
    return undefined;
  }
}

function inWords(errors: readonly ErrorObject[]): string {
  return errors.slice(0, PROBLEMS_MAX).map(({ instancePath, keyword, message, params }) => {
    const where = instancePath === '' ? 'the arguments' : instancePath.slice(0, 200);
    const extra = keyword === 'additionalProperties' || keyword === 'unevaluatedProperties' ? `: ${JSON.stringify(Object.values(params as Record<string, Json>)[0]).slice(0, 100)}` : '';
    return `${where} ${message ?? 'are not acceptable'}${extra}`;
  }).join('; ');
}
