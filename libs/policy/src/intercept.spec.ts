import { type PolicyNote, canonicalPolicyText, parsePolicy } from '#policy';

function read(yaml: string): { policy: unknown; warnings: readonly PolicyNote[] } {
  const parsed = parsePolicy(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 1));
  return { policy: JSON.parse(canonicalPolicyText(parsed.policy)), warnings: parsed.warnings };
}

function problems(yaml: string): string[] {
  const parsed = parsePolicy(yaml);
  return parsed.ok ? [] : parsed.problems.map(({ pointer, message }) => `${pointer}: ${message}`);
}

const CHARGES = `
# Charges
version: "1"
description: Charges
default: deny
hide: [transfer_repository]
tools:
  read_file:
  create_charge:
    rules:
      - name: max single charge
        conditions:
          - { path: args.amount, op: lte, value: 50000 }
          - { path: args.currency, op: in, value: [usd, eur] }
        on_deny: No more than 500.00.
      - name: daily spend
        conditions: [{ path: state.create_charge.spend, op: lte, value: 1000000.50 }]
        state: { counter: spend, window: day, increment_from: args.amount }
  create_issue:
    rules:
      - name: hourly
        rate_limit: 5/hour
      - { name: weight, conditions: [{ path: state.create_issue.w, op: lte, value: 10 }], state: { counter: w, window: minute, increment: 3 } }
  delete_customer:
    rules: [{ name: never, action: deny, on_deny: Never. }]
  "*":
    rules:
      - { name: all, conditions: [{ path: state._global.calls, op: lt, value: 60 }], state: { counter: calls, window: minute } }
      - { name: reason, conditions: [{ path: args.reason, op: exists, value: true }] }
`;

test('reads Intercept YAML into the one internal form', () => {
  const { policy } = read(CHARGES);
  const reason = { id: 'reason', conditions: [{ path: 'args.reason', op: 'exists', value: true }] };
  expect(policy).toEqual({
    version: '1', default: 'deny', hide: ['transfer_repository'], 'x-description': 'Charges',
    all_tools: { limits: [{ counter: '_global.calls', window: 'minute', max: 59, scope: 'grant' }] },
    tools: {
      read_file: { require: [reason] },
      create_charge: {
        require: [
          { id: 'max single charge', on_deny: 'No more than 500.00.', conditions: [{ path: 'args.amount', op: 'lte', value: 50000 }, { path: 'args.currency', op: 'in', value: ['usd', 'eur'] }] },
          reason,
        ],
        limits: [{ counter: 'create_charge.spend', window: 'day', max: 1000000.5, increment_from: 'args.amount', scope: 'grant' }],
      },
      create_issue: {
        require: [reason],
        limits: [{ counter: 'create_issue._rate_hour', window: 'hour', max: 5, scope: 'grant' }, { counter: 'create_issue.w', window: 'minute', max: 3, scope: 'grant' }],
      },
      delete_customer: { require: [reason], deny_if: [{ id: 'never', conditions: [], on_deny: 'Never.' }] },
    },
  });
});

test('says what it assumed', () => {
  const { warnings } = read(CHARGES);
  expect(warnings.map(({ message }) => message)).toEqual(expect.arrayContaining([expect.stringContaining('scope `grant`'), expect.stringContaining('compare by type')]));
  expect(read('version: "1"\ntools:\n  a: { rules: [{ name: s, conditions: [{ path: args.x, op: exists, value: true }], state: { counter: c, window: day } }] }\n').warnings)
    .toContainEqual({ pointer: '/tools/a/rules/0/state', message: expect.stringContaining('limits nothing') });
  expect(read('version: "1"\ntools: { a: { rules: [] } }\n').warnings).toEqual([{ pointer: '', message: expect.stringContaining('every tool that is not named is allowed. Write `default: deny`') }]);
  expect(read('version: "1"\ndefault: allow\ntools: { a: { rules: [] } }\n').warnings).toEqual([]);
});

test('allows what is not listed if there is no default, within the rules for every tool', () => {
  const { policy } = read('version: 1\ntools:\n  a: { rules: [] }\n  "*": { rules: [{ name: n, action: deny }] }\n');
  const denial = { id: 'n', conditions: [] };
  expect(policy).toEqual({ version: '1', default: 'allow', tools: { a: { deny_if: [denial] }, '*': { deny_if: [denial] } } });
});

test('a tool may be limited by a counter of all tools, which its calls add to anyway', () => {
  const { policy } = read(`
version: "1"
tools:
  a: { rules: [{ name: n, conditions: [{ path: state._global.calls, op: lte, value: 5 }] }] }
  "*": { rules: [{ name: all, conditions: [{ path: state._global.calls, op: lte, value: 60 }], state: { counter: calls, window: minute } }] }
`);
  expect(policy).toMatchObject({ tools: { a: { limits: [{ counter: '_global.calls', max: 5, window: 'minute' }] } }, all_tools: { limits: [{ counter: '_global.calls', max: 60 }] } });
});

test('keeps numbers exact, and texts texts', () => {
  const value = (yaml: string): string => {
    const parsed = parsePolicy(`version: "1"\ntools:\n  a: { rules: [{ name: n, conditions: [{ path: args.x, op: in, value: [${yaml}] }] }] }\n`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return /"value":\[(.*?)\]/.exec(canonicalPolicyText(parsed.policy))?.[1] ?? '';
  };
  expect(value('9007199254740993, 0.1, 1e3, -0, +5, .5, 5., 1.50, -12e-1, 123456789012345678901234567890')).toBe('9007199254740993,0.1,1000,0,5,0.5,5,1.5,-1.2,1.2345678901234567890123456789e+29');
  expect(value('"5", \'1.0\', yes, on, NO, 2024-01-02, 1:30, true, ~, null, "~", 1.2.3a')).toBe('"5","1.0","yes","on","NO","2024-01-02","1:30",true,null,null,"~","1.2.3a"');
});

test('reports everything that YAML could hide, each where it is', () => {
  expect(problems('version: "1"\ntools:\n  a: &x { rules: [] }\n  b: *x\n  a: { rules: [] }\n  c: !!js { rules: [] }\n')).toEqual([
    expect.stringContaining('/tools/a: found an anchor'),
    expect.stringContaining('/tools/b: found an alias'),
    '/tools/a: found a key that the object already has, expected each key once',
    expect.stringContaining('/tools/c: found the tag'),
  ]);
  for (const number of ['0x1f', '017', '0o17', '.inf', '-.INF', '.nan', '1e5000', '1.2.3', '1_000', '-0x1F', '0b11', '0x_1']) {
    expect(problems(`version: "1"\ntools:\n  a: { rules: [{ name: n, conditions: [{ path: args.x, op: eq, value: ${number} }] }] }\n`)[0]).toMatch(/^\/tools\/a\/rules\/0\/conditions\/0\/value: found .*expected a number in decimal digits/);
  }
  expect(problems('version: "1"\n---\nversion: "1"\n')).toEqual([': found several YAML documents, expected one']);
  expect(problems('version: "1\ntools: {}\n')[0]).toMatch(/^: malformed YAML: .*\(line [0-9]+, column [0-9]+\)$/);
  expect(problems(`version: "1"\ntools: ${'['.repeat(70)}${']'.repeat(70)}\n`)).toEqual([': found too deep, expected at most 64 containers inside each other']);
  expect(problems(`# ${'x'.repeat(256 * 1024)}`)[0]).toContain('at most 262144 bytes');
  expect(problems('version: "1"\n? [a]\n: b\ntools: {}\n')[0]).toContain('keys that are texts');
});

test('reports all problems of an Intercept document at once, where they were written', () => {
  expect(problems(`
version: "2"
tools:
  "read_*": { rules: [] }
  a:
    limits: []
    rules:
      - { name: n }
      - { name: n, action: allow }
      - { name: n, action: deny, conditions: [{ path: args.x, op: eq, value: 1 }] }
      - { name: n, rate_limit: five/hour }
      - { name: n, rate_limit: 5/hour, state: { counter: c, window: day } }
      - { name: n, conditions: [{ path: state.b.c, op: lte, value: 1 }] }
      - { name: n, conditions: [{ path: state.a.other, op: lte, value: 1 }] }
      - { name: n, conditions: [{ path: state.a.d, op: gt, value: 1 }], state: { counter: d, window: fortnight, increment: 0 } }
      - { name: n, conditions: [{ path: args.x, op: regex, value: "(" }] }
      - { nam: n, action: deny }
  "*":
    rules: [{ name: n, conditions: [{ path: state._global.e, op: lt, value: 0.5 }], state: { counter: e, window: day, increment_from: args.x } }]
`).map((problem) => problem.split(':')[0])).toEqual([
    '/version', '/tools/read_*', '/tools/a/limits', '/tools/a/rules/3/rate_limit',
    '/tools/a/rules/7/state/window', '/tools/a/rules/7/state/increment', '/tools/*/rules/0/state/increment_from',
    '/tools/a/rules/0/conditions', '/tools/a/rules/1/action', '/tools/a/rules/1/conditions', '/tools/a/rules/2/conditions', '/tools/a/rules/4/rate_limit',
    '/tools/a/rules/5/conditions/0/path', '/tools/a/rules/6/conditions/0/path', '/tools/a/rules/7/conditions/0/op', '/tools/a/rules/7/conditions/0/path',
    '/tools/a/rules/8/conditions/0/value', '/tools/a/rules/9/nam', '/tools/*/rules/0/conditions/0/value',
  ]);
});

test('a hostile YAML document is refused, not worked on for minutes', () => {
  const bytes = 250 * 1024;
  const fill = (text: string): string => text.repeat(Math.floor(bytes / text.length));
  const documents = [`a: [${fill(',')}]`, `a: ${fill('[]')}`, `a: 1\n${fill('%Y\n')}`, `a:\n${fill('- &a b\n').slice(0, bytes / 4)}`];
  for (const document of documents) expect(problems(document).length).toBeGreaterThan(0);
});
