import type { registry } from '#contracts';
import { isObject, parseJson, type JsonObject } from '#mcp';
import { RISK_CLASSES } from '#tools';
import type { PinnedTool } from '../ports.js';

/** What the registry holds of a server, as it is served. */
export interface Served {
  readonly tools: readonly PinnedTool[];
  /** As they were approved; undefined while none were. */
  readonly instructions: string | undefined;
}

const STATES: Readonly<Record<string, PinnedTool['state']>> = { FIRST_SEEN: 'first_seen', APPROVED: 'approved', CHANGED: 'changed', WITHDRAWN: 'withdrawn' };

/** In order of name. What was approved is served, never what an upstream has made of it since. */
export function served(tools: readonly registry.Tool__Output[]): Served {
  const instructions = tools.find(({ name }) => name === '');
  return {
    tools: tools.filter(({ name }) => name !== '').flatMap(toPinned),
    instructions: instructions === undefined || instructions.definition.length === 0 ? undefined : textOf(instructions.definition),
  };
}

function toPinned({ name, state, definition, definitionHash, observedDefinition, observedHash, overrideClass }: registry.Tool__Output): PinnedTool[] {
  const isApproved = definition.length > 0;
  const bytes = isApproved ? definition : observedDefinition;
  // First seen and withdrawn again: nothing is kept of it.
  if (bytes.length === 0) return [];
  // A state that this version does not know is held.
  const overridden = RISK_CLASSES.find((riskClass) => riskClass.toUpperCase() === String(overrideClass));
  return [{ name, definition: objectOf(bytes), definitionHash: isApproved ? definitionHash : observedHash, state: STATES[String(state)] ?? 'first_seen', ...(overridden !== undefined && { overrideClass: overridden }) }];
}

function objectOf(bytes: Uint8Array): JsonObject {
  const value = parseJson(bytes);
  if (!isObject(value)) throw new Error('a pinned definition is no object');
  return value;
}

function textOf(bytes: Uint8Array): string | undefined {
  const value = parseJson(bytes);
  return typeof value === 'string' ? value : undefined;
}
