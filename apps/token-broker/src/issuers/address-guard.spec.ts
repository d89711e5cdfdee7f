import { isLoopbackAddress, isPublicAddress } from './address-guard.js';

test.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1'])('%s is of the open internet', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  '127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '100.64.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255',
  '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', 'fc00::1', 'fd12::1', 'fe80::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001::1',
  'localhost', '', '127.1', '0x7f000001', '2130706433',
])('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('loopback is what only this machine reaches', () => {
  expect(['127.0.0.1', '127.255.0.1', '::1'].every(isLoopbackAddress)).toBe(true);
  expect(['128.0.0.1', '::2', 'localhost', '10.0.0.1'].some(isLoopbackAddress)).toBe(false);
});
