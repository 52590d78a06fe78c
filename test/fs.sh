# For fsslower.test and fsdist.test: file systems to work on, and the workload.

program=fs
mounts=

# make_fs TYPE: an empty file system of this type, mounted on $mnt; false and $reason if there can
# be none. Made with the features that the oldest kernel knows, as far as mkfs knows how to.
make_fs() {
	mnt=$dir/mnt-$1
	[ ! -d "$mnt" ] || return 0
	image=$dir/mnt-$1.img
	modprobe "$1" 2> /dev/null
	if ! grep -qE "\b$1\$" /proc/filesystems; then
		reason="this kernel has no $1"
		return 1
	fi
	if ! command -v "mkfs.$1" > /dev/null; then
		reason="there is no mkfs.$1"
		return 1
	fi
	truncate -s 320M "$image"
	case $1 in
	ext4) mkfs.ext4 -q -F "$image" ;;
	xfs)	mkfs.xfs -q -f -m bigtime=0,inobtcount=0 -i nrext64=0,exchange=0 -n parent=0 "$image" ||
		mkfs.xfs -q -f -m bigtime=0,inobtcount=0 -i nrext64=0 "$image" ||
		mkfs.xfs -q -f "$image" ;;
	btrfs)	mkfs.btrfs -q -O ^block-group-tree,^free-space-tree "$image" ||
		mkfs.btrfs -q -O ^no-holes "$image" || mkfs.btrfs -q "$image" ;;
	esac > /dev/null 2> "$dir/mkfs"
	mkdir "$mnt"
	if ! mount -t "$1" -o loop "$image" "$mnt" 2> "$dir/mkfs"; then
		reason="cannot mount it: $(head -n 1 "$dir/mkfs")"
		rmdir "$mnt"
		return 1
	fi
	mounts="$mounts $mnt"
}

# make_nfs: the file system of make_fs ext4 once more by NFS 4.2, from this kernel's own server,
# without daemons: what they would tell the kernel of exports is written to its caches.
make_nfs() {
	mnt=$dir/mnt-nfs
	[ ! -d "$mnt" ] || return 0
	make_fs ext4 || return 1
	export=$mnt mnt=$dir/mnt-nfs nfsd=/proc/fs/nfsd rpc=/proc/net/rpc
	if [ -e $nfsd/threads ] && [ "$(cat $nfsd/threads)" != 0 ]; then
		reason="this machine is an NFS server"
		return 1
	fi
	if ! modprobe nfsd 2> /dev/null || ! modprobe nfs 2> /dev/null || ! modprobe nfsv4 2> /dev/null ||
	   ! { [ -e $nfsd/threads ] || mount -t nfsd nfsd $nfsd; }; then
		reason="this kernel has no NFS"
		return 1
	fi
	mkdir -p /var/lib/nfs/v4recovery
	echo 10 > $nfsd/nfsv4gracetime
	echo 10 > $nfsd/nfsv4leasetime
	echo "-2" > $nfsd/versions
	echo "-3 +4 +4.1 +4.2" > $nfsd/versions
	echo "nfsd 127.0.0.1 2147483647 test" > $rpc/auth.unix.ip/channel
	# 0x2402: has an fsid (0, the root of all exports), any port, no checks of subtrees
	echo "test $export 2147483647 9218 -2 -2 0" > $rpc/nfsd.export/channel
	printf 'test 1 \\x00000000 2147483647 %s\n' "$export" > $rpc/nfsd.fh/channel
	echo "tcp 2049" > $nfsd/portlist
	echo 2 > $nfsd/threads
	[ ! -e $nfsd/v4_end_grace ] || echo Y > $nfsd/v4_end_grace
	mkdir "$mnt"
	if ! mount -t nfs4 -o vers=4.2,addr=127.0.0.1,clientaddr=127.0.0.1,proto=tcp 127.0.0.1:/ \
			"$mnt" 2> "$dir/mkfs"; then
		reason="cannot mount it: $(head -n 1 "$dir/mkfs")"
		rmdir "$mnt"
		return 1
	fi
	# What waits for the end of the server's time of grace does it here.
	work rw "$mnt" 1 1 1000 1 1
} 2> /dev/null

# How often the client has asked the server for this, as the kernel counts.
nfs_asked() { awk -v op="$1:" '$1 == op { n += $2 } END { print n + 0 }' /proc/self/mountstats; }

# Behind the last test.
unmount_all() {
	finish
	if [ -d "$dir/mnt-nfs" ]; then
		umount "$dir/mnt-nfs"
		rmdir "$dir/mnt-nfs"
		echo 0 > /proc/fs/nfsd/threads
		umount /proc/fs/nfsd
	fi
	for mnt in $mounts; do
		umount "$mnt"
		rmdir "$mnt"
	done
	rm -f "$dir"/*.img
}

# hold ARGS...: starts the workload, which waits until release; $held is its process.
hold() {
	rm -f "$dir/go"
	mkfifo "$dir/go"
	FS_GO=$dir/go fs "$@" > /dev/null &
	held=$!
}
release() {
	echo > "$dir/go"
	wait "$held"
}

# Whether the tool under test sees system calls only.
by_syscalls() { grep -q 'timing system calls' "$dir/err"; }
