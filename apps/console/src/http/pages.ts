import type { IncomingMessage } from 'node:http';
import type { Logger } from '#platform';
import type { ConsoleMetrics } from '../console-metrics.js';
import { problemPage } from '../pages/problem.page.js';
import { isSame, type Visits } from '../sessions/visits.js';
import type { Session, Sessions } from '../sessions/sessions.js';
import { dropCookie, dropSecond, hasSecond, readCookie, setCookie } from './cookies.js';
import { isHostAllowed, isOriginAllowed, isSecure, type Doors } from './doors.js';
import { placeOf, redirect, type Exchange, type Reply, type Route } from './exchange.js';
import { FormError, readForm } from './form.js';
import { SECURITY_HEADERS, TLS_ONLY } from './security-headers.js';

const URL_CHARACTERS_MAX = 2_048;
/** Of a page that looks for news by itself. */
const POLL_HEADER = 'x-docket-poll';

export interface PagesOptions {
  readonly routes: readonly Route[];
  readonly doors: Doors;
  readonly sessions: Sessions;
  readonly visits: Visits;
  readonly random: () => string;
  readonly metrics: ConsoleMetrics;
  readonly logger: Logger;
  readonly monotonicMs: () => number;
}

/** An answer with all of its headers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** What every request goes through before a page is made of it: doors, cookies, and for forms where they come from. */
export class Pages {
  readonly #o: PagesOptions;

  constructor(options: PagesOptions) {
    this.#o = options;
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const startedMs = this.#o.monotonicMs();
    const seen: Seen = { route: '(none)', session: undefined };
    let answer: Answer;
    try {
      answer = await this.#answer(request, seen);
    } catch (error) {
      this.#o.logger.error({ err: error, route: seen.route }, 'a page could not be made');
      answer = this.#finished(problemPage(500, 'Something went wrong here', 'The console could not make this page. Its log says why.'), []);
    }
    const ms = this.#o.monotonicMs() - startedMs;
    this.#o.metrics.answered(seen.route, answer.status, ms);
    // The path may hold a link's token, so the route is what is told of it.
    this.#o.logger.info({ method: request.method, route: seen.route, status: answer.status, by: seen.session?.subject ?? '', ms: Math.round(ms * 10) / 10 }, 'page');
    return answer;
  }

  async #answer(request: IncomingMessage, seen: Seen): Promise<Answer> {
    const { doors } = this.#o;
    if (!isHostAllowed(request.headers.host, doors)) return this.#finished(problemPage(421, 'Not this console', 'This console does not go by the name in your address bar. Open it by the address that it was started with.'), []);
    const url = request.url ?? '/';
    const parsed = url.length <= URL_CHARACTERS_MAX && url.startsWith('/') && URL.canParse(url, 'http://console') ? new URL(url, 'http://console') : undefined;
    if (parsed === undefined) return this.#finished(problemPage(414, 'Not an address of this console', `An address here has at most ${URL_CHARACTERS_MAX} characters.`), []);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const fitting = this.#o.routes.map((route) => ({ route, caught: route.pattern.exec(parsed.pathname) })).filter(({ caught }) => caught !== null);
    const found = fitting.find(({ route }) => route.method === method);
    if (found === undefined) {
      if (fitting.length === 0) return this.#finished(problemPage(404, 'There is no such page', 'The address may be incomplete. The list of what waits is the first page.'), []);
      const allow = [...new Set(fitting.map(({ route }) => (route.method === 'GET' ? 'GET, HEAD' : 'POST')))].join(', ');
      return this.#finished({ ...problemPage(405, 'That cannot be done here', `This address takes ${allow}.`), headers: { allow } }, []);
    }
    seen.route = found.route.name;
    return this.#routed(request, parsed, found.route, found.caught!.slice(1), seen);
  }

  async #routed(request: IncomingMessage, { pathname: path, searchParams: query }: URL, route: Route, caught: readonly string[], seen: Seen): Promise<Answer> {
    const { sessions, visits, doors, random } = this.#o;
    const cookies: string[] = [];
    const options = { isSecure: isSecure(doors) };
    const sent = readCookie(request.headers.cookie, 'session', options);
    const session = sent && sessions.find(sent.value, request.headers[POLL_HEADER] === undefined);
    seen.session = session;
    // Also of a session that has ended: the browser keeps an id that is good for nothing.
    if (sent !== undefined && session === undefined) cookies.push(...dropCookie('session', options));
    else if (sent?.isPrefixed === true && !options.isSecure && hasSecond(request.headers.cookie, 'session')) cookies.push(...dropSecond('session'));
    const visit = readCookie(request.headers.cookie, 'visit', options)?.value ?? random();
    const formToken = session?.formToken ?? visits.formToken(visit);

    let form = new URLSearchParams();
    if (route.method === 'POST') {
      // First of all: nothing is read of what another page sends.
      if (!isOriginAllowed(request.headers.origin, request.headers.host, doors)) return this.#finished(problemPage(403, 'This did not come from the console', 'The form was sent by another page, or by a program that does not say where it comes from. Nothing was changed.'), cookies);
      try {
        form = await readForm(request);
      } catch (error) {
        if (!(error instanceof FormError)) throw error;
        return this.#finished(problemPage(error.status, 'The form could not be read', `${error.message}. Nothing was changed.`), cookies);
      }
      if (!isSame(form.get('form_token') ?? '', formToken)) {
        return this.#finished(problemPage(403, 'This form is out of date', 'You have signed in or out since it was shown, or your browser keeps no cookies for this address. Nothing was changed: go back, reload the page and try again.'), cookies);
      }
    }
    if (session === undefined && route.isOpen !== true) {
      return this.#finished(redirect(`/sign-in?next=${encodeURIComponent(route.method === 'GET' ? placeOf(path) : '/')}`), cookies);
    }
    const exchange: Exchange = { method: route.method, path, query, form, session, formToken, caught };
    const reply = await route.answer(exchange);
    if (reply.signIn !== undefined) {
      // Whoever signs in begins anew: what was known before, a form's token too, is good for nothing.
      if (sent !== undefined) sessions.end(sent.value);
      cookies.splice(0, cookies.length, ...(reply.signIn === '' ? dropCookie('session', options) : setCookie('session', reply.signIn, options)));
    } else if (session === undefined && route.isOpen === true && reply.contentType.startsWith('text/html')) {
      cookies.push(...setCookie('visit', visit, options));
    }
    // What caches may keep for everybody is no place for anybody's cookies.
    return this.#finished(reply, reply.headers?.['cache-control'] === undefined ? cookies : []);
  }

  #finished(reply: Reply, cookies: readonly string[]): Answer {
    const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
    return {
      status: reply.status, body,
      headers: {
        ...SECURITY_HEADERS, ...(isSecure(this.#o.doors) && TLS_ONLY), 'content-type': reply.contentType, 'content-length': String(body.length), ...reply.headers,
        ...(cookies.length > 0 && { 'set-cookie': [...cookies] }),
      },
    };
  }
}

interface Seen {
  route: string;
  session: Session | undefined;
}

