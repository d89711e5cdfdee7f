import { DocketError } from '#errors';
import { ExactJsonError, canonicalJson, parseExactJson, type ExactJson, type ExactObject } from '#policy';

/** Of one definition's canonical text in UTF-8: with its event around it, it stays far below what a record of the log may have. */
export const DEFINITION_BYTES_MAX = 256 * 1024;
const DEPTH_MAX = 64;
/** Of one server; of all its definitions together, so that a report fits into one gRPC message. */
export const TOOLS_MAX = 2_000;
export const REPORT_BYTES_MAX = 6 * 1024 * 1024;
export const INSTRUCTIONS_BYTES_MAX = 64 * 1024;

/**
 * How definitions are hashed. A change of it gives every tool another hash, which would look like a change of the tool: so a hash
 * carries the formula's number, and an older one is computed anew from the text that it was made of.
 */
export const HASH_FORMULA = 1;

const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** A tool as its server defines it: all of it, unknown fields too, since an agent's model may see all of it. */
export interface ToolDefinition {
  readonly name: string;
  readonly json: ExactObject;
  /** Canonical JSON (RFC 8785, but numbers keep their exact value): the order of keys and white space say nothing. */
  readonly text: string;
}

/** Reads one entry of a `tools/list`. Throws DocketError invalid_argument, which never repeats a value. */
export function readDefinition(input: Uint8Array | string, field = 'definition'): ToolDefinition {
  const json = parsed(input, field, DEFINITION_BYTES_MAX);
  if (!(json instanceof Map)) throw invalid(field, 'expected an object');
  const name: unknown = json.get('name');
  if (typeof name !== 'string' || !NAME.test(name)) throw invalid(`${field}.name`, 'expected 1 to 128 of A-Z a-z 0-9 _ . -');
  if (!(json.get('inputSchema') instanceof Map)) throw invalid(`${field}.inputSchema`, 'expected an object');
  return { name, json, text: canonicalJson(json) };
}

/** A server's instructions as they are pinned: a JSON string, so that they are stored and compared as definitions are. */
export function readInstructions(instructions: string): string {
  if (!instructions.isWellFormed()) throw invalid('instructions', 'expected Unicode without lone surrogates');
  if (instructions.length > INSTRUCTIONS_BYTES_MAX) throw invalid('instructions', `found ${instructions.length} characters, expected at most ${INSTRUCTIONS_BYTES_MAX}`);
  return JSON.stringify(instructions);
}

/** What is hashed of a definition's (or the instructions') canonical text, in UTF-8, with SHA-256. */
export function hashInput(canonicalText: string, formula: number = HASH_FORMULA): string {
  if (formula !== HASH_FORMULA) throw new Error(`unknown formula ${formula} of tool definitions, expected ${HASH_FORMULA}`);
  return `docket tool definition ${formula}\n${canonicalText}`;
}

function parsed(input: Uint8Array | string, field: string, maxBytes: number): ExactJson {
  try {
    return parseExactJson(input, { maxBytes, maxDepth: DEPTH_MAX });
  } catch (error) {
    if (error instanceof ExactJsonError) throw invalid(field, error.message);
    throw error;
  }
}

function invalid(field: string, description: string): DocketError {
  return new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the request is not valid: ${field}`, violations: [{ field, description }] });
}
