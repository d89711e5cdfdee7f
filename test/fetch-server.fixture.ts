import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FetchServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A handler of web requests, as the SDK makes them, behind a real port of this machine. A request ends when its client goes away. */
export async function serveFetch(handle: (request: Request) => Promise<Response>): Promise<FetchServer> {
  const http = createServer((request, response) => {
    response.on('error', () => undefined);
    void (async () => {
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await handle(new Request(`http://127.0.0.1${request.url}`, {
        method: request.method!, headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)]), signal: gone.signal, ...(request.method === 'POST' && { body: Buffer.concat(chunks) }),
      }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.flushHeaders();
      for await (const chunk of answer.body ?? []) response.write(chunk);
      response.end();
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    stop: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
}
