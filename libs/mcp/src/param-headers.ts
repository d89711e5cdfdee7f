import { decodeHeaderValue, encodeHeaderValue, headerText, saysTheSame, valueAt } from './header-values.js';
import { isObject, isRawNumber, type Json, type JsonObject } from './json.js';

/** An argument that a tool's schema wants mirrored into `Mcp-Param-<name>` (`x-mcp-header`). */
export interface ParamHeader { readonly path: readonly string[]; readonly name: string; readonly type: 'string' | 'integer' | 'boolean' }

export type ParamHeaders = { readonly valid: true; readonly headers: readonly ParamHeader[] } | { readonly valid: false; readonly because: string };

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Keywords whose values are data and no schemas. */
const DATA: ReadonlySet<string> = new Set(['default', 'enum', 'const', 'examples', 'x-mcp-header']);
const DEPTH_MAX = 64;

class Invalid extends Error {}

/**
 * The `x-mcp-header` annotations of a tool's input schema (H6). A tool with an invalid one is not to be offered: a name twice,
 * no name of a header, on what is no string, integer or boolean, or where properties alone do not lead (`items`, `oneOf`, `$defs`).
 */
export function paramHeadersOf(inputSchema: JsonObject): ParamHeaders {
  const headers: ParamHeader[] = [];
  const names = new Set<string>();
  const invalid = (path: readonly string[], problem: string): never => {
    throw new Invalid(`${path.length === 0 ? 'the schema itself' : path.join('.').slice(0, 200)}: ${problem}`);
  };
  const visit = (schema: Json | undefined, path: readonly string[], isReachable: boolean): void => {
    if (path.length > DEPTH_MAX) invalid(path, `nested more than ${DEPTH_MAX} deep`);
    if (Array.isArray(schema)) return (schema as readonly Json[]).forEach((item) => visit(item, path, isReachable));
    if (!isObject(schema)) return;
    if (schema['x-mcp-header'] !== undefined) declare(schema, path, isReachable);
    for (const [keyword, value] of Object.entries(schema)) {
      if (DATA.has(keyword)) continue;
      if (keyword === 'properties' && isObject(value)) for (const [key, member] of Object.entries(value)) visit(member, [...path, key], isReachable);
      else if (OF_NAMES.has(keyword) && isObject(value)) for (const member of Object.values(value)) visit(member, [...path, `<${keyword}>`], false);
      else visit(value, [...path, `<${keyword}>`], false);
    }
  };
  const declare = (schema: JsonObject, path: readonly string[], isReachable: boolean): void => {
    const name = schema['x-mcp-header'];
    if (!isReachable || path.length === 0 || schema['$ref'] !== undefined) return invalid(path, 'x-mcp-header stands where properties alone do not lead');
    if (typeof name !== 'string' || !TOKEN.test(name)) return invalid(path, 'x-mcp-header is not the name of a header');
    if (!TYPES.has(schema['type'])) return invalid(path, 'x-mcp-header stands at what is not of type string, integer or boolean');
    if (names.has(name.toLowerCase())) return invalid(path, 'x-mcp-header names the same header twice');
    names.add(name.toLowerCase());
    headers.push({ path, name, type: schema['type'] as ParamHeader['type'] });
  };
  try {
    visit(inputSchema, [], true);
  } catch (error) {
    if (error instanceof Invalid) return { valid: false, because: error.message };
    throw error;
  }
  return { valid: true, headers };
}

/** Keywords whose members are schemas by a name: a property or definition may be called `default`. */
const OF_NAMES: ReadonlySet<string> = new Set(['patternProperties', 'dependentSchemas', '$defs', 'definitions']);
const INTEGER = /^-?\d+$/;

/** The headers that mirror these arguments, for a request to an upstream (H6, H7); none for what is absent, null or of another type. */
export function mirrored(headers: readonly ParamHeader[], args: Json | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, path, type } of headers) {
    const value = valueAt(args, path);
    const text = headerText(value);
    const isOfType = type === 'integer' ? (typeof value === 'number' || isRawNumber(value)) && INTEGER.test(text!) : typeof value === type;
    if (text !== undefined && isOfType) found[`Mcp-Param-${name}`] = encodeHeaderValue(text);
  }
  return found;
}

/** The first of a request's `Mcp-Param-…` headers (by lower-case name) that its arguments contradict; undefined if all agree. No value is quoted. */
export function paramMismatch(headers: readonly ParamHeader[], args: Json | undefined, given: Readonly<Record<string, string>>): string | undefined {
  for (const { name, path } of headers) {
    const value = valueAt(args, path);
    // What cannot be mirrored is refused by the schema, not here.
    if (value === undefined || headerText(value) === undefined) continue;
    const header = given[`mcp-param-${name.toLowerCase()}`];
    if (header === undefined) return `the header Mcp-Param-${name} is missing`;
    const decoded = decodeHeaderValue(header);
    if (decoded === undefined) return `the header Mcp-Param-${name} is not valid base64 of UTF-8`;
    if (!saysTheSame(decoded, value)) return `the header Mcp-Param-${name} and the argument that it mirrors differ`;
  }
  return undefined;
}
