import { ORDERS_PATH } from '#fake-partner';

const ASK_MS = 10_000;

/** Asks a partner API whether it takes a token, as a server does that stands before it. @param baseUrl of a FakePartner */
export function partnerAccepts(baseUrl: string): (token: string) => Promise<boolean> {
  return async (token) => {
    const response = await fetch(baseUrl + ORDERS_PATH, { headers: { 'access-token': token }, redirect: 'manual', signal: AbortSignal.timeout(ASK_MS) });
    await response.body?.cancel();
    return response.status === 200;
  };
}
