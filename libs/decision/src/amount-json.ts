import { Decimal, type ExactNumber, exactText, parseExactNumber } from '#policy';

/** An exact amount in a snapshot: a number where JSON keeps it exactly. */
export function amountJson(amount: ExactNumber): string | number {
  return amount instanceof Decimal ? exactText(amount) : amount;
}

export function ofAmountJson(amount: string | number): ExactNumber {
  return typeof amount === 'number' ? amount : (parseExactNumber(amount) ?? 0);
}
