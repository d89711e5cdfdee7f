import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.js';
import { accessCommands } from './commands/access.js';
import { approvalCommands } from './commands/approvals.js';
import { callCommands } from './commands/call.js';
import { clusterCommands } from './commands/cluster.js';
import { connectionCommands } from './commands/connection.js';
import { decideCommand } from './commands/decide.js';
import { grantCommands } from './commands/grant.js';
import { keyCommands } from './commands/keys.js';
import { logCommands } from './commands/log.js';
import { policyCommands } from './commands/policy.js';
import { projectionCommands } from './commands/projections.js';
import { tokenCommands } from './commands/token.js';
import { toolsCommands } from './commands/tools.js';
import { queryCommands } from './commands/query.js';
import { whatIfCommands } from './commands/what-if.js';
import { Context, type Bind } from './context.js';
import type { ConnectionOptions } from './connection.js';
import { EXIT, EXIT_CODES_HELP } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Runs the command line and resolves with its exit code; never rejects on what a user or a service did. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command('docket').description('Ask Docket for decisions, and look after its policies, approvals, grants and log.')
    .version(packageVersion(), '--version', 'print the version')
    .addHelpText('after', `
Examples:
  docket decide --tool refresh_access_token
  docket policy lint policy.json
  docket grant issue --policy demo --label "nightly job"
  docket log tail --verdict DENY

The service is found by ./.docket/credentials.json, which npm start writes, or by DOCKET_ADDRESS and DOCKET_CREDENTIAL.
${EXIT_CODES_HELP}`);
  const bind: Bind = (command, handler) => command.action(async () => {
    const options = command.opts();
    const context = new Context(terminal, options as ConnectionOptions & { json?: boolean });
    try {
      exitCode = (await handler(context, options as never, command.args)) ?? EXIT.ok;
    } catch (error) {
      exitCode = report(error, context);
    } finally {
      context.close();
    }
  });
  for (const add of [decideCommand, callCommands, approvalCommands, policyCommands, grantCommands, accessCommands, toolsCommands, connectionCommands, tokenCommands, keyCommands, logCommands, whatIfCommands, projectionCommands, queryCommands, clusterCommands]) add(program, bind);
  quiet(program, terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
}

/** Built or not, the nearest package.json above is Docket's. */
function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(findPackageJSON(import.meta.url)!, 'utf8')) as { version: string };
  return version;
}

function report(error: unknown, { json, terminal }: Context): number {
  if (!(error instanceof CliError)) throw error;
  if (json) terminal.stdout.write(`${JSON.stringify(error.toJson())}\n`);
  else terminal.stderr.write(`docket: ${error.toText()}\n`);
  return error.exitCode;
}

/** Commander writes where the run writes, and throws instead of ending the process. */
function quiet(command: Command, terminal: Terminal): void {
  command.exitOverride().showSuggestionAfterError().configureOutput({
    writeOut: (text) => terminal.stdout.write(text),
    writeErr: (text) => terminal.stderr.write(text.replace(/^error: /, 'docket: ')),
  });
  command.commands.forEach((child) => quiet(child, terminal));
}
