import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Hands requests on as they are, with a grant token: the suite's clients of servers bring none. */
export async function startAuthorizingProxy(target: { readonly port: number; readonly path: string }, token: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const onward = forward({ host: '127.0.0.1', port: target.port, path: target.path, method: request.method, headers: { ...request.headers, authorization: `Bearer ${token}` } }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
