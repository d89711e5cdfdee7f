import { tsxOptions } from './scripts/swc-options.mjs';

/** Jest runs the TypeScript sources as ES modules, transformed by SWC; `#lib` is that lib's index. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.ts$': ['@swc/jest'], '^.+\\.tsx$': ['@swc/jest', tsxOptions()] },
  resolver: '<rootDir>/scripts/jest-resolver.cjs',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testMatch: ['<rootDir>/{apps,libs,test}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testTimeout: 180_000,
  // Many wait for processes that they have started; more at once would only wait for each other.
  maxWorkers: 2,
  // What a spec has loaded as ES modules stays in its worker; in a heap of gigabytes everything after it is slow.
  workerIdleMemoryLimit: '800MB',
  reporters: ['default', '<rootDir>/scripts/summary-reporter.mjs'],
};
