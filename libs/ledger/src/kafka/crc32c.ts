/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step ("slicing by 8"): Node's own crc32 is another polynomial. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const TABLE = makeTable();

export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1;
  let at = start;
  for (const last = end - SLICES; at <= last; at += SLICES) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = TABLE[1792 + (crc & 255)]! ^ TABLE[1536 + ((crc >>> 8) & 255)]! ^ TABLE[1280 + ((crc >>> 16) & 255)]! ^ TABLE[1024 + (crc >>> 24)]!
      ^ TABLE[768 + bytes[at + 4]!]! ^ TABLE[512 + bytes[at + 5]!]! ^ TABLE[256 + bytes[at + 6]!]! ^ TABLE[bytes[at + 7]!]!;
  }
  for (; at < end; at += 1) crc = TABLE[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** Entry 256·s + b: the remainder of byte b followed by s zero bytes. */
function makeTable(): Int32Array {
  const table = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    table[byte] = crc;
  }
  for (let i = 256; i < table.length; i += 1) table[i] = table[table[i - 256]! & 255]! ^ (table[i - 256]! >>> 8);
  return table;
}
