// ZFS in a running node: its tools, udev's rules for its volumes, its modules.
import { kernelVersion, partDirectory } from '../modules/place.ts'
import type { LabNode } from '../node.ts'

/** In the order in which they need each other. */
const modules = 'spl znvpair zavl zunicode zcommon icp zlua zzstd zfs'

/** Least that ZFS accepts: by itself it takes half of the node's memory. */
const cacheBytes = 64 * 1024 * 1024

/** Installs what is missing and loads the modules; after every start of the node. Imports nothing. */
export async function loadZfs(node: LabNode): Promise<void> {
  const kernel = kernelVersion()
  if (kernel === undefined) throw new Error('there is no user-mode kernel')
  // Under /host even a cache below /tmp is seen, which the node has of its own.
  const from = `/host${partDirectory('zfs', kernel)}`
  await node.run(`
    if ! test -e /etc/lab-zfs; then
      for directory in lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu; do
        test ! -d ${from}/user/$directory || cp -a ${from}/user/$directory/*.so* /usr/lib/x86_64-linux-gnu/
      done
      for directory in sbin usr/sbin; do
        test ! -d ${from}/user/$directory || cp ${from}/user/$directory/* /usr/sbin/
      done
      cp ${from}/user/lib/udev/rules.d/*.rules /lib/udev/rules.d/
      cp ${from}/user/lib/udev/*_id /lib/udev/
      ldconfig
      : >/etc/lab-zfs
      sync
      udevadm control --reload
    fi
    for module in ${modules}; do
      options=$(test $module != zfs || echo zfs_arc_max=${cacheBytes})
      test -e /sys/module/$module || insmod ${from}/modules/$module.ko $options
    done`)
}
