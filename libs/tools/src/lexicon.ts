import type { RiskClass } from './risk.js';

const list = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

/** Verbs that are nothing else in the names of tools. */
const VERBS: Readonly<Record<Exclude<RiskClass, 'other'> | 'other', readonly string[]>> = {
  read: list('get list search read fetch find query show describe view retrieve lookup count inspect explain browse export scan detect analyze analyse summarize summarise compare diff preview validate verify watch monitor tail peek download open locate resolve geocode'),
  write: list('create update add set edit modify insert append write save move rename copy clone fork merge push assign attach associate detach unassign enable disable mark register archive unarchive restore import upsert replace change configure allocate reserve connect link bind join invite grant share pin unpin star follow subscribe unsubscribe lock unlock approve accept reject resolve reopen close convert format generate make build store put revert toggle sync refresh'),
  execute: list('exec execute run deploy redeploy send invoke eval evaluate start restart reboot launch trigger apply install upgrade rollout rollback scale resize click press navigate fill select drag upload publish reply forward notify broadcast dispatch schedule promote shutdown suspend resume pause stop power reset flush mint rotate interact simulate login'),
  destructive: list('delete drop purge revoke remove destroy erase wipe truncate uninstall kill terminate cancel clear trash discard unpublish cleanup prune overwrite deprovision expunge decommission abort shred unlink rm'),
  financial: list('pay refund withdraw purchase buy sell checkout payout reimburse repay prepay'),
  other: list('echo ping wait sleep hover think sum calculate compute'),
};

/** Words that are a verb when they come first, and a thing where they do not: `post_message`, `get_post`. */
const ALSO_NOUNS: Readonly<Record<RiskClass, readonly string[]>> = {
  read: list('check screenshot snapshot lookup test report log'),
  write: list('comment label tag draft order request post patch put commit note record process'),
  execute: list('call email message sms command script job type drop scale select schedule power capture'),
  destructive: list('clear drop trash'),
  financial: list('charge transfer deposit invoice trade swap bid donate tip order'),
  other: list(''),
};

/** What a tool is about when its name has no verb at all: `maps_directions`, `docr-options`. */
export const THINGS_READ: ReadonlySet<string> = new Set(list(`options status history info information details detail stats statistics balance logs tree list messages requests
  screenshot snapshot directions distance matrix elevation metadata schema schemas version versions docs documentation help weather forecast results summary overview usage metrics`));

/** Nobody means anything else by these, wherever in a name they stand. */
export const ALWAYS_GRAVE: ReadonlySet<string> = new Set(list('delete purge destroy erase wipe uninstall terminate truncate shred'));

/** With a verb that changes something, about money; the first kind whatever the server, the second where it has others of its kind. */
export const MONEY_THINGS: ReadonlySet<string> = new Set(list('payment payments invoice invoices refund refunds payout payouts transaction transactions charge charges dispute disputes journal journals payroll payslip billing funds money wallet withdrawal deposit order orders checkout'));
export const MONEY_THINGS_IN_CONTEXT: ReadonlySet<string> = new Set(list('subscription subscriptions transfer transfers credit timesheet balance plan trade position'));
/** What is for sale is not a sale. */
export const CATALOGUE_THINGS: ReadonlySet<string> = new Set(list('price prices product products coupon coupons item items plan plans quote quotes rate rates account accounts customer customers contact contacts'));
/** As the name's last word, with a verb that hands something out. */
export const CREDENTIAL_THINGS: ReadonlySet<string> = new Set(list('token tokens secret secrets credential credentials password passwords kubeconfig env environment apikey'));

export interface Meaning {
  readonly riskClass: RiskClass;
  readonly alsoNoun: boolean;
}

function meanings(): ReadonlyMap<string, Meaning> {
  const found = new Map<string, Meaning>();
  for (const [riskClass, words] of Object.entries(VERBS)) for (const word of words) found.set(word, { riskClass: riskClass as RiskClass, alsoNoun: false });
  for (const [riskClass, words] of Object.entries(ALSO_NOUNS)) for (const word of words) found.set(word, { riskClass: riskClass as RiskClass, alsoNoun: true });
  return found;
}

/** What a word of a name does, if it is a verb that is known. */
export const MEANINGS: ReadonlyMap<string, Meaning> = meanings();

/** Of several verbs in a name that begins with none of them, these say what it does: `model-eval-list-presets`. */
export const PLAIN_VERBS: ReadonlySet<string> = new Set(list('get list search read find create update delete add remove set'));
/** To create one of these is to have it done. */
export const RUN_THINGS: ReadonlySet<string> = new Set(list('run job execution deployment build workflow'));
/** As descriptions begin, and names do not. */
export const TELLING_WORDS: ReadonlySet<string> = new Set(list('return returns lists provides displays'));

/** After `drop`, wherever it stands: nothing else is meant. */
export const DROPPED_THINGS: ReadonlySet<string> = new Set(list('table tables database databases column index collection schema view keyspace bucket'));

/** HTTP's methods, in names made from paths: any other verb says more. */
export const HTTP_WORDS: ReadonlySet<string> = new Set(list('post put patch'));
/** `add_x` and `remove_x`: an association that can be put back. */
export const REMOVERS: ReadonlySet<string> = new Set(list('remove detach unassign disassociate'));
export const ADDERS: ReadonlySet<string> = new Set(list('add attach assign associate'));
export const JOINERS: ReadonlySet<string> = new Set(list('and or then'));

/** Arguments that hold something that is run. */
export const RUN_ARGUMENTS: ReadonlySet<string> = new Set(list('command cmd sql script shell bash javascript'));
export const MONEY_ARGUMENTS: ReadonlySet<string> = new Set(list('amount unit_amount total currency'));
export const RECIPIENT_ARGUMENTS: ReadonlySet<string> = new Set(list('to recipient recipients channel channel_id chat_id phone phone_number user_ids'));
export const MESSAGE_ARGUMENTS: ReadonlySet<string> = new Set(list('text body message subject content html'));
export const OUTSIDE_ARGUMENTS: ReadonlySet<string> = new Set(list('url uri href webhook webhook_url endpoint host to recipient recipients channel_id callback redirect_url'));
/** What others have written and an agent then reads. */
export const UNTRUSTED_THINGS: ReadonlySet<string> = new Set(list('web url page pages browser email emails mail inbox issue issues comment comments message messages thread replies review reviews search fetch scrape crawl website feed post posts channel ticket tickets pull'));
/** Words that say the data belongs to everybody. */
export const PUBLIC_THINGS: ReadonlySet<string> = new Set(list('docs documentation directions geocode elevation weather help maps places regions'));
