import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROPERTY_NAMES } from '../checker/findings.js';
import { BUILD_CHANGED } from '../kinds/build-changed.js';
import { FAULTS } from '../kinds/catalogue.js';
import { EMBEDDED_FAULTS } from '../kinds/embedded.js';
import { changedSource } from './build.js';
import { PLANTED } from './faults.js';

const ROOT = join(import.meta.dirname, '../../..');

describe('faults that are planted in the service for a campaign to find', () => {
  test.each(PLANTED)('"$name" changes one line that there is, is brought to light by kinds of faults that there are, and breaks a promise', (fault) => {
    expect(changedSource(fault, ROOT)).toContain(fault.to);
    expect(fault.kinds.filter((kind) => !FAULTS.some(({ name }) => name === kind))).toEqual([]);
    expect(fault.breaks.filter((property) => !PROPERTY_NAMES.includes(property))).toEqual([]);
    expect(Math.min(fault.kinds.length, fault.breaks.length)).toBeGreaterThan(0);
  });
});

test('docs/faults.md names every kind of fault and every promise, in these words', () => {
  const text = readFileSync(join(ROOT, 'docs/faults.md'), 'utf8');
  const kinds = [...FAULTS, BUILD_CHANGED, ...EMBEDDED_FAULTS];
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  expect(kinds.filter(({ name, what }) => !text.includes(`| ${name} | ${what} |`))).toEqual([]);
  expect(PROPERTY_NAMES.filter((property) => !text.includes(`| \`${property}\` |`))).toEqual([]);
});
