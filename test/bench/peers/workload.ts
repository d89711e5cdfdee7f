/** What every peer is asked: the same tool, arguments of the same size, as many different askers. */
export const WORKLOAD = {
  tool: 'refresh_access_token',
  argumentsJson: '{"account":"acct_1032HU2eZvKYlo2C","scope":"charges:read","reason":"nightly reconciliation"}',
  /** So that all partitions work. */
  grants: 1000,
  partitions: 16,
  /** The size of a decision's event for these arguments, envelope included; checked by the log when Docket is measured. */
  recordBytes: 1700,
} as const;

/** Deny by default; the limit is there and counted, but far away, so that every answer is an ALLOW. */
export const POLICY = {
  version: '1',
  default: 'deny',
  tools: {
    [WORKLOAD.tool]: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 1_000_000_000, scope: 'grant' }] },
  },
} as const;
