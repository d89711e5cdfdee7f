import { createHash } from 'node:crypto';
import { DocketError } from '#errors';
import { isObject, type Json, type JsonObject, writeJson } from '#mcp';
import type { PinnedTool, ToolPins } from '../ports.js';

/** Pins of this process: what was seen first is served until it ends. */
export class MemoryToolPins implements ToolPins {
  readonly #tools = new Map<string, readonly PinnedTool[]>();
  readonly #instructions = new Map<string, string>();
  readonly #listeners = new Set<(serverId: string) => void>();

  async toolsOf(serverId: string): Promise<readonly PinnedTool[]> {
    const tools = this.#tools.get(serverId);
    if (tools === undefined) throw new DocketError('unavailable', { reason: 'TOOLS_NOT_KNOWN', message: `the tools of server ${serverId} have not been seen yet`, retryAfterMs: 1_000 });
    return tools;
  }

  async instructionsOf(serverId: string): Promise<string | undefined> {
    return this.#instructions.get(serverId);
  }

  async observed(serverId: string, definitions: readonly JsonObject[], instructions: string | undefined): Promise<void> {
    const before = this.#tools.get(serverId);
    const seen = new Map(definitions.map((definition) => [definition['name'] as string, definition]));
    const pinned: PinnedTool[] = (before ?? []).map((tool) => {
      const now = seen.get(tool.name);
      return { ...tool, state: now === undefined ? 'withdrawn' : hashOf(now, instructions) === tool.definitionHash ? 'approved' : 'changed' };
    });
    for (const [name, definition] of seen) {
      if (!pinned.some((tool) => tool.name === name)) pinned.push({ name, definition, definitionHash: hashOf(definition, instructions), state: before === undefined ? 'approved' : 'first_seen' });
    }
    this.#tools.set(serverId, pinned);
    if (before === undefined && instructions !== undefined) this.#instructions.set(serverId, instructions);
    if (before === undefined) for (const listener of this.#listeners) listener(serverId);
  }

  onChanged(listener: (serverId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function hashOf(definition: JsonObject, instructions: string | undefined): string {
  return createHash('sha256').update(writeJson([sorted(definition), instructions ?? null])).digest('hex');
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => sorted(item as Json));
  return isObject(value) ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key] ?? null)])) : value;
}
