import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const rulesFile = join(root, '.dependency-cruiser.mjs');

interface Violation { from: string; to: string; rule: { name: string } }

/** The fixture is a small tree of the same shape that breaks every rule once; files that break none are named too. */
const cruise = () => {
  const args = [join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), '--config', rulesFile, '-T', 'json', 'apps', 'libs', 'test'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: join(here, 'fixtures', 'imports'), encoding: 'utf8' });
  const violations = (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
  return violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to.replace(/^.*node_modules\//, '')}`).sort();
};

describe('the import rules', () => {
  it('report each forbidden import of a tree that breaks every rule, and nothing else', async () => {
    const found = cruise();
    expect(found).toEqual([
      'apps-know-no-other-app: apps/two/src/main.ts -> apps/one/src/main.ts',
      'apps-use-the-door: apps/two/src/main.ts -> libs/policy/src/parse.ts',
      'errors-import-nothing: libs/errors/src/index.ts -> os',
      'libs-have-one-door: libs/decision/src/decide.ts -> libs/policy/src/parse.ts',
      'libs-know-no-app: libs/ledger/src/index.ts -> apps/one/src/main.ts',
      'no-cycles: libs/ledger/src/index.ts -> libs/ledger/src/read.ts',
      'no-dev-dependency-in-the-product: apps/two/src/main.ts -> fast-check/lib/fast-check.d.ts',
      'no-tests-in-the-product: apps/two/src/main.ts -> test/probe.ts',
      'no-unresolvable: libs/ledger/src/index.ts -> ./missing.js',
      'pure-libs-stay-pure: libs/decision/src/decide.ts -> crypto',
      'pure-libs-stay-pure: libs/decision/src/decide.ts -> libs/ledger/src/index.ts',
      'pure-libs-stay-pure: libs/decision/src/decide.ts -> pg/esm/index.mjs',
      'the-checker-stands-alone: test/faults/checker/check.ts -> libs/errors/src/index.ts',
      'the-client-is-a-package: libs/client/src/index.ts -> libs/ledger/src/index.ts',
      'the-verifier-stands-alone: apps/verify/src/main.ts -> libs/errors/src/index.ts',
    ]);
    const { default: config } = (await import(rulesFile)) as { default: { forbidden: { name: string }[] } };
    const broken = new Set(found.map((line) => line.slice(0, line.indexOf(':'))));
    expect(config.forbidden.map((rule) => rule.name).filter((name) => !broken.has(name))).toEqual([]);
  });
});
