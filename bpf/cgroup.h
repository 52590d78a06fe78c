/* Which containers are traced; part of a tool's struct config. */
#pragma once
#include <linux/types.h>
#include <stdbool.h>

struct containers {
	__u64 cgroup_id;                /* of that directory, for task_in_cgroup() */
	bool by_cgroup;                 /* tasks below a cgroup directory */
	bool by_cgroup_map;             /* cgroups listed in a pinned map */
	bool by_mntns_map;              /* mount namespaces listed in a pinned map */
};
