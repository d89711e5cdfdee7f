import type { IncomingMessage } from 'node:http';

export const FORM_BYTES_MAX = 16 * 1024;

/** Why a form is not read; `status` is HTTP's. */
export class FormError extends Error {
  constructor(readonly status: 400 | 413 | 415, message: string) {
    super(message);
    this.name = 'FormError';
  }
}

/** Reads a form as browsers send it (`application/x-www-form-urlencoded`). Rejects with a FormError; the values are not repeated in it. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw new FormError(415, 'expected a form: application/x-www-form-urlencoded');
  if (Number(request.headers['content-length'] ?? 0) > FORM_BYTES_MAX) throw tooLarge();
  return new URLSearchParams((await bytesOf(request)).toString('utf8'));
}

/** By events: an iterator that is left early would take the connection along, and with it the answer. */
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= FORM_BYTES_MAX) return void chunks.push(chunk);
      request.off('data', take);
      // The rest is let go by unread, until the time for a body is over.
      request.resume();
      reject(tooLarge());
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => reject(new FormError(400, 'the form ended before it was complete')));
  });
}

function tooLarge(): FormError {
  return new FormError(413, `expected a form of at most ${FORM_BYTES_MAX} bytes`);
}
