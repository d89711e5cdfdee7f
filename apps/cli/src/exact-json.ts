interface RawJson { rawJSON(text: string): unknown }
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Parses JSON so that printing it again gives every number as it was written, beyond what a double can hold. */
export function parseKeepingNumbers(text: string): unknown {
  const revive: Reviver = (_key, value, { source }) => (typeof value === 'number' && source !== undefined ? (JSON as unknown as RawJson).rawJSON(source) : value);
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}
