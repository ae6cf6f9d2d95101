/** What a directory lies on, and what that means for a store in it. */
import { statfs } from 'node:fs/promises';

/** What a file system is called, and why a store should not lie on it, if so. */
export interface FileSystem {
  readonly type: string;
  readonly warning?: string;
}

const remote =
  'its locks and its shared memory cannot be trusted over a network: two machines could write at once';
const volatile = 'it lives in memory, so nothing in it survives a power cut';
const unknowable = 'it passes an fsync on to something else, which may not keep the promise';

/**
 * `f_type` of statfs(2), and what the kernel calls it. [linux/magic.h]
 * On other systems the numbers differ and mean nothing here.
 */
const types: Readonly<Record<number, FileSystem>> = {
  0xef53: { type: 'ext4' },
  0x58465342: { type: 'xfs' },
  0x9123683e: { type: 'btrfs' },
  0x2fc12fc1: { type: 'zfs' },
  0xf2f52010: { type: 'f2fs' },
  0xca451a4e: { type: 'bcachefs' },
  0x3153464a: { type: 'jfs' },
  0x794c7630: { type: 'overlayfs' },
  0xf15f: { type: 'ecryptfs' },
  0x4d44: { type: 'vfat' },
  0x2011bab0: { type: 'exfat' },
  0x7366746e: { type: 'ntfs3' },
  0x01021994: { type: 'tmpfs', warning: volatile },
  0x858458f6: { type: 'ramfs', warning: volatile },
  0x6969: { type: 'nfs', warning: remote },
  0xff534d42: { type: 'cifs', warning: remote },
  0xfe534d42: { type: 'smb2', warning: remote },
  0x517b: { type: 'smb', warning: remote },
  0x00c36400: { type: 'ceph', warning: remote },
  0x5346414f: { type: 'afs', warning: remote },
  0x0bd00bd0: { type: 'lustre', warning: remote },
  0x01161970: { type: 'gfs2', warning: remote },
  0x7461636f: { type: 'ocfs2', warning: remote },
  0x65735546: { type: 'fuse', warning: unknowable },
  0x01021997: { type: '9p', warning: unknowable },
  0x786f4256: { type: 'vboxsf', warning: unknowable },
};

/** The file system of a directory that exists; one that is not known is called by its number, `0x1234`. */
export async function fileSystemOf(directory: string): Promise<FileSystem> {
  const { type } = await statfs(directory);
  return fileSystemOfType(type);
}

/** @param type as statfs says it; signed on some systems. */
export function fileSystemOfType(type: number): FileSystem {
  const number = type >>> 0;
  return types[number] ?? { type: `0x${number.toString(16)}` };
}
