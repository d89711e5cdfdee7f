import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

const HOST = '127.0.0.1';
/** Below what Linux (from 32768) and macOS (from 49152) give to who asks for any port and to each connection that is made, above most of what services are known by. */
const FIRST = 20_000;
const END = 32_000;
const TRIES_MAX = 1_000;

/**
 * Ports of this machine that nobody listens on, all different. They are for programs that are told where to listen and take
 * seconds to start: a port that the system itself had chosen could be somebody else's by then.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: { readonly port: number; readonly server: Server }[] = [];
  try {
    // All are held until the last is known, so that they differ.
    for (let tries = 0; held.length < count; tries += 1) {
      if (tries === TRIES_MAX) throw new Error(`found ${held.length} free ports between ${FIRST} and ${END} on ${HOST}, expected ${count}`);
      const port = randomInt(FIRST, END);
      const server = await listening(port);
      if (server !== undefined) held.push({ port, server });
    }
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  }
}

/** Undefined if somebody else has the port. */
function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(undefined));
    server.listen(port, HOST, () => resolve(server));
  });
}
