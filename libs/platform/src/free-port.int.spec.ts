import { parseAddress } from './address.js';
import { withPort } from './free-port.js';

it('names a real port where the address says 0, and leaves every other address alone', async () => {
  const { host, port } = parseAddress(await withPort('127.0.0.1:0'))!;
  expect(host).toBe('127.0.0.1');
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(32_000);
  expect(await withPort('127.0.0.1:7400')).toBe('127.0.0.1:7400');
  expect(await withPort('[::1]:7400')).toBe('[::1]:7400');
});
