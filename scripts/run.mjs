// node scripts/run.mjs <program> [arguments]: installs and builds what is missing, then runs the program on the pinned Node.
// A crash report, where somebody asks Node for one, is without the environment: secrets are handed in there.
// A program under dist/ is built first; one under node_modules/ (eslint, tsc) is only installed.
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, root } from './install.mjs';
import { runOnPinnedNode } from './pinned-node.mjs';

const [program, ...args] = process.argv.slice(2);
if (program === undefined) fail('usage: node scripts/run.mjs <program> [arguments]', 2);
ensureInstalled();
const own = program.startsWith('dist/');
if (own) ensureBuilt();
process.exitCode = await runOnPinnedNode([...(own ? ['--enable-source-maps', '--report-exclude-env', '--import', new URL('one-signal.mjs', import.meta.url).href] : []), join(root, program), ...args]);
