import { createServer } from 'node:net';
import { formatAddress, parseAddress } from './address.js';

/** Below what Linux and macOS give to connections that are made, above most of what services are known by. */
const FIRST = 20_000;
const END = 32_000;
const TRIES_MAX = 1_000;

/**
 * The address, with a port that is free now where it says 0: for a node that others are told how to reach before it listens there. Rejects if no
 * port between 20000 and 32000 is free.
 */
export async function withPort(listen: string): Promise<string> {
  const address = parseAddress(listen);
  if (address === undefined || address.port !== 0) return listen;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * (END - FIRST));
    if (await isFree(address.host, port)) return formatAddress({ host: address.host, port });
  }
  throw new Error(`no free port was found between ${FIRST} and ${END} on ${address.host}`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
