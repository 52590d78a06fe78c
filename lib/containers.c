// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "bpf.h"
#include "containers.h"
#include "util.h"

struct container_options container_options = { -1, -1, -1 };

bool as_cgroup(const char *arg, void *to)
{
	int fd = open(arg, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		return false;
	*(int *)to = fd;
	return true;
}

bool as_pinned_map(const char *arg, void *to)
{
	*(int *)to = bpf_obj_get(arg);
	return *(int *)to >= 0;
}

/* Puts the user's map in the place of the tool's own. */
static bool use_pinned(struct bpf_map *map, int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (!map)
		return false;
	if (fd < 0) {
		bpf_leave_out(map, true);
		return false;
	}
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.key_size != sizeof(__u64))
		die("a map of cgroups or mount namespaces has keys of 8 bytes, not of %u",
		    info.key_size);
	if (bpf_map__reuse_fd(map, fd))
		die("cannot use the pinned map for %s: %s", bpf_map__name(map), strerror(errno));
	return true;
}

struct containers containers_select(struct bpf_map *cgroup, struct bpf_map *cgroup_map,
				    struct bpf_map *mntns_map)
{
	struct containers c = { .by_cgroup = container_options.cgroup >= 0 };
	struct stat dir;
	__u32 zero = 0;

	/* The number of the directory's inode is the cgroup's ID. */
	if (c.by_cgroup && !fstat(container_options.cgroup, &dir))
		c.cgroup_id = dir.st_ino;
	if (c.by_cgroup)
		bpf_preset(cgroup, &zero, sizeof(zero), &container_options.cgroup, sizeof(int));
	else if (cgroup)
		bpf_leave_out(cgroup, true);
	c.by_cgroup_map = use_pinned(cgroup_map, container_options.cgroup_map);
	c.by_mntns_map = use_pinned(mntns_map, container_options.mntns_map);
	return c;
}
