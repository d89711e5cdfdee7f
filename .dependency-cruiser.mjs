// Imports point one way: apps -> libs; pure libs import pure libs, #errors and pure packages; a lib is entered by its index only.
const PURE = '(?:policy|decision|registry|access-token|scenarios|tools)';
const SPEC = '\\.(?:spec|contract|fixture|suite)\\.ts$|/fixtures/|^libs/[^/]+/test/';

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'libs-know-no-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^(?:apps|test|scripts)/' } },
    {
      name: 'apps-know-no-other-app', comment: 'Only standalone composes the others; cluster starts them as processes.', severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/standalone/' }, to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'pure-libs-stay-pure', severity: 'error',
      from: { path: `^libs/${PURE}/src/`, pathNot: SPEC },
      to: { pathNot: `^libs/(?:${PURE}|errors)/src/|(?:^|/)node_modules/(?:zod|yaml|re2js|decimal\\.js|big\\.js)/` },
    },
    {
      name: 'the-verifier-stands-alone', comment: 'docket-verify checks what Docket says: it shares no code with it.', severity: 'error',
      from: { path: '^apps/verify/src/', pathNot: SPEC }, to: { pathNot: '^apps/verify/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'the-checker-stands-alone', comment: 'What judges a fault campaign shares no code with what is judged, nor with what broke it.', severity: 'error',
      from: { path: '^test/faults/checker/' }, to: { pathNot: '^test/faults/checker/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'the-client-is-a-package', comment: 'libs/client is published with the contracts and the errors, and nothing else of ours.', severity: 'error',
      from: { path: '^libs/client/src/', pathNot: SPEC }, to: { pathNot: '^libs/(?:client/src|contracts/src/index\\.ts|errors/src/index\\.ts)|(?:^|/)node_modules/@grpc/grpc-js/', dependencyTypesNot: ['core'] },
    },
    { name: 'errors-import-nothing', severity: 'error', from: { path: '^libs/errors/src/', pathNot: SPEC }, to: { pathNot: '^libs/errors/src/' } },
    {
      name: 'libs-have-one-door', severity: 'error',
      from: { path: '^libs/([^/]+)/' }, to: { path: '^libs/', pathNot: '^libs/$1/|^libs/[^/]+/src/index\\.ts$' },
    },
    { name: 'apps-use-the-door', severity: 'error', from: { path: '^apps/' }, to: { path: '^libs/', pathNot: '^libs/[^/]+/src/index\\.ts$' } },
    { name: 'no-tests-in-the-product', severity: 'error', from: { path: '^(?:apps|libs)/', pathNot: SPEC }, to: { path: `^test/|${SPEC}` } },
    {
      name: 'no-dev-dependency-in-the-product', severity: 'error',
      from: { path: '^(?:apps|libs)/', pathNot: SPEC }, to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|libs/contracts/src/generated|test/lint/fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
