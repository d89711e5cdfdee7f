import { createServer, type Server } from 'node:net';
import { parseAddress } from '#platform';

/**
 * Rejects, naming the setting, when somebody listens there already. A readiness probe would be answered by that other
 * process, and its credentials are not ours.
 */
export async function assertFree(addresses: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, address] of Object.entries(addresses)) {
    const code = await whyNotFree(address);
    if (code === 'EADDRINUSE') throw new Error(`${address} is already in use; set ${name} to another address`);
    if (code !== undefined) throw new Error(`cannot listen on ${address} (${code}); set ${name} to another address`);
  }
}

function whyNotFree(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ ...parseAddress(address), exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Two free addresses of this machine for each of `count` processes; held open until the last is known, so that they differ. */
export async function freeListeners(count: number): Promise<{ readonly grpc: string; readonly http: string }[]> {
  const servers = await Promise.all(Array.from({ length: 2 * count }, () => new Promise<Server>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => resolve(server));
  })));
  const addresses = await Promise.all(servers.map((server) => new Promise<string>((resolve) => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(`127.0.0.1:${port}`));
  })));
  return Array.from({ length: count }, (_, i) => ({ grpc: addresses[2 * i]!, http: addresses[2 * i + 1]! }));
}
