import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { assetPath } from '../assets/assets.js';
import type { Session } from '../sessions/sessions.js';
import { Shown } from './shown.js';

export interface DocumentProps {
  readonly title: string;
  /** Whoever is signed in: then there is a way out, and one to what waits. */
  readonly session?: Session | undefined;
  /** Seconds after which a browser without script loads the page anew. */
  readonly reloadSeconds?: number;
  readonly children: ReactNode;
}

/**
 * A whole page. React writes every text and attribute so that it stays text; nothing here or in any page sets markup by itself.
 */
export function documentOf(props: DocumentProps): string {
  return `<!doctype html>${renderToStaticMarkup(<Document {...props} />)}`;
}

function Document({ title, session, reloadSeconds, children }: DocumentProps): ReactNode {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} – Docket`}</title>
        <link rel="stylesheet" href={assetPath('console.css')} />
        <script type="module" src={assetPath('console.js')} />
        {reloadSeconds !== undefined && <noscript><meta httpEquiv="refresh" content={String(reloadSeconds)} /></noscript>}
      </head>
      <body>
        <a className="skip" href="#main">Skip to the content</a>
        <header className="top">
          <a className="brand" href="/">Docket</a>
          {session !== undefined && (
            <>
              <nav aria-label="Console"><a href="/">Approvals</a></nav>
              <form className="who" method="post" action="/sign-out">
                <input type="hidden" name="form_token" value={session.formToken} />
                <span>Signed in as <strong><Shown text={session.subject} max={60} /></strong></span>
                <button type="submit" className="quiet">Sign out</button>
              </form>
            </>
          )}
        </header>
        <main id="main" tabIndex={-1}>{children}</main>
      </body>
    </html>
  );
}
