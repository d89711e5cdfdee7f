import { readPolicyDocument } from './policy.document.js';
import { PolicyStore } from './policy.store.js';

const document = (max: number): { version: string; text: string } =>
  readPolicyDocument(Buffer.from(JSON.stringify({ version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'minute', max }] } } })));

describe('the policies of a decider', () => {
  it('are compiled once, and again when they were dropped to save memory', () => {
    const documents = new Map(Array.from({ length: 2_100 }, (_, n) => document(n)).map(({ version, text }) => [version, text]));
    const store = new PolicyStore((version) => documents.get(version));
    const [first] = documents.keys();
    const compiled = store.lookup(first as string);
    expect(compiled).toBeDefined();
    expect(store.lookup(first as string)).toBe(compiled);
    for (const version of documents.keys()) store.lookup(version);
    expect(store.lookup(first as string)).not.toBe(compiled);
    expect(store.lookup(first as string)).toEqual(compiled);
  });

  it('do not include one that the registry has not got', () => {
    expect(new PolicyStore(() => undefined).lookup('0'.repeat(64))).toBeUndefined();
  });

  it('never replace a document that cannot be read by another meaning', () => {
    expect(() => new PolicyStore(() => '{"version":"7"}').lookup('0'.repeat(64))).toThrow('cannot be read by this version');
  });
});
