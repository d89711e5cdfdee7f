import { BlockList, isIP, isIPv4 } from 'node:net';

/** Where no issuer and no upstream lives (IANA special-purpose registries): requests there are somebody's way into the inside. */
const special = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
  ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) special.addSubnet(net, bits, 'ipv4');
// Parts of the global range that lead elsewhere: protocol assignments (Teredo too), documentation, 6to4.
for (const [net, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) special.addSubnet(net, bits, 'ipv6');

const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** An address of the open internet. What only looks like IPv6 (mapped, NAT64) is none: nobody needs it. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return isIP(address) === 6 && globalV6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/**
 * What is wrong with a URL that requests of ours go to, as far as its text says: a name is judged when it is looked up, at each
 * connection. Other spellings of addresses (one number, octal, hexadecimal) are the addresses that they stand for. Undefined: nothing.
 * @param allowLoopback this machine's own addresses, and plain HTTP to them
 * @param setting the environment variable that allows it, for the message
 */
export function urlProblem(url: string, allowLoopback: boolean, setting: string): string | undefined {
  if (!URL.canParse(url)) return 'it is no URL';
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return 'it holds a user or password';
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLocalName = /^(?:.+\.)?localhost\.?$/.test(host);
  const isLoopback = isLocalName || isLoopbackAddress(host);
  if (isLoopback && !allowLoopback) return `it is an address of this machine; expected one of the open internet (${setting} allows it, for trials)`;
  if (!isLoopback && isIP(host) !== 0 && !isPublicAddress(host)) return 'it is a private or special address; expected one of the open internet';
  if (protocol !== 'https:' && !(protocol === 'http:' && allowLoopback && (isLoopback || isIP(host) === 0))) return 'expected https';
  return undefined;
}
