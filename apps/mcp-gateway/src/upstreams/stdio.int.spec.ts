import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StdioUpstream } from '../servers-file.js';
import { Heard, poolOf, textOf, type PoolFixture } from './fixtures/pool.fixture.js';

const entryOf = (name: string): string => createRequire(import.meta.url).resolve(`@modelcontextprotocol/${name}/dist/index.js`);
const program = (args: readonly string[], env: Readonly<Record<string, string>> = {}): StdioUpstream => ({ kind: 'stdio', trustFirstUse: true, command: process.execPath, args, env, cwd: undefined });
const ODD = fileURLToPath(new URL('fixtures/odd-child.mjs', import.meta.url));
const SECRET = 'canary-secret-of-child';

let folder: string;
let fixture: PoolFixture;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'docket-stdio-'));
  writeFileSync(join(folder, 'hello.txt'), 'hello from a file');
  fixture = poolOf({
    everything: program([entryOf('server-everything'), 'stdio']), files: program([entryOf('server-filesystem'), folder]),
    memory: program([entryOf('server-memory')], { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }),
    odd: program([ODD], { SECRET_OF_CHILD: SECRET }), shy: program([ODD, 'ends-over-questions'], { SECRET_OF_CHILD: SECRET }),
    missing: { ...program([]), command: join(folder, 'there-is-no-such-program') },
  });
});

afterAll(async () => {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('server-everything, server-filesystem and server-memory can be put behind the gateway as they are', async () => {
  expect(textOf(await fixture.tool('everything', 'echo', '{"message":"hello"}'))).toBe('Echo: hello');
  expect(textOf(await fixture.tool('files', 'read_text_file', JSON.stringify({ path: join(folder, 'hello.txt') })))).toBe('hello from a file');
  expect(await fixture.tool('memory', 'create_entities', '{"entities":[{"name":"ada","entityType":"person","observations":["counts"]}]}')).toMatchObject({ outcome: 'answered' });
  expect(textOf(await fixture.tool('memory', 'read_graph'))).toContain('ada');
  const description = await (await fixture.pool.of('everything', undefined)).describe();
  expect(description.capabilities).toMatchObject({ tools: {} });
  expect(await fixture.metric('docket_mcp_upstream_child_starts_total')).toBe(3);
});

test('a child has the environment that is configured, and PATH; nothing of the gateway\'s', async () => {
  process.env['DOCKET_CANARY'] = 'canary-of-the-gateway';
  const environment = JSON.parse(textOf(await fixture.tool('odd', 'environment'))) as Record<string, string>;
  delete process.env['DOCKET_CANARY'];
  expect(Object.keys(environment).filter((name) => name !== '__CF_USER_TEXT_ENCODING').sort()).toEqual(['PATH', 'SECRET_OF_CHILD']);
});

test('what it writes beside messages is passed over; its log is kept short, without the values of its environment; changes are told', async () => {
  const heard = new Heard();
  fixture.pool.onChanged((_, message) => heard.take(message));
  expect(textOf(await fixture.tool('odd', 'noise'))).toBe('through the noise');
  expect(heard.all).toEqual([{ method: 'notifications/tools/list_changed', params: {} }]);
  const lines = fixture.log.filter((line) => line.includes('"stderr"') && line.includes('"server":"odd"'));
  expect(lines.length).toBeGreaterThan(1);
  // A minute may have ended in between.
  expect(lines.length).toBeLessThanOrEqual(180);
  expect(lines[0]).toContain('started with ***');
  expect(fixture.log.join('')).not.toContain(SECRET);
});

test('a child that ends is started again, at once the first time, then later and later; its callers know that nobody knows', async () => {
  const first = Number(textOf(await fixture.tool('odd', 'pid')));
  expect(await fixture.tool('odd', 'die')).toMatchObject({ outcome: 'unknown', reason: 'UPSTREAM_STOPPED' });
  const second = Number(textOf(await fixture.tool('odd', 'pid')));
  expect([second === first, lives(first)]).toEqual([false, false]);
  expect(await fixture.tool('odd', 'die')).toMatchObject({ outcome: 'unknown', reason: 'UPSTREAM_STOPPED' });
  fixture.clock.aheadMs -= 600_000;
  const refused = await fixture.tool('odd', 'pid');
  expect(refused).toMatchObject({ outcome: 'not_sent', reason: 'UPSTREAM_STOPPED', retryAfterMs: expect.any(Number) as number });
  fixture.clock.aheadMs += 700_000;
  expect(Number(textOf(await fixture.tool('odd', 'pid')))).toBeGreaterThan(0);
});

test('a child that says something without end is ended, with what it has started', async () => {
  const pid = Number(textOf(await fixture.tool('odd', 'pid')));
  const grandchild = Number(textOf(await fixture.tool('odd', 'grandchild')));
  expect(await fixture.tool('odd', 'huge')).toMatchObject({ outcome: 'unknown', reason: 'UPSTREAM_STOPPED' });
  while (lives(pid) || (lives(grandchild) && !isZombie(grandchild))) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lives(pid)).toBe(false);
});

test('one that ends over a question that it does not know is started again, and not asked it again', async () => {
  expect(Number(textOf(await fixture.tool('shy', 'pid')))).toBeGreaterThan(0);
  expect(await fixture.metric('docket_mcp_upstream_child_starts_total', { server: 'shy' })).toBe(2);
});

test('a program that is not there is said not to be', async () => {
  expect(await fixture.tool('missing', 'any')).toMatchObject({ outcome: expect.stringMatching(/not_sent/) as string, reason: 'UPSTREAM_STOPPED' });
});

test('nothing that was started outlives the gateway', async () => {
  const pool = poolOf({ odd: program([ODD], { SECRET_OF_CHILD: SECRET }) });
  const pid = Number(textOf(await pool.tool('odd', 'pid')));
  const grandchild = Number(textOf(await pool.tool('odd', 'grandchild')));
  await pool.close();
  while (lives(grandchild) && !isZombie(grandchild)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lives(pid)).toBe(false);
  expect(await pool.tool('odd', 'pid').catch((error: { kind: string }) => error.kind)).toBe('unavailable');
});

/** Dead, and not fetched by whoever inherited it. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
