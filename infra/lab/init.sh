#!/bin/sh
# PID 1 of a lab node. The root is the host's `/` through hostfs, read-only; over it lies an overlay
# whose upper layer is the node's own state disk (/dev/ubda), so every node has its own /etc and /var,
# keeps them over a power loss, and writes nothing on the host but its own files.
# The kernel hands lab_* of its command line to us as environment variables (see uml.ts).
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8

if [ ! -e /.lab-node ]; then # first pass: build the root and start again inside it
  mount -t proc proc /proc
  # By path: the modules' usual place is only bound into the node's own root below.
  insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
  mount -t tmpfs -o size=4m stage /mnt
  mkdir /mnt/state /mnt/root
  mount -t ext4 -o noatime /dev/ubda /mnt/state
  mkdir -p /mnt/state/upper /mnt/state/work
  : >/mnt/state/upper/.lab-node
  mount -t overlay -o nosuid,lowerdir=/,upperdir=/mnt/state/upper,workdir=/mnt/state/work \
    overlay /mnt/root
  mount -t devtmpfs dev /mnt/root/dev
  mount -t proc proc /mnt/root/proc
  mkdir -p /mnt/root/lab/oldroot
  cd /mnt/root || exit 1
  pivot_root . lab/oldroot
  exec chroot . "$0" </dev/console >/dev/console 2>&1
fi

umount -l /lab/oldroot/proc
mkdir -p /host && mount --bind /lab/oldroot /host # the host's whole tree, read-only
mount -t sysfs sys /sys
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=1777 tmp /tmp
mkdir -p /run/lock /run/lvm /run/lab /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t cgroup2 cgroup /sys/fs/cgroup
mkdir -p /lib/modules && mount --bind /host/usr/lib/uml/modules /lib/modules
modprobe -q configfs && mount -t configfs configfs /sys/kernel/config

# A checkout below /tmp or /run is hidden by the fresh tmpfs: show it again under the same path.
if [ ! -d "$lab_checkout" ]; then
  mkdir -p "$lab_checkout" && mount --bind "/host$lab_checkout" "$lab_checkout"
fi

if [ ! -e /etc/lab-first-boot-done ]; then # the host's own storage configuration is none of the node's
  rm -rf /etc/lvm/archive/* /etc/lvm/backup/* /etc/lvm/devices/* /etc/drbd.d/*.res /var/lib/drbd/*
  echo "$lab_node" >/etc/hostname
  echo "lab-$lab_name-$lab_node" | md5sum | cut -c1-32 >/etc/machine-id
  {
    echo 127.0.0.1 localhost
    echo 10.9.0.254 controller
    index=1
    while [ "$index" -le "$lab_count" ]; do
      echo "10.9.0.$index n$index"
      index=$((index + 1))
    done
  } >/etc/hosts
  # What LVM does besides its work took more than the work: copies of its metadata, a daemon that looks at thin
  # pools, and 8 MiB of memory that each change touches and locks.
  cat >/etc/lvm/lvmlocal.conf <<'END'
backup { backup=0 archive=0 }
activation { monitoring=0 reserved_memory=64 reserved_stack=64 }
END
  : >/etc/lab-first-boot-done
fi
hostname "$lab_node" # DRBD's `on <name>` goes by this

ip link set lo up
for pair in 0:data:10.9.0 1:manage:10.99.0 2:control:10.98.0; do
  rest=${pair#*:}
  ip link set "vec${pair%%:*}" name "${rest%:*}"
  ip addr add "${rest#*:}.$lab_index/24" dev "${rest%:*}"
  ip link set "${rest%:*}" up
done

if [ "$lab_udev" = 1 ]; then
  /lib/systemd/systemd-udevd --daemon
  # Block devices are all a storage node asks udev for; with everything else boot took twice as long.
  udevadm trigger --action=add --subsystem-match=block
  udevadm settle -t 10
else
  export DM_DISABLE_UDEV=1 # else the LVM tools wait for a udev that never answers
fi
export LVM_SUPPRESS_FD_WARNINGS=1 PATH="$lab_checkout/node_modules/.bin:$PATH"

# hostfs, writable: how the agent tells the host that it listens.
mkdir -p /lab/io && mount -t hostfs -o "$lab_directory/$lab_node/io" io /lab/io

# A shell that waits for a foreground child reaps every orphan too, as PID 1 must.
while :; do
  perl "$(dirname "$0")/agent.pl" "10.98.0.$lab_index" 2222 /lab/io/ready
  sleep 0.2
done
