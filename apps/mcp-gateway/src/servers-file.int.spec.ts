import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '#platform';
import { readServersFile } from './servers-file.js';

const folder = mkdtempSync(join(tmpdir(), 'docket-servers-'));
const file = join(folder, 'servers.json');
afterAll(() => rmSync(folder, { recursive: true }));

const read = (servers: unknown, allowLoopback = false) => {
  writeFileSync(file, typeof servers === 'string' ? servers : JSON.stringify({ servers }));
  return readServersFile(file, { allowLoopback });
};
const problemsOf = (servers: unknown, allowLoopback = false): readonly string[] => {
  try {
    read(servers, allowLoopback);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

test('a server is an address or a program, with what was not said filled in; a folder is seen from the file', () => {
  expect([...read({ shop: { url: 'https://mcp.example.com/mcp', connection: 'partner' }, files: { command: 'npx', cwd: 'here', trustFirstUse: false } })]).toEqual([
    ['shop', { kind: 'http', trustFirstUse: true, url: 'https://mcp.example.com/mcp', connection: 'partner', tokenTool: 'refresh_access_token', tokenDelivery: 'stand_in' }],
    ['files', { kind: 'stdio', trustFirstUse: false, command: 'npx', args: [], env: {}, cwd: join(folder, 'here') }],
  ]);
});

test('an address that requests may never go to ends the start, and is named by its server', () => {
  const servers = { meta: { url: 'https://169.254.169.254/mcp' }, inside: { url: 'https://10.1.2.3/mcp' }, here: { url: 'http://127.0.0.1:8080/mcp' }, plain: { url: 'http://mcp.example.com/mcp' }, fine: { url: 'https://mcp.example.com/mcp' } };
  expect(problemsOf(servers)).toEqual([
    'MCP_SERVERS_FILE: servers.meta.url: it is a private or special address; expected one of the open internet',
    'MCP_SERVERS_FILE: servers.inside.url: it is a private or special address; expected one of the open internet',
    'MCP_SERVERS_FILE: servers.here.url: it is an address of this machine; expected one of the open internet (MCP_UPSTREAMS_ON_LOOPBACK allows it, for trials)',
    'MCP_SERVERS_FILE: servers.plain.url: expected https',
  ]);
  expect(problemsOf({ here: servers.here, fine: servers.fine }, true)).toEqual([]);
  expect(problemsOf({ meta: servers.meta }, true)).toHaveLength(1);
});

test.each<[string, unknown, RegExp]>([
  ['no JSON', '{', /^MCP_SERVERS_FILE: expected JSON$/],
  ['another key', '{"server":{}}', /^MCP_SERVERS_FILE: /],
  ['a name that no path could have', { 'A B': { url: 'https://mcp.example.com' } }, /^MCP_SERVERS_FILE: servers\.A B/],
  ['both an address and a program', { x: { url: 'https://mcp.example.com', command: 'canary-value' } }, /^MCP_SERVERS_FILE: servers\.x/],
  ['a file that is too large', ' '.repeat(1024 * 1024 + 1), /^MCP_SERVERS_FILE: expected at most 1048576 characters$/],
])('%s is refused with its place, without a value', (_, servers, problem) => {
  const problems = problemsOf(servers);
  expect(problems[0]).toMatch(problem);
  expect(problems.join()).not.toContain('canary-value');
});

test('a file that is not there says so', () => {
  expect(() => readServersFile(join(folder, 'none.json'), { allowLoopback: false })).toThrow('MCP_SERVERS_FILE: cannot be read (ENOENT)');
});
