import { createRequire } from 'node:module';
import { join } from 'node:path';
import { replacePrivateFile } from '#platform';
import type { Demonstration } from '#platform';

export interface DemonstrationServers {
  readonly demo: Demonstration;
  /** Of the stand-in for the partner's own MCP server, and the connection whose token it wants. */
  readonly demoUrl: string;
  readonly connection: string;
  readonly everything: Demonstration;
}

/** Writes what is behind the gateway's servers, unless the environment names a file of its own. Resolves to the file. */
export async function writeMcpServers(folder: string, { demo, demoUrl, connection, everything }: DemonstrationServers): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js');
  const file = join(folder, 'mcp-servers.json');
  const servers = {
    [demo.serverId]: { url: demoUrl, connection },
    // One of its tools shows the environment, which is empty.
    [everything.serverId]: { command: process.execPath, args: [entry, 'stdio'] },
  };
  await replacePrivateFile(file, `${JSON.stringify({ servers }, null, 2)}\n`);
  return file;
}
