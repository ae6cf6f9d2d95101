/** Writes numbers and texts one after the other into bytes that grow. The numbers are those of `format.ts`. */
export interface ByteWriter {
  byte(value: number): void;
  /** @throws {Error} when it is no whole number from 0 to 2^53 - 1. */
  natural(value: number): void;
  /** @throws {Error} when it is no whole number between -2^52 and 2^52. */
  integer(value: number): void;
  /** @throws {Error} when it is not finite. */
  double(value: number): void;
  mac(value: number): void;
  text(value: string): void;
  bytes(value: Uint8Array): void;
  /** What was written, in memory of its own. */
  written(): Uint8Array<ArrayBuffer>;
}

/** The longest of the numbers. */
const maxNumberBytes = 10;

/** @param expectedBytes what will most likely be enough. */
export function createByteWriter(expectedBytes: number): ByteWriter {
  let buffer = Buffer.allocUnsafeSlow(Math.max(expectedBytes, 64));
  let at = 0;
  const reserve = (count: number): void => {
    if (at + count <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * buffer.length + count);
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const natural = (value: number): void => {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${value} is no whole number from 0 on`);
    reserve(maxNumberBytes);
    let left = value;
    // Shifts are for 32 bits.
    for (; left > 0x7fff_ffff; left = Math.floor(left / 128)) buffer[at++] = (left % 128) | 0x80;
    for (; left > 0x7f; left >>>= 7) buffer[at++] = (left & 0x7f) | 0x80;
    buffer[at++] = left;
  };
  return {
    byte(value) {
      reserve(1);
      buffer[at++] = value;
    },
    natural,
    integer(value) {
      // Twice a half is a whole number.
      if (!Number.isSafeInteger(value)) throw new Error(`${value} is no whole number`);
      natural(value < 0 ? -2 * value - 1 : 2 * value);
    },
    double(value) {
      if (!Number.isFinite(value)) throw new Error(`${value} is no number that can be kept`);
      reserve(8);
      at = buffer.writeDoubleBE(value, at);
    },
    mac(value) {
      reserve(6);
      const high = Math.floor(value / 0x1_0000_0000);
      buffer[at++] = high >>> 8;
      buffer[at++] = high;
      buffer[at++] = value >>> 24;
      buffer[at++] = value >>> 16;
      buffer[at++] = value >>> 8;
      buffer[at++] = value;
    },
    text(value) {
      const length = Buffer.byteLength(value);
      natural(length);
      reserve(length);
      at += buffer.write(value, at);
    },
    bytes(value) {
      reserve(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    written: () => new Uint8Array(buffer.buffer.slice(0, at)),
  };
}
