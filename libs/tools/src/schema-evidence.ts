import type { Looked, Say } from './looked.js';
import { CATALOGUE_THINGS, MESSAGE_ARGUMENTS, MONEY_ARGUMENTS, RECIPIENT_ARGUMENTS, RUN_ARGUMENTS } from './lexicon.js';
import type { RiskClass } from './risk.js';
import { visible } from './visible.js';

/** What the names of the arguments say about a tool that is `so far` of a class: only what raises it. */
export function schemaEvidence({ args, words }: Looked, soFar: RiskClass): Say[] {
  const names = [...args.keys()];
  const said: Say[] = [];
  const run = names.find((name) => RUN_ARGUMENTS.has(name.toLowerCase()) && takesText(args.get(name)));
  if (run !== undefined) said.push(say('execute', run, 'an argument that is run'));
  if (soFar === 'read' || soFar === 'other') return said;
  const money = names.filter((name) => MONEY_ARGUMENTS.has(name.toLowerCase()));
  const isCatalogue = words.some((word) => CATALOGUE_THINGS.has(word));
  if (money.length >= 2 && !isCatalogue) said.push(say('financial', money[0] as string, 'an amount of a currency'));
  const recipient = names.find((name) => RECIPIENT_ARGUMENTS.has(name.toLowerCase()));
  const message = names.find((name) => MESSAGE_ARGUMENTS.has(name.toLowerCase()));
  if (recipient !== undefined && message !== undefined && !words.includes('draft')) said.push(say('execute', recipient, `delivers ${visible(message, true)} to somebody`));
  return said;
}

function takesText(schema: unknown): boolean {
  const type: unknown = schema instanceof Map ? schema.get('type') : undefined;
  return type === undefined || type === 'string' || type === 'array' || Array.isArray(type);
}

function say(riskClass: RiskClass, argument: string, says: string): Say {
  return { riskClass, evidence: { source: 'schema', pointer: `/inputSchema/properties/${argument.replaceAll('~', '~0').replaceAll('/', '~1')}`, quote: visible(argument, true), says } };
}
