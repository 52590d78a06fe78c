// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bpf.h"
#include "perf.h"
#include "util.h"

bool perf_attach(struct bpf_program *prog, struct perf_event_attr *attr, int cpu)
{
	int i, fd, first = cpu < 0 ? 0 : cpu, end = cpu < 0 ? libbpf_num_possible_cpus() : cpu + 1;
	bool any = false;

	attr->size = sizeof(*attr);
	for (i = first; i < end; i++) {
		fd = syscall(SYS_perf_event_open, attr, -1, i, -1, PERF_FLAG_FD_CLOEXEC);
		if (fd < 0 && errno == ENODEV && cpu < 0)       /* offline */
			continue;
		if (fd < 0 && cpu >= 0 && (errno == ENODEV || errno == EINVAL))
			die("there is no CPU %d, or it is offline", cpu);
		if (fd < 0 && (errno == EACCES || errno == EPERM))
			die("not permitted to use perf events: run it as root (sudo), or see "
			    "kernel.perf_event_paranoid");
		if (fd < 0)
			return false;
		bpf_keep_link(bpf_program__attach_perf_event(prog, fd), "a perf event");
		any = true;
	}
	if (!any)
		errno = ENODEV;
	return any;
}
