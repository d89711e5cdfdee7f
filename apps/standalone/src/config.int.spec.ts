import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standaloneConfig } from './config.js';

const folder = mkdtempSync(join(tmpdir(), 'docket-config-'));
const file = join(folder, 'servers.json');
afterAll(() => rmSync(folder, { recursive: true }));

test('MCP servers on this machine are served by npm start, unless that is switched off; other private addresses never', () => {
  const environment = { DATA_DIR: folder, MCP_SERVERS_FILE: file };
  writeFileSync(file, JSON.stringify({ servers: { mine: { url: 'http://127.0.0.1:3001/mcp' } } }));
  expect(standaloneConfig(environment).dataDir).toBe(folder);
  expect(() => standaloneConfig({ ...environment, MCP_UPSTREAMS_ON_LOOPBACK: 'false' })).toThrow('servers.mine.url: it is an address of this machine');
  writeFileSync(file, JSON.stringify({ servers: { inside: { url: 'https://10.0.0.1/mcp' } } }));
  expect(() => standaloneConfig(environment)).toThrow('servers.inside.url: it is a private or special address');
});
