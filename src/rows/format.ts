/**
 * How rows are packed, format 1:
 *
 *     format          1 byte
 *     texts           natural count, then each: natural length, UTF-8
 *     kinds           natural count, then each: naturals of the texts of classes (a JSON array), vendor, model, name; 0 for none
 *     counts          naturals: sightings, departures
 *     each sighting   flags; device; then what its flags say is there: rssi (integer), kind of it (byte), frames (natural),
 *                     distance (double), sensors (natural of a text)
 *     each departure  flags; device; event (byte)
 *     device          MAC (6 bytes, big-endian); last seen (integer, seconds since the row before); kind (natural); battery (natural)
 *
 * A natural is a LEB128; an integer is a natural in which the lowest bit is the sign (zigzag); a double is big-endian IEEE 754.
 * Entries of texts and kinds are numbered from 1. Packed rows are kept in stores: what is in one is never given another meaning, a
 * new layout gets a new format byte.
 */
export const format = 1;

/** The rows of a report in one run of bytes: small, quick to move from thread to thread, and fit to be kept. */
export type PackedRows = Uint8Array;

/** What a row has. */
export const flag = {
  rssi: 0x01,
  rssiKind: 0x02,
  frames: 0x04,
  battery: 0x08,
  cellKnown: 0x10,
  insideCell: 0x20,
  cellDistance: 0x40,
  sensors: 0x80,
} as const;

/** Numbered by their place: new ones come last. */
export const rssiKinds = ['last', 'avg', 'max', 'smooth', 'history'] as const;
export const departureEvents = ['ageout', 'exit'] as const;
