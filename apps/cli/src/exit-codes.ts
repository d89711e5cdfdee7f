/** What a script can rely on; documented in README.md and in `docket --help`. */
export const EXIT = {
  ok: 0,
  /** The service answered with an error, or a policy has problems. */
  error: 1,
  /** The command itself is wrong: options, JSON, a file that is not there. */
  usage: 2,
  denied: 3,
  rateLimited: 4,
  approvalRequired: 5,
  /** No answer: not reachable, UNAVAILABLE or out of time. Whether a call was decided is unknown: repeat it with the same id. */
  unavailable: 6,
} as const;

export const EXIT_OF_VERDICT: Readonly<Record<string, number>> = {
  ALLOW: EXIT.ok,
  DENY: EXIT.denied,
  RATE_LIMITED: EXIT.rateLimited,
  APPROVAL_REQUIRED: EXIT.approvalRequired,
};

export const EXIT_CODES_HELP = `
Exit codes:
  0  done; of one decision: ALLOW
  1  the service answered with an error, or the policy has problems
  2  the command is wrong: an option, JSON, a file
  3  DENY
  4  RATE_LIMITED
  5  APPROVAL_REQUIRED
  6  no answer: not reachable, unavailable or out of time (repeat a decision with the same call id)`;
