/**
 * Memory for bodies, used again and again: a body of 80 KB that is new to the garbage collector each time makes it run several times
 * a second. It is shared memory, so that a thread can read a body where it lies.
 */
export interface BodyMemory {
  /** So many bytes of which nothing is known. To be given back once. */
  borrow(bytes: number): Buffer<SharedArrayBuffer>;
  /** Nobody may look at these bytes any more. */
  giveBack(body: Buffer<SharedArrayBuffer>): void;
}

/** Pieces are twice as large from one size to the next; a larger body gets memory of its own. */
const leastPieceBytes = 8 * 1024;
const mostPieceBytes = 1024 * 1024;
/** What is kept for later. */
const maxIdleBytes = 16 * 1024 * 1024;

export function createBodyMemory(): BodyMemory {
  const idle = new Map<number, SharedArrayBuffer[]>();
  let idleBytes = 0;
  return {
    borrow(bytes) {
      const pieceBytes = pieceFor(bytes);
      const known = idle.get(pieceBytes)?.pop();
      if (known !== undefined) idleBytes -= pieceBytes;
      return Buffer.from(known ?? new SharedArrayBuffer(pieceBytes), 0, bytes);
    },
    giveBack({ buffer }) {
      const pieceBytes = buffer.byteLength;
      if (pieceBytes > mostPieceBytes || idleBytes + pieceBytes > maxIdleBytes) return;
      idleBytes += pieceBytes;
      const pieces = idle.get(pieceBytes);
      if (pieces === undefined) idle.set(pieceBytes, [buffer]);
      else pieces.push(buffer);
    },
  };
}

function pieceFor(bytes: number): number {
  if (bytes > mostPieceBytes) return bytes;
  let piece = leastPieceBytes;
  while (piece < bytes) piece *= 2;
  return piece;
}
