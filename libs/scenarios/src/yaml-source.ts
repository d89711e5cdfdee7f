import { type Alias, type Document, LineCounter, type Node, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';

/** Bounds of a file of cases, so that no file, however its aliases multiply, costs more than a moment. */
export const FILE_BYTES_MAX = 1024 * 1024;
const NODES_MAX = 200_000;
const DEPTH_MAX = 80;
const JSON_LENGTH_MAX = 16 * 1024 * 1024;
const ERRORS_SHOWN_MAX = 20;

/** A value that is JSON inside YAML, as text: its numbers stand in it digit for digit. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** A number that a double would spell otherwise: `1e2`, `9007199254740993`, `0.10`. */
export class NumberText {
  constructor(readonly text: string) {}
}

export interface SourceProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

type Path = readonly PropertyKey[];

class Refusal extends Error {
  constructor(readonly node: Node | null, message: string) {
    super(message);
  }
}

/** A YAML text whose values know the lines that they stand on. */
export class YamlSource {
  private readonly counter = new LineCounter();
  private readonly document: Document;
  /** What each alias stands for: asking the document would walk it again every time. */
  private readonly aliased = new Map<Alias, Node>();
  private nodes = 0;
  private jsonLength = 0;

  constructor(text: string) {
    this.document = parseDocument(text, { lineCounter: this.counter, version: '1.2', merge: false });
    const anchors = new Map<string, Node>();
    visit(this.document, (_, node) => {
      if (isAlias(node)) {
        const found = anchors.get(node.source);
        if (found !== undefined) this.aliased.set(node, found);
      } else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    });
  }

  get problems(): readonly SourceProblem[] {
    return this.document.errors.slice(0, ERRORS_SHOWN_MAX).map(({ pos, message }) => ({
      line: this.counter.linePos(pos[0]).line,
      message: (message.split(/ at line |\n/)[0] ?? message),
    }));
  }

  /** The whole text as plain values; what `isJson` names by its path comes as JsonText. */
  read(isJson: (path: Path) => boolean): { readonly value: unknown } | SourceProblem {
    try {
      return { value: this.plain(this.document.contents, [], isJson) };
    } catch (error) {
      if (error instanceof Refusal) return { line: this.lineOfNode(error.node), message: error.message };
      throw error;
    }
  }

  /** The line of the value at a path, or of the nearest one around it. */
  lineOf(path: Path): number {
    let node: Node | null = this.document.contents;
    for (const step of path) {
      const inner = this.child(node, step);
      if (inner === null) break;
      node = inner;
    }
    return this.lineOfNode(node);
  }

  private child(node: Node | null, step: PropertyKey): Node | null {
    const found = this.resolved(node);
    if (isSeq(found)) return (found.items[Number(step)] as Node | undefined) ?? null;
    if (!isMap(found)) return null;
    const pair = found.items.find(({ key }) => keyText(key as Node) === step);
    // A key stands on the line that a reader looks for, also where its value begins on the next.
    return pair === undefined ? null : isScalar(pair.value) || pair.value === null ? (pair.key as Node) : (pair.value as Node);
  }

  private lineOfNode(node: Node | null): number {
    return this.counter.linePos(node?.range?.[0] ?? 0).line;
  }

  private resolved(node: Node | null): Node | null {
    return isAlias(node) ? (this.aliased.get(node) ?? null) : node;
  }

  private count(node: Node | null, depth: number): Node | null {
    if (++this.nodes > NODES_MAX) throw new Refusal(node, `more than ${NODES_MAX} values, aliases followed`);
    if (depth > DEPTH_MAX) throw new Refusal(node, `more than ${DEPTH_MAX} levels`);
    return this.resolved(node);
  }

  private plain(written: Node | null, path: Path, isJson: (path: Path) => boolean): unknown {
    if (isJson(path)) return new JsonText(this.json(written, path.length));
    const node = this.count(written, path.length);
    if (isSeq(node)) return node.items.map((item, i) => this.plain(item as Node, [...path, i], isJson));
    if (isMap(node)) {
      const object: Record<string, unknown> = {};
      for (const { key, value } of node.items) {
        const name = keyText(key as Node);
        // The only key that would not become a property of its own.
        if (name === undefined || name === '__proto__') throw new Refusal(key as Node, 'expected a text as the key');
        object[name] = this.plain(value as Node | null, [...path, name], isJson);
      }
      return object;
    }
    if (!isScalar(node)) return null;
    if (typeof node.value === 'number' && node.source !== undefined && node.source !== String(node.value)) return new NumberText(jsonNumber(node, node.source));
    return node.value;
  }

  private json(written: Node | null, depth: number): string {
    const node = this.count(written, depth);
    const text = isSeq(node) ? `[${node.items.map((item) => this.json(item as Node, depth + 1)).join(',')}]`
      : isMap(node) ? `{${node.items.map(({ key, value }) => `${this.jsonKey(key as Node)}:${this.json(value as Node | null, depth + 1)}`).join(',')}}`
      : isScalar(node) ? scalarJson(node, node.value, node.source)
      : 'null';
    if ((this.jsonLength += text.length) > JSON_LENGTH_MAX) throw new Refusal(node, 'too much JSON, aliases followed');
    return text;
  }

  private jsonKey(key: Node): string {
    const name = keyText(key);
    if (name === undefined) throw new Refusal(key, 'expected a text as the key');
    return JSON.stringify(name);
  }
}

function keyText(key: Node | null): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function scalarJson(node: Node, value: unknown, source: string | undefined): string {
  if (typeof value === 'number') return jsonNumber(node, source ?? String(value));
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value ?? null);
}

function jsonNumber(node: Node, source: string): string {
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(source)) return source;
  throw new Refusal(node, `the number ${source.slice(0, 40)} is not spelled as in JSON; quote it to mean a text`);
}
