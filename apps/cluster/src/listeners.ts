import { createServer } from 'node:net';
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
