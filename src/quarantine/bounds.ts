/** How much the quarantine holds, and how much of it one stream may take. */

/** One stream holds at most this share, so that one broken AP cannot push out what the others are refused. */
const streamShare = 4;

/**
 * What an entry takes besides its body: at most 20 faults with pointers of 512 characters, each of which JSON may write with
 * six, and a detail of 1,000.
 */
const maxReasonBytes = 128 * 1024;

export function maxStreamBytes(maxBytes: number): number {
  return Math.floor(maxBytes / streamShare);
}

/** The least bound under which every body that is read can be kept, also one that zstd only makes longer. */
export function leastQuarantineBytes(maxBodyBytes: number): number {
  // [zstd.h, ZSTD_COMPRESSBOUND]
  const compressedBytes = maxBodyBytes + Math.ceil(maxBodyBytes / 256) + 64;
  return streamShare * (compressedBytes + maxReasonBytes);
}
