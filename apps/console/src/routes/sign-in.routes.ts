import type { ConsoleMetrics } from '../console-metrics.js';
import { Secret } from '#platform';
import type { Logger } from '#platform';
import type { DocketApi } from '../docket/docket-api.js';
import { Refusal } from '../docket/refusal.js';
import { page, placeOf, redirect, type Exchange, type Reply, type Route } from '../http/exchange.js';
import { linkPage, signInPage } from '../pages/sign-in.page.js';
import type { OneTimeLinks } from '../sessions/one-time-links.js';
import type { Person, Sessions } from '../sessions/sessions.js';

const CREDENTIAL = /^dk_[A-Za-z0-9_-]{20,200}$/;
const LINK = '([A-Za-z0-9_-]{43})';
/** Who has none of these has nothing to look at here. */
const ROLES = ['APPROVER', 'AUDITOR'];

export interface SignInOptions {
  readonly docket: Pick<DocketApi, 'whoAmI'>;
  readonly sessions: Sessions;
  readonly links: OneTimeLinks;
  readonly metrics: ConsoleMetrics;
  readonly logger: Logger;
}

/** Signing in, with a credential or with a link that is good once, and out. */
export function signInRoutes(options: SignInOptions): readonly Route[] {
  const { links, sessions, metrics, logger } = options;
  const enter = async (credential: Secret, by: 'credential' | 'link', next: string, again: (problem: string) => Reply): Promise<Reply> => {
    const found = await identify(options.docket, credential);
    if (typeof found !== 'string') {
      metrics.signedIn({ by, outcome: 'signed_in' });
      logger.info({ by: found.subject, credential: found.credentialId, roles: found.roles, how: by }, 'signed in');
      return redirect(next, { signIn: sessions.open(found) });
    }
    metrics.signedIn({ by, outcome: found === UNANSWERED ? 'unavailable' : 'refused' });
    return again(found);
  };
  const shown = ({ formToken }: Exchange, next: string, problem?: string): Reply => page(problem === undefined ? 200 : problem === UNANSWERED ? 503 : 403, signInPage({ formToken, next, problem }));
  return [
    {
      method: 'GET', pattern: /^\/sign-in$/, name: '/sign-in', isOpen: true,
      answer: (exchange) => {
        const next = placeOf(exchange.query.get('next'));
        if (exchange.session !== undefined) return redirect(next);
        return exchange.query.get('done') === 'signed-out' ? page(200, signInPage({ formToken: exchange.formToken, next, done: 'You are signed out.' })) : shown(exchange, next);
      },
    },
    {
      method: 'POST', pattern: /^\/sign-in$/, name: '/sign-in', isOpen: true,
      answer: (exchange) => {
        const next = placeOf(exchange.form.get('next'));
        const text = (exchange.form.get('credential') ?? '').trim();
        if (!CREDENTIAL.test(text)) {
          metrics.signedIn({ by: 'credential', outcome: 'refused' });
          return shown(exchange, next, text === '' ? 'Enter your credential.' : 'That is no credential: one begins with dk_ and is one long word.');
        }
        return enter(new Secret(text), 'credential', next, (problem) => shown(exchange, next, problem));
      },
    },
    {
      method: 'GET', pattern: new RegExp(`^/sign-in/once/${LINK}$`), name: '/sign-in/once/…', isOpen: true,
      answer: ({ caught: [token = ''], formToken }) => {
        const isGood = links.isGood(token);
        return page(isGood ? 200 : 410, linkPage({ formToken, token, isGood }));
      },
    },
    {
      method: 'POST', pattern: /^\/sign-in\/link$/, name: '/sign-in/link', isOpen: true,
      answer: (exchange) => {
        const { form, formToken } = exchange;
        const token = form.get('token') ?? '';
        const credential = links.redeem(token);
        if (credential !== undefined) return enter(credential, 'link', '/', (problem) => shown(exchange, '/', problem));
        metrics.signedIn({ by: 'link', outcome: 'refused' });
        return page(410, linkPage({ formToken, token, isGood: false }));
      },
    },
    {
      method: 'POST', pattern: /^\/sign-out$/, name: '/sign-out',
      answer: ({ session }) => {
        logger.info({ by: session?.subject }, 'signed out');
        return redirect('/sign-in?done=signed-out', { signIn: '' });
      },
    },
  ];
}

const UNANSWERED = 'Docket did not answer, so nobody can be signed in just now. Try again in a moment.';

/** The person whose credential it is, or why he is not let in. */
async function identify(docket: Pick<DocketApi, 'whoAmI'>, credential: Secret): Promise<Person | string> {
  try {
    const { credential: found, organisation } = await docket.whoAmI(credential);
    const { credentialId, subject, roles } = found!;
    const names = roles.map(String);
    if (!names.some((role) => ROLES.includes(role))) return `This credential has the role ${names.map((role) => role.toLowerCase()).join(', ') || 'none'}. Approvals are for the roles approver and auditor: sign in with a credential of your own that has one of them.`;
    return { credential, credentialId, subject, organisation, roles: names };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.isUnanswered ? UNANSWERED : 'This credential is unknown, revoked or wrong.';
  }
}
