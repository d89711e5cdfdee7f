import { isLoopback } from '#platform';

/** How people reach the console. */
export interface Doors {
  /** `https://host[:port]`; undefined: this machine only, by whatever name of it. */
  readonly publicUrl: string | undefined;
  /** Whether the listener itself speaks TLS. */
  readonly tls: boolean;
}

/** Whether this console was meant: a name that a stranger's DNS points here is refused. */
export function isHostAllowed(host: string | undefined, { publicUrl }: Doors): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname, host: shown } = new URL(`http://${host}`);
  return isLoopback(unbracketed(hostname)) || (publicUrl !== undefined && host === new URL(publicUrl).host) || (publicUrl !== undefined && shown === new URL(publicUrl).host);
}

/** Whether a form comes from a page of this console. Every browser says with each form whose page it was on; who does not is none. */
export function isOriginAllowed(origin: string | undefined, host: string | undefined, { publicUrl, tls }: Doors): boolean {
  if (origin === undefined || host === undefined) return false;
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return true;
  const own = `${tls ? 'https' : 'http'}://${host}`;
  return URL.canParse(own) && isLoopback(unbracketed(new URL(own).hostname)) && origin === new URL(own).origin;
}

/** Whether people's browsers speak TLS to it. */
export function isSecure({ publicUrl, tls }: Doors): boolean {
  return publicUrl === undefined ? tls : publicUrl.startsWith('https:');
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
