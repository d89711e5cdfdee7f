import { ParquetWriter, ByteWriter, schemaFromColumnData } from 'hyparquet-writer';
import { ARGUMENT_COLUMNS, COLUMNS, cellText, type Cell, type Column } from './columns.js';
import { timeText, type ExportedEvent } from './exported-event.js';
import type { Output } from './output.js';

export const EXPORT_FORMATS = ['jsonl', 'csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Writes events in one format; in bounded memory, whatever comes. */
export interface EventWriter {
  write(events: readonly ExportedEvent[]): Promise<void>;
  finish(): Promise<void>;
}

export function eventWriter(format: ExportFormat, output: Output, { reveal }: { readonly reveal: boolean }): EventWriter {
  const columns = reveal ? [...COLUMNS, ...ARGUMENT_COLUMNS] : COLUMNS;
  switch (format) {
    case 'jsonl': return linesWriter(output, jsonLine);
    case 'csv': return linesWriter(output, (event) => csvLine(columns, event), `${columns.map(({ name }) => name).join(',')}\n`);
    case 'parquet': return new ParquetEvents(output, columns);
  }
}

function linesWriter(output: Output, line: (event: ExportedEvent) => string, header = ''): EventWriter {
  let isBegun = false;
  const begin = (): string => {
    if (isBegun) return '';
    isBegun = true;
    return header;
  };
  return {
    write: async (events) => {
      let lines = begin();
      for (const event of events) lines += line(event);
      await output.write(Buffer.from(lines));
    },
    finish: async () => {
      const rest = begin();
      if (rest !== '') await output.write(Buffer.from(rest));
    },
  };
}

function jsonLine({ event, at, fields, argumentsText }: ExportedEvent): string {
  const { topic, partition, offset, hash, timeMs } = at;
  const json = JSON.stringify({ event, time: timeText(timeMs), ...fields, receipt: { topic, partition, offset: String(offset), hash: Buffer.from(hash, 'hex').toString('base64') } });
  // As it was canonically written: a number in it may be more than a double can hold.
  return argumentsText === undefined ? `${json}\n` : `${json.slice(0, -1)},"arguments":${argumentsText}}\n`;
}

/** RFC 4180, but for line feeds at the ends of lines. */
function csvLine(columns: readonly Column[], event: ExportedEvent): string {
  let line = '';
  for (let i = 0; i < columns.length; i += 1) line += `${i === 0 ? '' : ','}${csvCell(cellText(columns[i]!.of(event)))}`;
  return `${line}\n`;
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows of one row group are held in memory: so many, or of so many characters. */
const GROUP_ROWS = 20_000;
const GROUP_CHARACTERS = 64 * 1024 * 1024;

class ParquetEvents implements EventWriter {
  readonly #output: Output;
  readonly #columns: readonly Column[];
  readonly #bytes = new ByteWriter();
  readonly #parquet: ParquetWriter;
  #cells: Cell[][];
  #rows = 0;
  #characters = 0;

  constructor(output: Output, columns: readonly Column[]) {
    this.#output = output;
    this.#columns = columns;
    const schema = schemaFromColumnData({ columnData: columns.map(({ name, type }) => ({ name, type, data: [] })) });
    this.#parquet = new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'docket' });
    this.#cells = columns.map(() => []);
  }

  async write(events: readonly ExportedEvent[]): Promise<void> {
    for (const event of events) {
      for (let i = 0; i < this.#columns.length; i += 1) {
        const cell = this.#columns[i]!.of(event);
        if (typeof cell === 'string') this.#characters += cell.length;
        this.#cells[i]!.push(cell);
      }
      this.#rows += 1;
      if (this.#rows >= GROUP_ROWS || this.#characters >= GROUP_CHARACTERS) await this.#writeGroup();
    }
  }

  async finish(): Promise<void> {
    if (this.#rows > 0) await this.#writeGroup();
    await this.#parquet.finish();
    await this.#flush();
  }

  async #writeGroup(): Promise<void> {
    const cells = this.#cells;
    this.#cells = this.#columns.map(() => []);
    await this.#parquet.write({ columnData: this.#columns.map(({ name, type }, i) => ({ name, type, data: cells[i]!, offsetIndex: false })), rowGroupSize: this.#rows });
    this.#rows = 0;
    this.#characters = 0;
    await this.#flush();
  }

  /** Hands on what was encoded and begins the buffer anew; `offset`, by which the file's parts are found, goes on. */
  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#bytes.buffer.slice(0, this.#bytes.index));
    this.#bytes.index = 0;
    await this.#output.write(bytes);
  }
}
