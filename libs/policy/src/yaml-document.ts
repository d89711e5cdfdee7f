import { type CST, Composer, LineCounter, Parser, isAlias, isCollection, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import type { ExactJson } from './exact-json.js';
import { parseExactNumber } from './exact-number.js';
import { type Problems, child, shorten } from './problems.js';

/**
 * Reads a YAML 1.2 document as exact JSON. What JSON does not have is refused: anchors, aliases, tags, several documents,
 * keys that are no texts. Numbers are what their digits say. Undefined if it is not YAML; the other problems leave null
 * in the value's place, so that reading goes on. The text's size is bounded by the caller.
 */
export function parseYaml(text: string, depthMax: number, problems: Problems): ExactJson | undefined {
  const lines = new LineCounter();
  const tokens: CST.Token[] = [];
  const errors: YamlError[] = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    // The composer is recursive, the parser is not.
    if (isTooDeep(token, depthMax)) {
      problems.add('', 'too deep', `at most ${depthMax} containers inside each other`);
      return undefined;
    }
    if (token.type !== 'error') tokens.push(token);
    else if (errors.push(token) >= ERRORS_MAX) break;
  }
  const documents = errors.length < ERRORS_MAX ? compose(tokens, text.length, errors) : [];
  for (const { message, offset } of errors) {
    const { line, col } = lines.linePos(offset);
    problems.add('', 'malformed', 'YAML', `malformed YAML: ${shorten(message)} (line ${line}, column ${col})`);
  }
  if (errors.length > 0) return undefined;
  const [document] = documents;
  if (document !== undefined && documents.length === 1) return new Reader(problems).value(document.contents, '');
  problems.add('', documents.length === 0 ? 'no YAML document' : 'several YAML documents', 'one');
  return undefined;
}

interface YamlError {
  readonly message: string;
  readonly offset: number;
}

/** More than any author reads at once; to make a hundred thousand of them would take many seconds. */
const ERRORS_MAX = 20;

/** The documents, the first two at most; appends to `errors` until there are enough of them. */
function compose(tokens: readonly CST.Token[], length: number, errors: YamlError[]): readonly Document.Parsed[] {
  const composer = new Composer({ schema: 'failsafe', strict: true, uniqueKeys: false, merge: false, prettyErrors: false });
  const onError = (at: number | readonly number[] | { readonly offset: number }, _code: string, message: string, warning?: boolean): void => {
    if (warning === true) return;
    errors.push({ message, offset: typeof at === 'number' ? at : 'offset' in at ? at.offset : (at[0] ?? 0) });
    if (errors.length >= ERRORS_MAX) throw new TooManyErrors();
  };
  // Its own collects without a bound.
  Object.assign(composer, { onError });
  const documents: Document.Parsed[] = [];
  try {
    for (const document of composer.compose(tokens, true, length)) {
      documents.push(document);
      for (const { message, pos } of document.errors) errors.push({ message, offset: pos[0] });
      if (documents.length > 1 || errors.length > 0) break;
    }
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
  }
  return documents;
}

class TooManyErrors extends Error {}

/** A token holds the tokens inside it, so the walk keeps a list of its own instead of recursing. */
function isTooDeep(token: CST.Token, depthMax: number): boolean {
  const open: { token: CST.Token; depth: number }[] = [{ token, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token: one, depth } = next;
    const inside = depth + ('items' in one ? 1 : 0);
    if (inside > depthMax) return true;
    if (one.type === 'document' && one.value !== undefined) open.push({ token: one.value, depth });
    if ('items' in one) {
      for (const { key, value } of one.items) {
        if (key) open.push({ token: key, depth: inside });
        if (value) open.push({ token: value, depth: inside });
      }
    }
  }
  return false;
}

class Reader {
  constructor(private readonly problems: Problems) {}

  value(node: Node | null, pointer: string): ExactJson {
    if (node === null) return null;
    if (isAlias(node)) return this.refuse(pointer, 'an alias', 'the value itself');
    if ('anchor' in node && node.anchor !== undefined) return this.refuse(pointer, 'an anchor', 'a value without `&`: aliases are not read');
    if (node.tag !== undefined && !STANDARD_TAGS.has(node.tag)) return this.refuse(pointer, `the tag ${shorten(node.tag)}`, 'a value without a tag');
    if (isMap(node)) return this.object(node, pointer);
    if (isSeq(node)) return node.items.map((item, i) => this.value(item as Node | null, child(pointer, i)));
    return isScalar(node) ? this.scalar(node, pointer) : this.refuse(pointer, 'something else', 'a value');
  }

  private object(node: YAMLMap, pointer: string): ExactJson {
    const members = new Map<string, ExactJson>();
    for (const { key, value } of node.items as Pair<Node | null, Node | null>[]) {
      const name = keyText(key);
      if (name === undefined) {
        this.refuse(pointer, 'a key that is no plain text', 'keys that are texts');
        continue;
      }
      const at = child(pointer, name);
      if (members.has(name)) this.problems.add(at, 'a key that the object already has', 'each key once');
      const read = this.value(value, at);
      if (!members.has(name)) members.set(name, read);
    }
    return members;
  }

  private scalar(node: Scalar, pointer: string): ExactJson {
    const text = String(node.value);
    if (!text.isWellFormed()) return this.refuse(pointer, 'half a surrogate pair', 'text without lone surrogates');
    if (node.type !== 'PLAIN') return text;
    if (NULL.test(text)) return null;
    if (TRUE.test(text)) return true;
    if (FALSE.test(text)) return false;
    if (!NUMBER_LIKE.test(text)) return text;
    // 0o17, 0x1f, 1_000, .inf and 017 are numbers to some readers of YAML and not, or others, to others.
    const value = NUMBER.test(text) ? parseExactNumber(jsonLiteral(text)) : undefined;
    return value ?? this.refuse(pointer, shorten(text), 'a number in decimal digits, without leading zeros, between 1e-1000 and 1e1000 in size; or a text in quotes');
  }

  private refuse(pointer: string, found: string, expected: string): null {
    this.problems.add(pointer, found, expected);
    return null;
  }
}

/** What a text in quotes, and nothing else, comes to without a tag. */
const STANDARD_TAGS = new Set(['tag:yaml.org,2002:str', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq']);

const NULL = /^(|~|null|Null|NULL)$/;
const TRUE = /^(true|True|TRUE)$/;
const FALSE = /^(false|False|FALSE)$/;
const NUMBER_LIKE = /^([-+]?(\.?[0-9][0-9._]*([eE][-+]?[0-9]+)?|\.(inf|Inf|INF)|0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+)|\.(nan|NaN|NAN))$/;
const NUMBER = /^[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?$/;

/** `+.5` and `5.` as JSON spells them. */
function jsonLiteral(text: string): string {
  const [, sign = '', integer = '', fraction = '', exponent = ''] = /^([-+]?)([0-9]*)(?:\.([0-9]*))?((?:[eE].*)?)$/.exec(text) ?? [];
  return `${sign === '-' ? '-' : ''}${integer || '0'}${fraction === '' ? '' : `.${fraction}`}${exponent}`;
}

function keyText(key: Node | null): string | undefined {
  if (key === null || isAlias(key) || isCollection(key) || !isScalar(key)) return undefined;
  if (key.anchor !== undefined || (key.tag !== undefined && !STANDARD_TAGS.has(key.tag))) return undefined;
  const text = String(key.value);
  return text.isWellFormed() ? text : undefined;
}

/** Whether a text begins as a YAML mapping does, and as no JSON does. */
export function looksLikeYaml(text: string): boolean {
  return /^\uFEFF?\s*(#|---|%YAML|["']?[A-Za-z_*][\w-]*["']?[ \t]*:(\s|$))/.test(text);
}

