// Preloaded into the programs that npm scripts run (node --import). One Ctrl-C arrives up to three times: from the terminal, which signals
// the whole group, and handed on by npm and by pinned-node.mjs. For the program it is one, so that its second one still means "now".
const SAME_PRESS_MS = 1_000;
const PARENT_CHECK_MS = 500;

let lastMs = -Infinity;
const emit = process.emit;
process.emit = function (event, ...args) {
  if (event === 'SIGINT' || event === 'SIGTERM') {
    const nowMs = performance.now();
    if (nowMs - lastMs < SAME_PRESS_MS) return true;
    lastMs = nowMs;
  }
  return emit.call(this, event, ...args);
};

// Nobody is left to stop it with: it would keep its ports and its data.
const parent = process.ppid;
const check = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(check);
  process.kill(process.pid, 'SIGTERM');
}, PARENT_CHECK_MS).unref();
