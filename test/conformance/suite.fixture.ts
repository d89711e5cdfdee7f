import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What the suite tells the client of a scenario. */
export interface Played {
  readonly scenario: string;
  readonly serverUrl: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface Verdict {
  readonly exitCode: number;
  readonly output: string;
}

const SUITE = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/dist/index.js');
const RELAY = fileURLToPath(new URL('./relay.mjs', import.meta.url));

/** Runs one scenario of the official MCP client suite (its own process and servers) with `client` as the client under test. */
export async function runScenario(scenario: string, client: (played: Played) => Promise<void>): Promise<Verdict> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await client(JSON.parse(Buffer.concat(chunks).toString()) as Played);
    })().then(() => response.writeHead(200).end(), (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.stack : String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise<Verdict>((resolve, reject) => {
      const child = spawn(process.execPath, [SUITE, 'client', '--command', `${process.execPath} ${RELAY} ${port}`, '--scenario', scenario, '--timeout', '60000'], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output += data.toString(); });
      child.once('error', reject);
      child.once('close', (code) => resolve({ exitCode: code ?? -1, output }));
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
