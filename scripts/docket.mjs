#!/usr/bin/env node
// The `docket` command: `npx docket …` in the clone.
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, root } from './install.mjs';
import { runOnPinnedNode } from './pinned-node.mjs';

ensureInstalled();
ensureBuilt();
process.exitCode = await runOnPinnedNode([join(root, 'dist/apps/cli/src/main.js'), ...process.argv.slice(2)]);
