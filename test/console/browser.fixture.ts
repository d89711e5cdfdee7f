import { request } from 'node:http';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `Set-Cookie`, as they came. */
  readonly cookies: readonly string[];
  readonly body: string;
}

/** As much of a browser as a console's pages need: keeps cookies, fills hidden fields in, says where a form comes from, follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();
  #form = new URLSearchParams();

  /** @param keepsPrefixed false: one that takes no `Secure` cookie from plain HTTP, not even of this machine */
  constructor(private readonly port: number, private readonly keepsPrefixed = true) {}

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    return this.#send('GET', path, headers);
  }

  /** Sends a form with what the page seen last has hidden in it. */
  post(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string | undefined>> = {}): Promise<Answered> {
    const form = new URLSearchParams(this.#form);
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const sent = { origin: this.origin, 'content-type': 'application/x-www-form-urlencoded', ...headers };
    return this.#send('POST', path, Object.fromEntries(Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined)), form.toString());
  }

  /** Signs in on the page that leads to `path`; resolves to where that leads. */
  async signIn(credential: string, path = '/'): Promise<Answered> {
    const away = await this.get(path);
    await this.get(away.headers['location'] ?? '/sign-in');
    return this.post('/sign-in', { credential });
  }

  #send(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const call = request({ host: '127.0.0.1', port: this.port, method, path, agent: false, headers: { host: `127.0.0.1:${this.port}`, ...(cookie !== '' && { cookie }), ...headers, ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }) } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject).once('end', () => {
          const cookies = response.headers['set-cookie'] ?? [];
          cookies.forEach((one) => this.#keep(one));
          const text = Buffer.concat(chunks).toString('utf8');
          this.#remember(text);
          resolve({ status: response.statusCode!, headers: response.headers as Answered['headers'], cookies, body: text });
        });
      });
      call.once('error', reject);
      call.end(body);
    });
  }

  #keep(cookie: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
    if (!this.keepsPrefixed && name!.startsWith('__Host-')) return;
    if (/; Max-Age=0/.test(cookie)) this.cookies.delete(name!);
    else this.cookies.set(name!, value!);
  }

  #remember(html: string): void {
    const hidden = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]): [string, string] => [name!, value!]);
    if (hidden.length > 0) this.#form = new URLSearchParams(hidden);
  }
}

/** What a person reads on a page. */
export function readOn({ body }: Answered): string {
  return body.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&amp;', '&');
}
