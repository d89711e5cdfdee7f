/**
 * JSON that passes through unchanged: values as JavaScript has them, but a number whose spelling a double would not give back
 * (`1e400`, `12345678901234567890`, `1.0`) is a JsonNumber. What the parser makes are objects without a prototype.
 */
export type Json = null | boolean | string | number | JsonNumber | readonly Json[] | JsonObject;
export interface JsonObject { readonly [key: string]: Json | undefined }

/** A number as it was spelled. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** Whether this is an object (and no list, number or null). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
