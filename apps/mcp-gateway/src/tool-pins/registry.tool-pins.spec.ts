import { createHash } from 'node:crypto';
import type { registry } from '#contracts';
import { DocketError } from '#errors';
import { parseJson, type JsonObject } from '#mcp';
import { createLogger } from '#platform';
import { hashInput, readDefinition } from '#tools';
import type { PinStore } from './pin-store.js';
import { RegistryToolPins } from './registry.tool-pins.js';

const text = (name: string, description: string): string => readDefinition(JSON.stringify({ name, description, inputSchema: {} })).text;
const hashOf = (canonical: string): string => createHash('sha256').update(hashInput(canonical)).digest('hex');
const definition = (name: string, description: string): JsonObject => parseJson(text(name, description)) as JsonObject;

function tool(name: string, state: string, approved: string, observed = approved): registry.Tool__Output {
  const bytes = (description: string): Buffer => (description === '' ? Buffer.alloc(0) : Buffer.from(name === '' ? JSON.stringify(description) : text(name, description)));
  const hash = (description: string): string => (description === '' ? '' : hashOf(text(name || 'x', description)));
  return { name, state, definition: bytes(approved), definitionHash: hash(approved), observedDefinition: observed === approved ? Buffer.alloc(0) : bytes(observed), observedHash: hash(observed) } as unknown as registry.Tool__Output;
}

/** The registry as one spec says it is; asks that wait are answered when it changes. */
class FakeStore implements PinStore {
  tools: registry.Tool__Output[] = [];
  offset = 1;
  reported = true;
  isAway = false;
  pageSize = 2;
  readonly reports: registry.ReportToolsRequest[] = [];
  #waiting: (() => void)[] = [];

  set(...tools: registry.Tool__Output[]): void {
    this.tools = tools;
    this.offset += 1;
    this.wake();
  }
  wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
  async list({ afterRegistryOffset = 0, waitMs = 0, pageToken = '' }: registry.ListToolsRequest): Promise<registry.ListToolsResponse__Output> {
    if (waitMs > 0 && this.offset <= Number(afterRegistryOffset) && !this.isAway) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.isAway) throw new DocketError('unavailable', { reason: 'PINS_UNAVAILABLE', message: 'away' });
    const from = Number(pageToken);
    const next = from + this.pageSize;
    const unchanged = Number(afterRegistryOffset) >= this.offset;
    return { tools: unchanged ? [] : this.tools.slice(from, next), nextPageToken: !unchanged && next < this.tools.length ? String(next) : '', registryOffset: this.offset, unchanged, churn: [], reported: this.reported };
  }
  async report(request: registry.ReportToolsRequest): Promise<registry.ReportToolsResponse__Output> {
    if (this.isAway) throw new DocketError('unavailable', { reason: 'PINS_UNAVAILABLE', message: 'away' });
    this.reports.push(request);
    return { registryOffset: this.offset, unchanged: false, rejected: [{ index: 0, problem: 'no good' }] };
  }
  close(): void {}
}

describe('the pins that the gateway serves from', () => {
  let store: FakeStore;
  let pins: RegistryToolPins;
  let nowMs: number;
  let lines: string[];
  let sleeping: (() => void)[];
  beforeEach(() => {
    [store, nowMs, lines, sleeping] = [new FakeStore(), 0, [], []];
    pins = new RegistryToolPins({
      store, servers: new Map([['shop', { trustFirstUse: true }]]), monotonicMs: () => nowMs,
      logger: createLogger({ level: 'info', app: 'spec', destination: { write: (line: string) => void lines.push(line) } }),
      sleep: (_ms, signal) => new Promise((resolve) => { sleeping.push(resolve); signal.addEventListener('abort', () => resolve()); }),
    });
  });
  afterEach(() => pins.close());
  const changed = (): Promise<void> => new Promise((resolve) => { const off = pins.onChanged(() => { off(); resolve(); }); });
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; !isSo(); turn += 1) {
      if (turn > 1_000_000) throw new Error(`waited in vain; ${sleeping.length} sleep, logged: ${lines.join('')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const states = async (): Promise<unknown> => (await pins.toolsOf('shop')).map(({ name, state }) => [name, state]);

  it('are what was approved, of all pages, and not what the upstream has made of it since', async () => {
    store.tools = [tool('', 'CHANGED', 'Be kind.', 'Be evil.'), tool('a', 'APPROVED', 'x'), tool('b', 'CHANGED', 'y', 'evil'), tool('c', 'FIRST_SEEN', '', 'z'), tool('d', 'WITHDRAWN', 'w', ''), tool('e', 'SOMETHING_NEW', 'v')];
    pins.start();
    expect(await states()).toEqual([['a', 'approved'], ['b', 'changed'], ['c', 'first_seen'], ['d', 'withdrawn'], ['e', 'first_seen']]);
    const served = await pins.toolsOf('shop');
    expect(served[1]).toEqual({ name: 'b', state: 'changed', definition: definition('b', 'y'), definitionHash: hashOf(text('b', 'y')) });
    expect(await pins.instructionsOf('shop')).toBe('Be kind.');
  });

  it('follow an approval, and tell of it', async () => {
    store.tools = [tool('a', 'CHANGED', 'x', 'y')];
    pins.start();
    expect(await states()).toEqual([['a', 'changed']]);
    const told = changed();
    store.set(tool('a', 'APPROVED', 'y'));
    await told;
    expect(await pins.toolsOf('shop')).toMatchObject([{ state: 'approved', definition: { description: 'y' } }]);
  });

  it('are none while the registry has not been heard of for a minute, and there again when it has', async () => {
    store.tools = [tool('a', 'APPROVED', 'x')];
    pins.start();
    await pins.toolsOf('shop');
    store.isAway = true;
    store.wake();
    await until(() => sleeping.length === 1);
    nowMs = 59_000;
    expect(await states()).toEqual([['a', 'approved']]);
    nowMs = 61_000;
    await expect(pins.toolsOf('shop')).rejects.toMatchObject({ kind: 'unavailable', reason: 'PINS_UNAVAILABLE' });
    await expect(pins.instructionsOf('shop')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(lines.filter((line) => line.includes('its tools are held'))).toHaveLength(1);
    store.isAway = false;
    const told = changed();
    store.set(tool('a', 'APPROVED', 'x'));
    sleeping.shift()?.();
    await told;
    expect(await states()).toEqual([['a', 'approved']]);
  });

  it('count as changed what differs from them when that cannot be reported', async () => {
    store.tools = [tool('a', 'APPROVED', 'x'), tool('b', 'APPROVED', 'y')];
    pins.start();
    await pins.toolsOf('shop');
    store.isAway = true;
    await expect(pins.observed('shop', [definition('a', 'x'), definition('b', 'evil')], undefined)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await states()).toEqual([['a', 'approved'], ['b', 'changed']]);
    await expect(pins.observed('shop', [definition('a', 'x'), definition('a', 'x'), definition('b', 'y')], undefined)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await states()).toEqual([['a', 'changed'], ['b', 'approved']]);
    store.isAway = false;
    await pins.observed('shop', [definition('a', 'x'), definition('b', 'y')], 'Be kind.');
    expect(await states()).toEqual([['a', 'approved'], ['b', 'approved']]);
    expect(store.reports[0]).toMatchObject({ serverId: 'shop', instructions: 'Be kind.', trustFirst: true });
    expect(JSON.parse(lines.find((line) => line.includes('cannot be pinned'))!)).toMatchObject({ tool: 'a', problem: 'no good' });
  });

  it('of a server that is not configured are refused', async () => {
    await expect(pins.toolsOf('elsewhere')).rejects.toMatchObject({ kind: 'not_found' });
  });
});
