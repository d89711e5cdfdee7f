#!/usr/bin/env node
// The `docket-verify` command: `npx docket-verify …` in the clone. The program itself needs nothing but Node.
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, root } from './install.mjs';
import { runOnPinnedNode } from './pinned-node.mjs';

ensureInstalled();
ensureBuilt();
process.exitCode = await runOnPinnedNode([join(root, 'dist/apps/verify/src/main.js'), ...process.argv.slice(2)]);
