import type { ServerResponse } from 'node:http';
import type { Knobs } from './knobs.js';
import type { IssuedToken } from './tokens.js';

const PAST_MS = 60_000;

/** The body of a successful mint, as the knobs want it. */
export function mintBody({ expiresAt, dataWrapper }: Knobs, token: IssuedToken, nowMs: number): object {
  const end = {
    seconds: Math.floor(token.expiresAtMs / 1_000),
    milliseconds: token.expiresAtMs,
    iso: new Date(token.expiresAtMs).toISOString(),
    missing: undefined,
    past: Math.floor((nowMs - PAST_MS) / 1_000),
    text: 'in a while',
  }[expiresAt];
  const data = { accessToken: token.value, ...(end !== undefined && { expiresAt: end }) };
  return dataWrapper ? { data } : data;
}

/** Does what `mintFault` says. Returns the status that was sent, 0 if none was. */
export function sendFault(response: ServerResponse, knobs: Knobs, credential: string): number {
  switch (knobs.mintFault) {
    case 'none': throw new Error('there is no fault to send');
    case '400': case '401': case '403': case '429': case '500': {
      const status = Number(knobs.mintFault);
      if (status >= 429 && knobs.retryAfter !== '') response.setHeader('retry-after', knobs.retryAfter);
      if (status === 401 && knobs.wwwAuthenticate) response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
      return sendError(response, status, knobs, credential, knobs.mintOauthError);
    }
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Maintenance</title>${knobs.echoCredential ? credential : ''}`);
      return 200;
    case 'timeout':
      return 0;
    case 'truncated':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 }).write('{"data": {"accessToken": "');
      setImmediate(() => response.destroy());
      return 200;
    case 'reset':
      response.socket?.resetAndDestroy();
      return 0;
    case 'redirect':
      response.writeHead(307, { location: 'https://elsewhere.example.com/partners/api/v2/refresh-token' }).end();
      return 307;
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json' });
      pour(response);
      return 200;
  }
}

export function sendError(response: ServerResponse, status: number, knobs: Knobs, credential: string, error = ''): number {
  const body = { ...(error !== '' && { error }), message: `HTTP ${status}`, ...(knobs.echoCredential && { received: credential }) };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return status;
}

/** Writes for as long as somebody reads. */
function pour(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(' '.repeat(64 * 1024)));
  };
  response.on('drain', more);
  more();
}
