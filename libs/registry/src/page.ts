import { DocketError } from '#errors';

export const PAGE_SIZE_DEFAULT = 100;
export const PAGE_SIZE_MAX = 1_000;

export interface PageRequest {
  /** 0: the default of 100; more than 1,000 means 1,000. */
  readonly page_size: number;
  /** '' for the first page, else `next_page_token` of the page before, with the same filters. */
  readonly page_token: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** '' on the last page. */
  readonly next_page_token: string;
}

/**
 * One page of a list that only grows at its end, in its order or (`newestFirst`) backwards from where the first page
 * began: what is added while somebody pages neither shifts nor repeats an item. `list` names the list and its filters.
 */
export function pageOf<I, T>(
  list: string, ids: readonly I[], request: PageRequest, read: (id: I, index: number) => T | undefined, newestFirst = false,
): Page<T> {
  const size = sizeOf(request.page_size);
  const step = newestFirst ? -1 : 1;
  const inside = (index: number): boolean => index >= 0 && index < ids.length;
  const items: T[] = [];
  let index = request.page_token === '' ? (newestFirst ? ids.length - 1 : 0) : positionIn(list, request.page_token, ids.length);
  for (; inside(index); index += step) {
    const item = read(ids[index] as I, index);
    if (item === undefined) continue;
    if (items.length === size) return { items, next_page_token: tokenOf(list, index) };
    items.push(item);
  }
  return { items, next_page_token: '' };
}

function sizeOf(requested: number): number {
  if (!Number.isInteger(requested) || requested < 0) {
    throw invalid('page_size', `found ${requested}, expected a whole number from 0 to ${PAGE_SIZE_MAX}`);
  }
  return requested === 0 ? PAGE_SIZE_DEFAULT : Math.min(requested, PAGE_SIZE_MAX);
}

function tokenOf(list: string, index: number): string {
  return btoa(`${list}#${index}`);
}

function positionIn(list: string, token: string, length: number): number {
  const decoded = token.length <= 512 ? plain(token) : '';
  const at = decoded.lastIndexOf('#');
  const digits = decoded.slice(at + 1);
  const index = /^\d{1,15}$/.test(digits) ? Number(digits) : -1;
  if (at < 0 || decoded.slice(0, at) !== list || index < 0 || index >= length) {
    throw invalid('page_token', 'expected a next_page_token of this list with the same filters');
  }
  return index;
}

function plain(token: string): string {
  try {
    return atob(token);
  } catch {
    return '';
  }
}

function invalid(field: string, description: string): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'INVALID_REQUEST', message: `the request is not valid: ${field}`, violations: [{ field, description }],
  });
}
