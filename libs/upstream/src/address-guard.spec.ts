import { isLoopbackAddress, isPublicAddress, urlProblem as problemOf } from './address-guard.js';

const urlProblem = (url: string, allowLoopback: boolean): string | undefined => problemOf(url, allowLoopback, 'ISSUERS_HERE');

test.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1'])('%s is of the open internet', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  '127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '100.64.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255',
  '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', 'fc00::1', 'fd12::1', 'fe80::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001::1',
  'localhost', '', '127.1', '0x7f000001', '2130706433',
])('%s is not of the open internet', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('loopback is what only this machine reaches', () => {
  expect(['127.0.0.1', '127.255.0.1', '::1'].every(isLoopbackAddress)).toBe(true);
  expect(['128.0.0.1', '::2', 'localhost', '10.0.0.1'].some(isLoopbackAddress)).toBe(false);
});

describe('a URL whose text says that it leads inside', () => {
  test.each([
    'https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0x7f.1/', 'https://0177.0.0.1/', 'https://017700000001/', 'https://127.0.0.1./', 'https://[::1]/', 'https://[0:0:0:0:0:0:0:1]/',
    'https://localhost/', 'https://LOCALHOST./', 'https://x.localhost:8443/',
  ])('%s is this machine', (url) => {
    expect(urlProblem(url, false)).toContain('this machine; expected one of the open internet (ISSUERS_HERE');
    expect(urlProblem(url, true)).toBeUndefined();
  });

  test.each([
    'https://10.0.0.1/', 'https://10.1/', 'https://167772161/', 'https://0xa000001/', 'https://012.0.0.1/', 'https://172.16.0.1/', 'https://192.168.1.1/', 'https://3232235777/', 'https://0xc0.0xa8.1.1/', 'https://169.254.169.254/latest/meta-data',
    'https://2852039166/', 'https://0.0.0.0/', 'https://100.64.0.1/', 'https://[fd00::1]/', 'https://[fe80::1]/', 'https://[::]/', 'https://[::ffff:10.0.0.1]/', 'https://[::ffff:a00:1]/', 'https://[::ffff:169.254.169.254]/', 'https://[64:ff9b::a00:1]/',
    'https://[::10.0.0.1]/', 'https://１９２.１６８.１.１/',
  ])('%s is a private one', (url) => {
    for (const allowLoopback of [false, true]) expect(urlProblem(url, allowLoopback)).toContain('private or special address');
  });

  test.each(['http://partner.example.com/', 'http://8.8.8.8/', 'ftp://partner.example.com/'])('%s is not https', (url) => {
    expect(urlProblem(url, false)).toContain('expected https');
  });

  test('a name, and an address of the open internet, pass; a user or half an address does not', () => {
    for (const url of ['https://partner.example.com/token', 'https://8.8.8.8/', 'https://[2606:4700::1111]:8443/x', 'https://localhost.example.com/']) expect(urlProblem(url, false)).toBeUndefined();
    expect(urlProblem('https://user:pass@partner.example.com/', true)).toContain('user');
    expect(urlProblem('https://256.1.1.1/', true)).toContain('no URL');
    expect(urlProblem('http://127.0.0.1:1/', true)).toBeUndefined();
    expect(urlProblem('http://8.8.8.8/', true)).toContain('expected https');
  });
});
