/** JSON as the reference sees it: a number is its digits. Made by the generators, never parsed. */
export type J = null | boolean | string | Num | readonly J[] | Obj;
export interface Num { readonly num: string }
export interface Obj { readonly members: readonly (readonly [string, J])[] }

export const num = (text: string | number): Num => ({ num: String(text) });
export const obj = (members: Readonly<Record<string, J | undefined>>): Obj => ({ members: Object.entries(members).filter((one): one is [string, J] => one[1] !== undefined) });

export const isNum = (value: J | undefined): value is Num => typeof value === 'object' && value !== null && 'num' in value;
export const isObj = (value: J | undefined): value is Obj => typeof value === 'object' && value !== null && 'members' in value;
export const isList = (value: J | undefined): value is readonly J[] => Array.isArray(value);

export function get(value: J | undefined, key: string): J | undefined {
  return isObj(value) ? value.members.find(([name]) => name === key)?.[1] : undefined;
}

/** A value in units of 10^-60, exactly; the generators make no finer ones. */
export function units(text: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const shift = 60 - fraction.length + Number(exponent);
  if (shift < 0) throw new Error(`too fine for the reference: ${text}`);
  const value = BigInt(whole + fraction) * 10n ** BigInt(shift);
  return sign === '-' ? -value : value;
}

/** The shortest spelling without an exponent. */
export function unitsText(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(61, '0');
  const fraction = digits.slice(-60).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -60)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A text that means the same value in any order: what "the same JSON value" is. */
export function identityOf(value: J): string {
  if (isNum(value)) return `#${units(value.num)}`;
  if (isObj(value)) return `{${value.members.map(([key, one]) => `${JSON.stringify(key)}:${identityOf(one)}`).sort().join(',')}}`;
  return isList(value) ? `[${value.map(identityOf).join(',')}]` : JSON.stringify(value);
}

/** The value as text, spelled in one of many ways: order of keys, white space, and how its numbers are written. */
export function spell(value: J, style: number): string {
  if (isNum(value)) return spellNumber(value.num, style);
  const space = ['', ' ', '\n', '\t'][style % 4];
  if (isObj(value)) {
    const members = value.members.map(([key, one], i) => `${spellText(key, style)}${space}:${spell(one, style + i)}`);
    return `{${space}${(style % 2 === 0 ? members : members.reverse()).join(`,${space}`)}}`;
  }
  if (isList(value)) return `[${value.map((one, i) => spell(one, style + i)).join(`${space},`)}]`;
  return typeof value === 'string' ? spellText(value, style) : JSON.stringify(value);
}

function spellNumber(text: string, style: number): string {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+(?=.)/, '');
  switch (style % 5) {
    case 0: return text;
    case 1: return `${sign}${whole}.${fraction}0`;
    case 2: return `${sign}${digits}e${-fraction.length}`;
    case 3: return `${sign}${digits === '0' ? '0' : `${digits}00`}E-${fraction.length + 2}`;
    default: return `${sign}${digits[0]}.${digits.slice(1)}0e+${digits.length - 1 - fraction.length}`.replace('+-', '-');
  }
}

function spellText(text: string, style: number): string {
  const first = text.charCodeAt(0);
  return style % 3 === 0 && text !== '' ? `"\\u${first.toString(16).padStart(4, '0')}${JSON.stringify(text.slice(1)).slice(1)}` : JSON.stringify(text);
}
