import { spawnSync } from 'node:child_process';

/**
 * The release that the next one is tried beside: a revision in this repository's history, compiled when somebody needs it. A release that writes events which
 * this one cannot read ends with itself what can be upgraded without a stop; name a later one here then.
 */
export const PREVIOUS_RELEASE = '213c454c583c0b538a58f5c96267b0c8cde964f5';

/** Why it cannot be had in this checkout; undefined: it can. */
export function whyNoPreviousRelease(root: string): string | undefined {
  const { status, error } = spawnSync('git', ['-C', root, 'cat-file', '-e', `${PREVIOUS_RELEASE}^{commit}`]);
  if (error !== undefined) return `git cannot be run (${error.message})`;
  return status === 0 ? undefined : `the history of this checkout has no revision ${PREVIOUS_RELEASE.slice(0, 12)} (fetch all of it: git fetch --unshallow)`;
}
