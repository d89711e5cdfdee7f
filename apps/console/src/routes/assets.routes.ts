import { findAsset } from '../assets/assets.js';
import type { Reply, Route } from '../http/exchange.js';
import { problemPage } from '../pages/problem.page.js';

const YEAR_S = 31_536_000;

/** The stylesheet and the script: the same for everybody, so browsers may keep them. */
export const assetRoutes: readonly Route[] = [{
  method: 'GET', pattern: /^\/assets\/([0-9a-f]{16})\/([a-z.]{1,40})$/, name: '/assets/…', isOpen: true,
  answer: ({ caught: [version = '', name = ''] }): Reply => {
    const found = findAsset(version, name);
    if (found === undefined) return problemPage(404, 'There is no such file', 'The console was updated: reload the page.');
    return { status: 200, contentType: found.contentType, body: found.body, headers: { 'cache-control': `public, max-age=${YEAR_S}, immutable` } };
  },
}];
