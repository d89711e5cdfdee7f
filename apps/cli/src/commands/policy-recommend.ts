import type { Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import type { RatedTool, RiskAssessment, RiskClass } from '#tools';
import { CliError } from '../cli-error.js';
import { connectionOptions, type Bind } from '../context.js';
import { parseKeepingNumbers } from '../exact-json.js';
import { EXIT } from '../exit-codes.js';
import { listedTools } from '../listed-tools.js';

export function policyRecommendCommand(policy: Command, bind: Bind): void {
  const recommend = policy.command('recommend <server>').description('write a policy for a server’s tools by their risk classes, with the reasons, to be read and edited')
    .addHelpText('after', '\nIt goes to the standard output and nothing is published. Whatever it does not name is denied.\n\nExample:\n  docket policy recommend payments > payments.json\n  docket policy lint payments.json');
  bind(connectionOptions(recommend), async (context, _options, [server = '']) => {
    const { recommendPolicy, RISK_RULES_VERSION } = await import('#tools');
    const { tools, reported } = await listedTools(await context.api(), server, true);
    if (!reported) throw new CliError(`server ${server} has not been seen yet: the gateway looks at the servers in its MCP_SERVERS_FILE`, { code: 'FAILED_PRECONDITION', exitCode: EXIT.error });
    const rated = tools.filter((row) => row['name'] !== '' && row['state'] !== 'WITHDRAWN').map(ratedTool);
    const text = recommendPolicy(server, rated, RISK_RULES_VERSION);
    context.note(`${rated.length} tools of ${server}; read it before you publish it: docket policy publish <file> --name <policy>`);
    context.print(parseKeepingNumbers(text), () => text.trimEnd());
  });
}

/** A tool of the API's JSON form, as recommendations see it. */
function ratedTool(row: JsonObject): RatedTool {
  const risk = row['risk'] as JsonObject;
  const override = String(row['overrideClass'] ?? 'RISK_CLASS_UNSPECIFIED');
  return {
    name: String(row['name']),
    override: override === 'RISK_CLASS_UNSPECIFIED' ? undefined : override.toLowerCase() as RiskClass,
    assessment: {
      riskClass: String(risk['riskClass']).toLowerCase() as RiskClass,
      severity: risk['severity'] as RiskAssessment['severity'], confidence: risk['confidence'] as RiskAssessment['confidence'],
      evidence: risk['evidence'] as unknown as RiskAssessment['evidence'], findings: risk['findings'] as unknown as RiskAssessment['findings'],
      trifecta: { privateData: risk['privateData'] === true, untrustedContent: risk['untrustedContent'] === true, outsideCommunication: risk['outsideCommunication'] === true },
      rulesVersion: Number(risk['rulesVersion']),
    },
  };
}
