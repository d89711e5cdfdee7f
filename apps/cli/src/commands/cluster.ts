import type { JsonObject } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import { connectionOptions, type Bind } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { table } from '../terminal.js';

/** What a proto's state is called here. */
const STATES: Readonly<Record<string, string>> = {
  SERVING: 'serving', CLAIMING: 'claiming', STOPPED: 'STOPPED', NO_OWNER: 'NO OWNER', LOG_UNREACHABLE: 'LOG UNREACHABLE', OWNER_UNREACHABLE: 'OWNER UNREACHABLE',
};

export function clusterCommands(program: Command, bind: Bind): void {
  const cluster = program.command('cluster').description('the nodes that share the log, and what each of them serves');
  const status = cluster.command('status').description('every node and every partition: owner, standby, epoch, lag, last claim').addHelpText('after', `
Any node answers for all; one that does not answer is shown as such. LAG is the number of records that the standby has
still to apply. The token brokers are asked too, where one is known (credentials.json, or DOCKET_TOKENS_ADDRESS). The exit
code is 0 if every partition is served, else 1. Of the projector, \`docket projections status\` tells.

Example:
  docket cluster status --address 127.0.0.1:7400`);
  bind(connectionOptions(status), async (context) => {
    const answer = await (await context.api()).call('cluster', 'GetCluster', 'admin', {});
    const brokers = await (await context.tokensBeside())?.call('cluster', 'GetCluster', 'admin', {}).catch((error: Error): Unanswered => ({ problem: error.message }));
    const isAnswered = brokers !== undefined && !isUnanswered(brokers);
    context.print(brokers === undefined ? answer : { ...answer, tokenBrokers: brokers }, () => [
      clusterText(answer), ...(brokers === undefined ? [] : ['', isUnanswered(brokers) ? `TOKEN BROKERS: NO ANSWER: ${brokers.problem}` : `TOKEN BROKERS\n${clusterText(brokers)}`]),
    ].join('\n'));
    return isServed(answer) && (brokers === undefined || (isAnswered && isServed(brokers))) ? EXIT.ok : EXIT.error;
  });
}

/** Why the token broker that is known does not answer. */
interface Unanswered {
  readonly problem: string;
}

function isUnanswered(answer: JsonObject | Unanswered): answer is Unanswered {
  return !('nodes' in answer);
}

function isServed(answer: JsonObject): boolean {
  return (answer['partitions'] as JsonObject[]).every(({ state }) => state === 'SERVING');
}

function clusterText(answer: JsonObject): string {
  return `${nodesText(answer['nodes'] as JsonObject[])}\n\n${partitionsText(answer['partitions'] as JsonObject[])}`;
}

function nodesText(nodes: readonly JsonObject[]): string {
  return table(['NODE', 'ADDRESS', 'STATE', 'OWNS', 'STANDS BY'], nodes.map((node) => [
    String(node['name']), String(node['address']), ...(node['reachable'] === true ? ['reachable', String(node['owned']), String(node['standingBy'])] : [`UNREACHABLE: ${String(node['problem'])}`, '-', '-']),
  ]));
}

function partitionsText(partitions: readonly JsonObject[]): string {
  return table(['PARTITION', 'STATE', 'OWNER', 'EPOCH', 'STANDBY', 'LAG', 'NEXT OFFSET', 'LAST EVENT', 'LAST CLAIM'], partitions.map((one) => {
    const claim = one['lastClaim'] as JsonObject | undefined;
    return [
      `${String(one['topic'])}/${String(one['partition'])}`, STATES[String(one['state'])] ?? String(one['state']), named(one['owner']), String(one['epoch']), named(one['standby']),
      Number(one['standbyLag']) < 0 ? '-' : String(one['standbyLag']), String(one['nextOffset']), named(one['lastEventAt']),
      claim === undefined ? '-' : `${String(claim['claimedAt'])} ${String(claim['node'])} (epoch ${String(claim['epoch'])}, offset ${String(claim['offset'])})`,
    ];
  }));
}

function named(value: unknown): string {
  return value === undefined || value === null || value === '' ? '-' : String(value);
}
