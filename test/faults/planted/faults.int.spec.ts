import { join } from 'node:path';
import { PROPERTY_NAMES } from '../checker/findings.js';
import { FAULTS } from '../kinds/catalogue.js';
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
