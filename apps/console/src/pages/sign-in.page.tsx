import type { ReactNode } from 'react';
import { LINK_MINUTES } from '../sessions/one-time-links.js';
import { documentOf } from './document.js';
import { NoticeBox } from './shown.js';

export interface SignInProps {
  readonly formToken: string;
  /** The page to go to afterwards. */
  readonly next: string;
  readonly problem?: string | undefined;
  /** What has just happened, such as signing out. */
  readonly done?: string | undefined;
}

/** Sign in with a credential of one's own: approvals name whoever holds it. */
export function signInPage({ formToken, next, problem, done }: SignInProps): string {
  return documentOf({
    title: 'Sign in',
    children: (
      <section className="panel narrow">
        <h1>Sign in</h1>
        <NoticeBox notice={problem === undefined ? done === undefined ? undefined : { kind: 'done', text: done } : { kind: 'refused', text: problem }} />
        {next !== '/' && <p>Sign in to see the approval that you have opened.</p>}
        <form method="post" action="/sign-in">
          <input type="hidden" name="form_token" value={formToken} />
          <input type="hidden" name="next" value={next} />
          <label htmlFor="credential">Your credential</label>
          <input id="credential" name="credential" type="password" autoComplete="current-password" required autoFocus spellCheck={false} maxLength={300} aria-describedby="credential-help" />
          <p id="credential-help" className="help">
            Begins with <code>dk_</code> and has the role <code>approver</code>, or <code>auditor</code> for reading only. What you decide is recorded under its name, so use your own.
          </p>
          <button type="submit">Sign in</button>
        </form>
        <details>
          <summary>Where do I get one?</summary>
          <p>An administrator issues it, and it is shown once:</p>
          <pre><code>npx docket credential issue --subject your-name --role approver</code></pre>
          <p>After <code>npm start</code> the link that it prints signs you in once, and the file <code>.docket/credentials.json</code> holds a first credential under <code>approver</code>.</p>
        </details>
      </section>
    ),
  });
}

/** A link signs nobody in by being looked at: programs that look at links would use it up. */
export function linkPage({ formToken, token, isGood }: { readonly formToken: string; readonly token: string; readonly isGood: boolean }): string {
  return documentOf({ title: 'Sign in', children: isGood ? <GoodLink formToken={formToken} token={token} /> : <UsedLink /> });
}

function GoodLink({ formToken, token }: { readonly formToken: string; readonly token: string }): ReactNode {
  return (
    <section className="panel narrow">
      <h1>Sign in</h1>
      <p>This link signs you in once, as an approver of this Docket.</p>
      <form method="post" action="/sign-in/link">
        <input type="hidden" name="form_token" value={formToken} />
        <input type="hidden" name="token" value={token} />
        <button type="submit" autoFocus>Sign in</button>
      </form>
    </section>
  );
}

function UsedLink(): ReactNode {
  return (
    <section className="panel narrow">
      <h1>This link does not work any more</h1>
      <p role="alert">It was used already, is older than {LINK_MINUTES} minutes, or belongs to another start of Docket.</p>
      <p><a className="button" href="/sign-in">Sign in with a credential</a></p>
      <p className="help"><code>npm start</code> prints a new link at every start.</p>
    </section>
  );
}
