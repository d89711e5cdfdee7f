import type { Session } from '../sessions/sessions.js';
import { page, type Reply } from '../http/exchange.js';
import { documentOf } from './document.js';
import { Shown } from './shown.js';

/** What went wrong, in words, with a way on. */
export function problemPage(status: number, title: string, text: string, session?: Session): Reply {
  return page(status, documentOf({
    title, session,
    children: (
      <section className="panel narrow">
        <h1>{title}</h1>
        <p role="alert"><Shown text={text} max={1_200} /></p>
        <p><a className="button" href="/">What waits for approval</a></p>
      </section>
    ),
  }));
}
