/** The commands that look at the machine's disks. They read, and open nothing for writing. */

/** With the name first lsblk makes a tree of it. */
const columns = [
  'NAME',
  'PATH',
  'SIZE',
  'TYPE',
  'ROTA',
  'RO',
  'FSTYPE',
  'LABEL',
  'PTTYPE',
  'MOUNTPOINT',
  'MODEL',
  'SERIAL',
  'WWN',
]

/**
 * Majors of RAM disks, loop devices, DRBD and ZFS volumes (Documentation/admin-guide/devices.txt):
 * no disks, and where Varve itself works there are thousands of them.
 */
const noDisks = '1,7,147,230'

/** All disks, and what is on each, as a tree. */
export const lsblkArgv = [
  ...['lsblk', '--json', '--bytes', '--exclude', noDisks],
  ...['--output', columns.join(',')],
] as const

/** Everything that libblkid knows, anywhere on these devices; udev may not have looked yet. */
export function signaturesArgv(devices: readonly string[]): string[] {
  return ['wipefs', '--no-act', '--json', ...devices]
}
