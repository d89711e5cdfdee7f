/** PURE: the Model Context Protocol without its transport. */
export { type Json, JsonNumber, type JsonObject, isJsonObject } from './json.js';
