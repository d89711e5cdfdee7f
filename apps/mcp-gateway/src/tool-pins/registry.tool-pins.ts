import { createHash } from 'node:crypto';
import { DocketError } from '#errors';
import { type JsonObject, writeJson } from '#mcp';
import type { Logger } from '#platform';
import { hashInput, readDefinition } from '#tools';
import type { PinnedTool, ToolPins } from '../ports.js';
import type { PinStore } from './pin-store.js';
import { served, type Served } from './served.js';

export interface RegistryToolPinsOptions {
  readonly store: PinStore;
  /** Servers that are looked after, and whether what is first seen of them is taken on trust. */
  readonly servers: ReadonlyMap<string, { readonly trustFirstUse: boolean }>;
  readonly logger: Logger;
  readonly monotonicMs?: () => number;
  /** Resolves after so long, or when the signal says so. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Known extends Served {
  readonly registryOffset: number;
}

interface Server {
  known: Known | undefined;
  /** When the registry said so last, or that nothing had changed. */
  heardMs: number;
  /** Seen to differ when that could not be told to the registry: as good as changed. */
  suspect: ReadonlySet<string>;
  /** Wakes those that wait for the first answer. */
  readonly waiting: Set<() => void>;
}

const WAIT_MS = 20_000;
/** Pins that nobody has confirmed for so long are none: two waits, and what an answer may take. */
const STALE_MS = 60_000;
const FIRST_MS = 5_000;
const RETRY_MS = 1_000;

/** The registry's pins, followed: an approval is served as soon as it stands. Without the registry nothing is served or called. */
export class RegistryToolPins implements ToolPins {
  readonly #o: RegistryToolPinsOptions;
  readonly #servers: ReadonlyMap<string, Server>;
  readonly #listeners = new Set<(serverId: string) => void>();
  readonly #closing = new AbortController();
  readonly #now: () => number;

  constructor(options: RegistryToolPinsOptions) {
    this.#o = options;
    this.#now = options.monotonicMs ?? (() => performance.now());
    this.#servers = new Map([...options.servers.keys()].map((id) => [id, { known: undefined, heardMs: -Infinity, suspect: new Set<string>(), waiting: new Set() }]));
  }

  /** Begins to follow; returns at once. */
  start(): void {
    for (const [id, server] of this.#servers) void this.#follow(id, server);
  }

  async toolsOf(serverId: string): Promise<readonly PinnedTool[]> {
    const { known, suspect } = await this.#fresh(serverId);
    if (suspect.size === 0) return known.tools;
    return known.tools.map((tool) => (suspect.has(tool.name) && tool.state === 'approved' ? { ...tool, state: 'changed' } : tool));
  }

  async instructionsOf(serverId: string): Promise<string | undefined> {
    return (await this.#fresh(serverId)).known.instructions;
  }

  async observed(serverId: string, definitions: readonly JsonObject[], instructions: string | undefined): Promise<void> {
    const server = this.#serverOf(serverId);
    const texts = definitions.map((definition) => Buffer.from(writeJson(definition)));
    try {
      const { rejected } = await this.#o.store.report({ serverId, definitions: texts, instructions: instructions ?? '', trustFirst: this.#o.servers.get(serverId)?.trustFirstUse ?? false });
      server.suspect = new Set();
      for (const { index, problem } of rejected) this.#o.logger.warn({ server: serverId, tool: definitions[index]?.['name'], problem }, 'a tool cannot be pinned, and is not offered');
    } catch (error) {
      // What could not be judged is not trusted.
      server.suspect = differing(server.known, texts);
      throw error;
    }
  }

  onChanged(listener: (serverId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closing.abort();
    for (const server of this.#servers.values()) wake(server);
    this.#o.store.close();
  }

  async #follow(serverId: string, server: Server): Promise<void> {
    const { signal } = this.#closing;
    let isTold = false;
    while (!signal.aborted) {
      try {
        await this.#look(serverId, server);
        isTold = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!isTold) this.#o.logger.warn({ server: serverId, reason: error instanceof DocketError ? error.reason : 'INTERNAL', problem: error instanceof DocketError ? error.message : undefined }, 'the pins of a server’s tools cannot be read: its tools are held until they can');
        isTold = true;
        await (this.#o.sleep ?? sleep)(RETRY_MS, signal);
      }
    }
  }

  async #look(serverId: string, server: Server): Promise<void> {
    const afterRegistryOffset = server.known?.registryOffset ?? 0;
    const first = await this.#o.store.list({ serverId, afterRegistryOffset, waitMs: afterRegistryOffset === 0 ? 0 : WAIT_MS });
    if (first.unchanged) {
      server.heardMs = this.#now();
      return;
    }
    if (!first.reported) {
      server.heardMs = this.#now();
      // Until something is reported there is no offset to wait after.
      await (this.#o.sleep ?? sleep)(RETRY_MS, this.#closing.signal);
      return;
    }
    const tools = [...first.tools];
    for (let token = first.nextPageToken; token !== '';) {
      const page = await this.#o.store.list({ serverId, pageToken: token });
      // Of another state than the pages before: from the beginning again.
      if (page.registryOffset !== first.registryOffset) return;
      tools.push(...page.tools);
      token = page.nextPageToken;
    }
    server.known = { ...served(tools), registryOffset: first.registryOffset };
    server.heardMs = this.#now();
    wake(server);
    for (const listener of [...this.#listeners]) listener(serverId);
  }

  /** Rejects with a DocketError if the registry has not been heard of for too long. */
  async #fresh(serverId: string): Promise<Server & { readonly known: Known }> {
    const server = this.#serverOf(serverId);
    if (server.known === undefined) await this.#first(server);
    const { known } = server;
    if (known === undefined) throw new DocketError('unavailable', { reason: 'TOOLS_NOT_KNOWN', message: `the tools of server ${serverId} are not known yet`, retryAfterMs: 1_000 });
    if (this.#now() - server.heardMs > STALE_MS) throw new DocketError('unavailable', { reason: 'PINS_UNAVAILABLE', message: `nobody can say whether the tools of server ${serverId} are still what was approved`, retryAfterMs: 1_000 });
    return { ...server, known };
  }

  async #first(server: Server): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        server.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, FIRST_MS);
      server.waiting.add(done);
    });
  }

  #serverOf(serverId: string): Server {
    const server = this.#servers.get(serverId);
    if (server === undefined) throw new DocketError('not_found', { reason: 'SERVER_NOT_FOUND', message: `no upstream is configured for server ${serverId}` });
    return server;
  }
}

function wake(server: Server): void {
  for (const done of [...server.waiting]) done();
}

/** Tools that are not listed as they were approved. */
function differing(known: Known | undefined, texts: readonly Uint8Array[]): ReadonlySet<string> {
  const listed = new Map<string, string>();
  for (const text of texts) {
    try {
      const { name, text: canonical } = readDefinition(text);
      // Of two with one name neither is what was approved.
      listed.set(name, listed.has(name) ? '' : createHash('sha256').update(hashInput(canonical)).digest('hex'));
    } catch {
      // What is no definition is listed under no name.
    }
  }
  return new Set((known?.tools ?? []).filter(({ name, definitionHash }) => listed.get(name) !== definitionHash).map(({ name }) => name));
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
