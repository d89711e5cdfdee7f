import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** Free addresses of this machine; all are held open until the last is known, so that they differ. */
export async function freeAddresses(count: number): Promise<string[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<Server>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  })));
  return Promise.all(servers.map((server) => new Promise<string>((resolve) => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(`127.0.0.1:${port}`));
  })));
}
