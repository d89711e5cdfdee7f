/** What a first start sets up, so that there is something to try; the panel names the commands for it. */
export const DEMONSTRATION = {
  serverId: 'demo',
  serverName: 'Demonstration',
  policyId: 'seed',
  label: 'demonstration',
  tool: 'refresh_access_token',
  /** Deny by default; one tool at most 60 times a minute for each grant. */
  policy: {
    version: '1',
    default: 'deny',
    tools: {
      refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] },
    },
  },
} as const;

/** A second server to try with `npm start`: the MCP project's own, everything allowed but what would show the environment. */
export const EVERYTHING = {
  serverId: 'everything',
  serverName: 'server-everything',
  policyId: 'everything',
  label: 'demonstration',
  policy: { version: '1', default: 'allow', hide: ['get-env'] },
} as const;

/** What is set up of either. */
export type DemonstrationPlan = Pick<typeof DEMONSTRATION | typeof EVERYTHING, 'serverId' | 'serverName' | 'policyId' | 'label' | 'policy'>;

/** Something to try, as the credentials file tells it. */
export interface Demonstration {
  readonly serverId: string;
  readonly policyId: string;
  readonly grantId: string;
  readonly grantToken: string;
}
