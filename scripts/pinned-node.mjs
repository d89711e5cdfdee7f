// Runs a program on the pinned Node, whatever Node started npm: same arguments, environment, terminal, signals and exit code.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { pinnedNode, root } from './install.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PARENT_CHECK_MS = 500;

/**
 * Waits for the program to end and resolves with the exit code to end with. Signals are handed on, since not all of them
 * go to the whole group; one-signal.mjs makes one of those that arrive several times.
 */
export function runOnPinnedNode(args, { cwd = process.cwd(), env = process.env } = {}) {
  const child = spawn(pinnedNode, args, { cwd, env, stdio: 'inherit' });
  const asked = new Set();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      asked.add(signal);
      child.kill(signal);
    });
  }
  stopWithParent(child);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`cannot run ${pinnedNode.slice(root.length + 1)}: ${error.message}`)));
    child.once('exit', (code, signal) => {
      if (signal === null) resolve(code);
      else resolve(asked.has(signal) ? 0 : 128 + constants.signals[signal]);
    });
  });
}

/** If npm is killed outright there is nobody left to stop the program with, and it would keep the ports and the data. */
function stopWithParent(child) {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    child.kill('SIGTERM');
  }, PARENT_CHECK_MS).unref();
}
