// npm test [-- jest arguments]: everything this machine can run. The end-to-end tests run what is in dist, so it is built first.
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, root } from './install.mjs';
import { runOnPinnedNode } from './pinned-node.mjs';

ensureInstalled();
ensureBuilt();
process.exitCode = await runOnPinnedNode([
  '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', join(root, 'node_modules/jest/bin/jest.js'), ...process.argv.slice(2),
], { cwd: root });
