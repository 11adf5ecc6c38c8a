/**
 * The file systems of which the kernel sees every change, by their numbers: those on local disks and in memory. On a
 * network, or in a program of its own (FUSE), changes that others make cause no notification.
 */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
]);

/** Whether the kernel reports all changes of a file system. */
export function isLocal(type: number): boolean {
  return LOCAL.has(type >>> 0);
}
