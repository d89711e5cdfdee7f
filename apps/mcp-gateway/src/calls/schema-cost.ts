import { isObject, type Json, type JsonObject } from '#mcp';

/** Values of a schema's keywords that hold no schemas: nothing in them is looked at. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
/** Keywords whose value names schemas: its keys are no keywords. */
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']);
/** References whose target is found only while validating. */
const DYNAMIC = ['$dynamicRef', '$recursiveRef'];

/**
 * How many subschemas a validation may visit at one place of the value, with references followed; Infinity where it cannot be
 * told: recursion, references to elsewhere (nothing is ever fetched), or more than `max`. Bounds the time of a validation.
 */
export function schemaCost(schema: JsonObject, max: number): number {
  const memo = new Map<JsonObject, number>();
  const open = new Set<JsonObject>();
  const costOf = (value: Json | undefined, depth: number, isNamed = false): number => {
    if (depth > DEPTH_MAX) return Infinity;
    if (Array.isArray(value)) return sum(value as readonly Json[], depth);
    if (!isObject(value)) return 0;
    if (open.has(value)) return Infinity;
    const known = memo.get(value);
    if (known !== undefined) return known;
    open.add(value);
    let cost = 1;
    for (const [key, member] of Object.entries(value)) {
      if (isNamed) {
        cost += costOf(member, depth + 1);
        continue;
      }
      if (DATA.has(key)) continue;
      if (DYNAMIC.includes(key)) cost = Infinity;
      else if (key === '$ref') cost += costOf(targetOf(schema, member), depth + 1) || Infinity;
      else cost += costOf(member, depth + 1, NAMED.has(key));
      if (cost > max) break;
    }
    open.delete(value);
    const found = cost > max ? Infinity : cost;
    memo.set(value, found);
    return found;
  };
  const sum = (values: readonly Json[], depth: number): number => {
    let cost = 0;
    for (const value of values) {
      cost += costOf(value, depth + 1);
      if (cost > max) return Infinity;
    }
    return cost;
  };
  return costOf(schema, 0);
}

const DEPTH_MAX = 64;

/** What a reference inside of the document points to, by JSON pointer; undefined: not by that, or nothing. */
function targetOf(schema: JsonObject, reference: Json | undefined): Json | undefined {
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;
  let found: Json | undefined = schema;
  for (const token of reference.slice(2).split('/')) {
    const key = decoded(token);
    if (key === undefined) return undefined;
    if (Array.isArray(found)) found = (found as readonly Json[])[Number(key)];
    else if (isObject(found) && Object.hasOwn(found, key)) found = found[key];
    else return undefined;
  }
  return found;
}

function decoded(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
