import fc from 'fast-check';
import { bindingMaterial, slotMaterial, type Binding } from './cache-key.js';

// Fields that look like each other's lengths and separators.
const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('', '1:a', '0:', ':', '2:1:', 'a', '\u0000', '\ud800', '\udc00', '€'));
const scopes = fc.array(text, { maxLength: 4 });
const binding: fc.Arbitrary<Binding> = fc.record({
  tenant: text, environment: text, connectionId: text, issuer: text, tokenUrl: text, clientId: text, secretVersion: fc.nat(30), authMethod: text, scopes, audience: text, resource: text, dpop: fc.boolean(),
});

const scopeSet = (list: readonly string[]): string[] => [...new Set(list)].sort();
const meaning = (of: Binding): string => JSON.stringify({ ...of, scopes: scopeSet(of.scopes) });

test('another tenant, environment, connection, address, client, secret version, method, scope or audience is another key', () => {
  fc.assert(fc.property(binding, fc.constantFrom<keyof Binding>('tenant', 'environment', 'connectionId', 'issuer', 'tokenUrl', 'clientId', 'secretVersion', 'authMethod', 'scopes', 'audience', 'resource', 'dpop'), binding, (one, field, other) => {
    const changed = { ...one, [field]: other[field] };
    expect(bindingMaterial(changed) === bindingMaterial(one)).toBe(meaning(changed) === meaning(one));
  }), { numRuns: 500 });
});

test('no two bindings have the same material, wherever one field ends and the next begins', () => {
  fc.assert(fc.property(binding, binding, (one, other) => {
    expect(bindingMaterial(one) === bindingMaterial(other)).toBe(meaning(one) === meaning(other));
  }), { numRuns: 500 });
  const plain: Binding = { tenant: 'ab', environment: 'c', connectionId: '', issuer: '', tokenUrl: '', clientId: '', secretVersion: 1, authMethod: '', scopes: [], audience: '' };
  expect(bindingMaterial(plain)).not.toBe(bindingMaterial({ ...plain, tenant: 'a', environment: 'bc' }));
  expect(bindingMaterial({ ...plain, scopes: ['a', 'b'] })).not.toBe(bindingMaterial({ ...plain, scopes: ['a b'] }));
});

test('whatever separates them, a text that is cut into two neighbouring fields at another place is another key', () => {
  const separator = fc.constantFrom('', ':', '|', '/', ',', ' ', '\n', '\u0000', '1:', ':1:');
  const neighbours = fc.constantFrom(['tenant', 'environment'] as const, ['environment', 'connectionId'] as const, ['issuer', 'tokenUrl'] as const, ['tokenUrl', 'clientId'] as const);
  const plain: Binding = { tenant: '', environment: '', connectionId: '', issuer: '', tokenUrl: '', clientId: '', secretVersion: 1, authMethod: '', scopes: [], audience: '' };
  fc.assert(fc.property(separator, neighbours, fc.array(text, { minLength: 3, maxLength: 4 }), (between, [first, second], parts) => {
    const cuts = parts.slice(1).map((_, at) => ({ ...plain, [first]: parts.slice(0, at + 1).join(between), [second]: parts.slice(at + 1).join(between) }));
    expect(new Set(cuts.map(bindingMaterial)).size).toBe(new Set(cuts.map(meaning)).size);
  }), { numRuns: 500 });
});

test('the order of scopes, and naming one twice, makes no other key', () => {
  const one = { tenant: '', environment: '', connectionId: '', issuer: '', tokenUrl: '', clientId: '', secretVersion: 1, authMethod: '', audience: '' };
  expect(bindingMaterial({ ...one, scopes: ['b', 'a', 'b'] })).toBe(bindingMaterial({ ...one, scopes: ['a', 'b'] }));
});

test('each subject of an exchange, and each set of scopes stepped up to, has its own slot', () => {
  fc.assert(fc.property(text, text, scopes, scopes, (one, other, some, others) => {
    expect(slotMaterial(one, some) === slotMaterial(other, others)).toBe(one === other && JSON.stringify(scopeSet(some)) === JSON.stringify(scopeSet(others)));
    expect(slotMaterial(one)).toBe(slotMaterial(one, []));
  }));
});
