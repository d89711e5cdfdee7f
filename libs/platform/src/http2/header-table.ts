import { ConnectionError, ERROR } from './frames.js';
import { FIELD_OVERHEAD_BYTES, headerField } from './header-field.js';
import type { HeaderField } from './header-field.js';

/** The static table of HPACK (RFC 7541, appendix A): names and values in turn. */
const STATIC_TABLE: readonly HeaderField[] = (
  ':authority||:method|GET|:method|POST|:path|/|:path|/index.html|:scheme|http|:scheme|https|:status|200|:status|204|' +
  ':status|206|:status|304|:status|400|:status|404|:status|500|accept-charset||accept-encoding|gzip, deflate|' +
  'accept-language||accept-ranges||accept||access-control-allow-origin||age||allow||authorization||cache-control||' +
  'content-disposition||content-encoding||content-language||content-length||content-location||content-range||' +
  'content-type||cookie||date||etag||expect||expires||from||host||if-match||if-modified-since||if-none-match||if-range||' +
  'if-unmodified-since||last-modified||link||location||max-forwards||proxy-authenticate||proxy-authorization||range||' +
  'referer||refresh||retry-after||server||set-cookie||strict-transport-security||transfer-encoding||user-agent||vary||' +
  'via||www-authenticate|'
).split('|').reduce<HeaderField[]>((table, text, index, all) => (index % 2 === 1 ? table : [...table, headerField(text, all[index + 1]!)]), []);

/** Both sides' default (RFC 9113, section 6.5.2). */
export const TABLE_BYTES_DEFAULT = 4_096;

/** The fields that a peer's header blocks may refer to by number. */
export class HeaderTable {
  /** Oldest first; those before `#first` are gone. */
  #fields: HeaderField[] = [];
  #first = 0;
  #bytes = 0;
  #bytesMax = TABLE_BYTES_DEFAULT;

  at(index: number): HeaderField {
    const field = index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#dynamic(index - STATIC_TABLE.length - 1);
    if (field === undefined) throw new ConnectionError(ERROR.COMPRESSION_ERROR, `a header block refers to field ${index}, which is not in the table`);
    return field;
  }

  add(field: HeaderField): void {
    this.#fields.push(field);
    this.#bytes += sizeOf(field);
    this.#evict();
  }

  resize(bytesMax: number): void {
    if (bytesMax > TABLE_BYTES_DEFAULT) throw new ConnectionError(ERROR.COMPRESSION_ERROR, `a header table has at most ${TABLE_BYTES_DEFAULT} bytes, not ${bytesMax}`);
    this.#bytesMax = bytesMax;
    this.#evict();
  }

  #dynamic(age: number): HeaderField | undefined {
    const index = this.#fields.length - 1 - age;
    return index < this.#first ? undefined : this.#fields[index];
  }

  #evict(): void {
    while (this.#bytes > this.#bytesMax) this.#bytes -= sizeOf(this.#fields[this.#first++]!);
    if (this.#first < 128) return;
    this.#fields = this.#fields.slice(this.#first);
    this.#first = 0;
  }
}

function sizeOf({ name, value }: HeaderField): number {
  return name.length + value.length + FIELD_OVERHEAD_BYTES;
}
