import { HANDS_OUT_CREDENTIALS } from './hands-out.js';
import { ALWAYS_GRAVE, CATALOGUE_THINGS, CREDENTIAL_THINGS, DROPPED_THINGS, HTTP_WORDS, JOINERS, MEANINGS, MONEY_THINGS, MONEY_THINGS_IN_CONTEXT, PLAIN_VERBS, REMOVERS, RUN_THINGS, THINGS_READ } from './lexicon.js';
import { restOf, type Looked, type Say, type Siblings } from './looked.js';
import { graver, type Evidence, type RiskClass } from './risk.js';

interface Verb {
  readonly word: string;
  readonly at: number;
  readonly riskClass: RiskClass;
}

/** What the words of the name say; undefined if they say nothing. */
export function nameEvidence(looked: Looked): Say | undefined {
  const { words, siblings } = looked;
  const verbs = verbsOf(words);
  const [first] = verbs;
  if (first === undefined) {
    const thing = words.findLast((word) => THINGS_READ.has(word));
    return thing === undefined ? undefined : say('read', 'name', thing, 'names what is shown, and no verb');
  }
  const gravest = verbs.reduce((a, b) => (graver(a.riskClass, b.riskClass) === a.riskClass ? a : b));
  const credentials = handsOut(words, first);
  if (credentials !== undefined) return say(graver(gravest.riskClass, 'execute'), 'name', `${first.word} … ${credentials}`, HANDS_OUT_CREDENTIALS);
  if (gravest.riskClass !== 'read' && gravest.riskClass !== 'other') {
    const money = moneyThing(words, gravest, siblings);
    if (money !== undefined) return say('financial', 'name', `${gravest.word} … ${money}`, 'changes something about money');
  }
  if (REMOVERS.has(gravest.word) && siblings.added.has(restOf(words, gravest.at))) {
    return say('write', 'siblings', gravest.word, 'a sibling adds what this one removes: it can be put back');
  }
  const last = words.at(-1) ?? '';
  if (gravest.riskClass === 'write' && gravest.word === 'create' && RUN_THINGS.has(last)) return say('execute', 'name', `create … ${last}`, 'has something run');
  return say(gravest.riskClass, 'name', gravest.word, `a verb of the class ${gravest.riskClass}`);
}

/** The verb of the name, and those that are joined to it or mean the same wherever they stand. */
function verbsOf(words: readonly string[]): Verb[] {
  const known = words.flatMap((word, at): (Verb & { readonly alsoNoun: boolean })[] => {
    const meaning = MEANINGS.get(word);
    return meaning === undefined ? [] : [{ word, at, riskClass: meaning.riskClass, alsoNoun: meaning.alsoNoun && !(word === 'drop' && DROPPED_THINGS.has(words[at + 1] ?? '')) }];
  });
  const [beginning] = known;
  const isHttp = beginning?.at === 0 && HTTP_WORDS.has(beginning.word);
  const sure = known.filter(({ at, alsoNoun }) => !alsoNoun && (at > 0 || !isHttp));
  const first = (isHttp ? sure[0] : undefined)
    ?? (beginning?.at === 0 ? beginning : sure.find(({ word }) => PLAIN_VERBS.has(word)) ?? sure[0]);
  if (first === undefined) return [];
  const joined = known.filter(({ word, at }) => at > first.at && (ALWAYS_GRAVE.has(word) || JOINERS.has(words[at - 1] ?? '')));
  return [first, ...joined];
}

function moneyThing(words: readonly string[], verb: Verb, siblings: Siblings): string | undefined {
  if (verb.riskClass === 'financial') return undefined;
  const others = words.filter((_word, at) => at !== verb.at);
  if (others.some((word) => CATALOGUE_THINGS.has(word)) && !others.some((word) => MONEY_THINGS.has(word))) return undefined;
  const always = others.find((word) => MONEY_THINGS.has(word));
  if (always !== undefined && verb.riskClass !== 'destructive') return always;
  const inContext = others.find((word) => MONEY_THINGS_IN_CONTEXT.has(word) || MONEY_THINGS.has(word));
  return siblings.aboutMoney && (verb.riskClass !== 'destructive' || verb.word === 'cancel') && verb.word !== 'add' && !isRecordOfTime(verb, inContext) ? inContext : undefined;
}

/** A timesheet becomes money when it is approved, not when it is written. */
function isRecordOfTime(verb: Verb, thing: string | undefined): boolean {
  return thing === 'timesheet' && verb.word !== 'approve';
}

function handsOut(words: readonly string[], verb: Verb): string | undefined {
  const last = words.at(-1);
  if (last === undefined || !CREDENTIAL_THINGS.has(last) || words.length === 1) return undefined;
  return ['get', 'read', 'fetch', 'show', 'retrieve', 'export', 'create', 'generate', 'mint', 'rotate', 'refresh', 'issue', 'reset'].includes(verb.word) ? last : undefined;
}

function say(riskClass: RiskClass, source: Evidence['source'], quote: string, says: string): Say {
  return { riskClass, evidence: { source, pointer: '/name', quote, says } };
}
