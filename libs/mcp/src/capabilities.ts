import { isObject, type Json, type JsonObject } from './json.js';

/**
 * What both can do (E6): keys that both have, looked into where both have objects there. `true` and `{}` of the gateway's side mean
 * "whatever the upstream says"; what an upstream switches off stays off.
 */
export function intersection(upstream: JsonObject, ours: JsonObject): JsonObject {
  const both: Record<string, Json> = {};
  for (const [key, own] of Object.entries(ours)) {
    if (!Object.hasOwn(upstream, key)) continue;
    const theirs = upstream[key];
    if (theirs === undefined || theirs === null || theirs === false || own === false || own === null || own === undefined) continue;
    both[key] = isObject(theirs) && isObject(own) && Object.keys(own).length > 0 ? intersection(theirs, own) : theirs;
  }
  return both;
}
