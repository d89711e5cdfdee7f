import { dirname, relative } from 'node:path';
import { DEMONSTRATION } from './demonstration.js';

/** What a person needs to know of a running Docket: printed once it is ready. */
export interface PanelFacts {
  /** `standalone on embedded PostgreSQL`, for instance. */
  readonly title: string;
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
  /** What must be seen first. */
  readonly cautions?: readonly string[];
  readonly credentialsFile: string;
  readonly grpcAddress: string;
  /** Whether gRPC takes TLS; plaintext if not given. */
  readonly tls?: boolean;
  /** Whether the credentials file has a login for reading rows, `reader`. */
  readonly hasReader?: boolean;
  /** A connection of the token broker that there is to try. */
  readonly tokenConnection?: string;
  /** For an MCP client's configuration: what lets an agent call through the gateway. */
  readonly mcpSnippet?: string;
  /** Signs a person in to the console, once; as good as a credential for a quarter of an hour. */
  readonly signInLink?: string;
  readonly serverId: string;
  readonly policyId: string;
  readonly grantId: string;
  readonly readyInMs: number;
}

/** `{"user":"u-1"}`, as grpcurl takes bytes. */
const EXAMPLE_ARGUMENTS = Buffer.from('{"user":"u-1"}').toString('base64');

/** The panel of `npm start` and `npm run cluster`, as lines of text. */
export function panel(facts: PanelFacts): string {
  const file = shownPath(facts.credentialsFile);
  const width = Math.max(...facts.addresses.map(({ name }) => name.length), 'credentials'.length);
  const folder = dirname(file);
  // The command looks into ./.docket by itself.
  const where = folder === '.docket' ? '' : ` --data-dir ${folder}`;
  const row = (name: string, value: string): string => `  ${name.padEnd(width)}  ${value}`;
  const read = (path: string): string => `$(node -p "JSON.parse(require('fs').readFileSync('${file}')).${path}")`;
  return [
    '',
    `Docket is ready: ${facts.title} (${(facts.readyInMs / 1000).toFixed(1)} s)`,
    '',
    ...(facts.cautions ?? []).flatMap((caution) => [`Attention: ${caution}.`, '']),
    ...facts.addresses.map(({ name, address }) => row(name, address)),
    row('credentials', `${file} (only you can read it)`),
    row('demo', `server ${facts.serverId}, policy ${facts.policyId}, grant ${facts.grantId}`),
    '',
    'Ask for a decision (60 a minute are allowed, the 61st is RATE_LIMITED):',
    `  npx docket decide --tool ${DEMONSTRATION.tool}${where}`,
    '',
    ...(facts.tokenConnection === undefined ? [] : [
      'Have an access token minted by a stand-in partner, once for all who ask:',
      `  npx docket token get ${facts.tokenConnection}${where}`,
      '',
    ]),
    'The same with grpcurl:',
    `  grpcurl${facts.tls === true ? '' : ' -plaintext'} -H "authorization: Bearer ${read('credentials.gateway')}" \\`,
    `    -d '{"grant":"${facts.grantId}","tool":"${DEMONSTRATION.tool}","arguments":"${EXAMPLE_ARGUMENTS}"}' \\`,
    `    ${facts.grpcAddress} docket.decision.v1.DecisionService/Decide`,
    '',
    ...(facts.mcpSnippet === undefined ? [] : [
      'Let an agent call through the MCP gateway: paste this into its client’s configuration (it holds grants; docs/mcp.md):',
      ...facts.mcpSnippet.split('\n').map((line) => `  ${line}`),
      '',
      `Of ${facts.serverId}’s tools the policy ${facts.policyId} lets that agent call ${DEMONSTRATION.tool} only. To let it call more, with approval where money moves:`,
      `  npx docket policy recommend ${facts.serverId}${where} > ${facts.serverId}.json`,
      `  npx docket policy publish ${facts.serverId}.json --name ${facts.policyId}${where}`,
      '',
    ]),
    ...(facts.signInLink === undefined ? [] : [
      'Decide on calls that wait for a human: open this, it signs you in as an approver, once, within 15 minutes (docs/console.md):',
      `  ${facts.signInLink}`,
      '',
    ]),
    'Every decision as a row; \\dv+ docket.* lists all views:',
    `  psql "${read(facts.hasReader === true ? 'reader' : 'database')}" -c 'select * from docket.decisions order by decided_at desc limit 5'`,
    '',
    'Ctrl-C stops it; started again it continues where it was.',
    '',
  ].join('\n');
}

/** A path as a person would type it here. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}
