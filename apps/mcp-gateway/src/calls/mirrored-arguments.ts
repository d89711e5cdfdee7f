import { type Json, type JsonObject, type ParamHeaders, paramHeadersOf, paramMismatch } from '#mcp';

/** Of pinned schemas: they do not change. */
const known = new WeakMap<JsonObject, ParamHeaders>();

/** What a modern client's `Mcp-Param-…` headers say other than its arguments do (H4); undefined if they agree, or the tool mirrors none. */
export function mirroredOtherwise(schema: JsonObject, args: Json, given: Readonly<Record<string, string>> | undefined): string | undefined {
  let declared = known.get(schema);
  if (declared === undefined) known.set(schema, declared = paramHeadersOf(schema));
  return declared.valid && declared.headers.length > 0 ? paramMismatch(declared.headers, args, given ?? {}) : undefined;
}
