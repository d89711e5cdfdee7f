import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docket, temporaryFolder } from '../cli.fixture.js';

const POLICY = { version: '1', default: 'deny', tools: { a: { limits: [{ counter: 'c', window: 'minute', max: 1 }] } } };
const CASES = `policy_file: a.json
cases:
  - name: once a minute
    steps:
      - { call: { tool: a }, expect: { verdict: ALLOW } }
      - { call: { tool: a }, expect: { verdict: RATE_LIMITED, retry_after: 30s } }
`;
const WRONG = `${CASES}  - name: twice a minute
    steps:
      - { call: { tool: a } }
      - { call: { tool: a }, expect: { verdict: ALLOW } }
`;

const EXAMPLES = join(import.meta.dirname, '../../../../examples/policy-tests');

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder.path, 'a.json'), JSON.stringify(POLICY));
});
afterEach(() => folder.remove());

const test = (cases: string, ...options: string[]) => {
  writeFileSync(join(folder.path, 'a.test.yaml'), cases);
  return docket(['policy', 'test', 'a.test.yaml', ...options], { cwd: folder.path });
};

describe('docket policy test', () => {
  it('plays every case and ends with 0 if all pass', async () => {
    expect(await test(CASES)).toEqual({ exitCode: 0, stdout: 'a.test.yaml\n  ✓ once a minute\n', stderr: '1 case, all passed\n' });
  });

  it('says of a case that does not what was expected, what came and what was left, and ends with 1', async () => {
    const { exitCode, stdout, stderr } = await test(WRONG);
    expect([exitCode, stderr]).toEqual([1, '2 cases, 1 failed\n']);
    expect(stdout).toBe([
      'a.test.yaml', '  ✓ once a minute', '  ✗ twice a minute',
      '      call a (step 2, line 10)',
      '        verdict: expected ALLOW',
      '                 came     RATE_LIMITED',
      '        the answer: RATE_LIMITED, rule /tools/a/limits/0: The limit of 1 per minute is used up. Try again in 30 seconds.',
      '        limit c: 1 of 1 used, 0 remaining, resets at 2026-11-23T10:01:00.000Z (refused)', '',
    ].join('\n'));
  });

  it('prints with --json one object for each case', async () => {
    const { exitCode, stdout, stderr } = await test(WRONG, '--json');
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { file: 'a.test.yaml', line: 3, case: 'once a minute', ok: true },
      {
        file: 'a.test.yaml', line: 7, case: 'twice a minute', ok: false,
        failure: { step: 2, round: 1, line: 10, did: 'call a', mismatches: [{ field: 'verdict', expected: 'ALLOW', came: 'RATE_LIMITED' }] },
      },
    ]);
  });

  it('lists the problems of a policy as failures of its cases', async () => {
    writeFileSync(join(folder.path, 'a.json'), '{"version": "2", "default": "deny"}');
    const { exitCode, stdout } = await test(CASES);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✗ once a minute\n +publish the policy main[\s\S]*\/version:[\s\S]*came +found "2"/);
  });

  it.each([
    ['a file that is not there', [], 'b.test.yaml', /no file b\.test\.yaml/],
    ['a policy that is not there', ['policy_file: b.json\ncases: [{ name: a, steps: [{ wait: 1s }] }]'], 'a.test.yaml', /no file b\.json/],
    ['a file with unknown keys', ['cases:\n  - name: a\n    stesp: []\n'], 'a.test.yaml', /a\.test\.yaml:3: unknown key "stesp"/],
    ['a file that is no YAML', ['- {'], 'a.test.yaml', /a\.test\.yaml:1: /],
  ])('ends with 2 for %s', async (_what, written, asked, says) => {
    for (const text of written) writeFileSync(join(folder.path, 'a.test.yaml'), text);
    const { exitCode, stdout, stderr } = await docket(['policy', 'test', asked], { cwd: folder.path });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
  });

  it('reads cases from the standard input', async () => {
    const { exitCode, stdout } = await docket(['policy', 'test', '-'], { cwd: folder.path, stdin: CASES });
    expect([exitCode, stdout]).toEqual([0, '-\n  ✓ once a minute\n']);
  });

  it('passes the examples', async () => {
    const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.test.yaml'));
    const { exitCode, stdout, stderr } = await docket(['policy', 'test', ...files], { cwd: EXAMPLES });
    expect(stdout).not.toContain('✗');
    expect([exitCode, stderr]).toEqual([0, '8 cases, all passed\n']);
  });

  it('passes the example of its own --help', async () => {
    const { stdout: help } = await docket(['policy', 'test', '--help'], { cwd: folder.path });
    const example = /\n( {2}policy_file:[\s\S]*?)\n\nExamples:/.exec(help)?.[1]?.replace(/^ {2}/gm, '') ?? '';
    copyFileSync(join(EXAMPLES, 'charges.policy.json'), join(folder.path, 'charges.policy.json'));
    expect(await test(example)).toMatchObject({ exitCode: 0, stdout: 'a.test.yaml\n  ✓ a charge over 500 needs a human\n' });
  });
});
