import tseslint from 'typescript-eslint';

/** Libs whose code is a pure function of its arguments (design: decide and evolve); see ARCHITECTURE.md. */
const PURE = ['policy', 'decision', 'registry', 'access-token', 'scenarios', 'tools'];
const PURE_FILES = [...PURE.map((lib) => `libs/${lib}/src/**/*.ts`), 'libs/errors/src/**/*.ts', 'test/lint/fixtures/pure/**/*.ts'];

/** What a pure file may import: its own files, pure libs, `#errors`, and packages that are pure themselves. Types of the ledger's door are erased. */
const PURE_IMPORTS = '^(?!\\.{1,2}/|#(?:errors|policy|decision|registry|access-token|scenarios|tools)$|(?:zod|yaml|re2js|decimal\\.js|big\\.js)$)';

const IMPURE_GLOBALS = [
  'process', 'global', 'globalThis', 'Buffer', 'console', 'performance', 'crypto', 'fetch', 'navigator', 'WebSocket', 'EventSource', 'require',
  'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask',
  'Promise', 'AbortController', 'AbortSignal', 'Worker', 'BroadcastChannel', 'MessageChannel', 'localStorage', 'sessionStorage', 'Temporal', 'eval', 'Function',
].map((name) => ({ name, message: 'A pure lib has no clock, randomness, I/O or asynchrony: take the value in the command.' }));

const says = (what) => `A pure lib has no ${what}: take the value in the command.`;
const IMPURE_SYNTAX = [
  { selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]', message: says('clock') },
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: says('clock') },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: says('clock') },
  { selector: 'CallExpression[callee.name="Date"]', message: says('clock') },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: says('randomness') },
  { selector: 'MemberExpression[object.name="Math"][computed=true]', message: says('randomness') },
  { selector: 'VariableDeclarator[init.name=/^(Math|Date|Reflect)$/]', message: says('alias for an impure global') },
  { selector: ':function[async=true]', message: says('asynchrony') },
  { selector: 'AwaitExpression, ForOfStatement[await=true]', message: says('asynchrony') },
  { selector: 'ImportExpression', message: says('dynamic import') },
  { selector: 'CallExpression[callee.property.name=/^(toLocaleString|toLocaleDateString|toLocaleTimeString|localeCompare|toLocaleUpperCase|toLocaleLowerCase|getTimezoneOffset|getHours|getDate|getDay|getMonth|getFullYear|getMinutes)$/]', message: says('locale or time zone of the machine') },
  { selector: 'MemberExpression[object.name="Intl"]', message: says('locale or time zone of the machine') },
  { selector: 'MetaProperty', message: says('knowledge of where it runs') },
];

/** The token broker's own files: what ages there is tested with a clock that stands still, so every one of them takes its clock. */
const BROKER_FILES = ['apps/token-broker/src/**/*.ts'];
/** The composition root brings the machine's own; specs bring what they like. */
const BROKER_ROOTS = ['apps/token-broker/src/create-app.ts', 'apps/token-broker/src/main.ts', 'apps/token-broker/src/**/*.spec.ts', 'apps/token-broker/src/fixtures/**'];
const takes = (what) => `The token broker's ${what} is injected: take it in the options.`;
const BROKER_GLOBALS = [
  ...['setTimeout', 'setInterval', 'performance'].map((name) => ({ name, message: takes('clock') })),
  { name: 'fetch', message: takes('fetch') }, { name: 'crypto', message: takes('randomness') },
];
const BROKER_SYNTAX = [
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: takes('clock') },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: takes('clock') },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: takes('randomness') },
  { selector: 'ImportSpecifier[imported.name=/^(randomBytes|randomUUID|randomInt|randomFillSync)$/]', message: takes('randomness') },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'bench-results/', '.docket/', 'libs/contracts/src/generated/', 'test/lint/fixtures/'] },
  ...tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always'],
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', { selector: 'MemberExpression[property.name=/^(only|skip|todo)$/][object.name=/^(it|test|describe)$/]', message: 'Neither focus nor skip a test.' }],
    },
  },
  {
    files: BROKER_FILES,
    ignores: BROKER_ROOTS,
    linterOptions: { noInlineConfig: true },
    rules: { 'no-restricted-globals': ['error', ...BROKER_GLOBALS], 'no-restricted-syntax': ['error', ...BROKER_SYNTAX] },
  },
  {
    files: PURE_FILES,
    ignores: ['**/*.spec.ts'],
    linterOptions: { noInlineConfig: true },
    rules: {
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-syntax': ['error', ...IMPURE_SYNTAX],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex: PURE_IMPORTS, allowTypeImports: false, message: 'A pure lib imports pure libs, #errors and pure packages only.' }] }],
      '@typescript-eslint/no-require-imports': 'error',
    },
  },
);
