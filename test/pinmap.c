// SPDX-License-Identifier: GPL-2.0-only
/* pinmap PATH KEY ...: makes a hash map with 8-byte keys and pins it at PATH, below a BPF file
 * system, with these decimal keys in it; what users of --cgroupmap and --mntnsmap do. A key may
 * also be a path: its inode number then, which is the ID of a cgroup directory and of a namespace
 * file. */
#include <ctype.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int cmd, union bpf_attr *attr)
{
	int result = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	if (result < 0) {
		perror("pinmap: bpf");
		exit(EXIT_FAILURE);
	}
	return result;
}

int main(int argc, char **argv)
{
	union bpf_attr create = { .map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 4,
				  .max_entries = 64 };
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	uint32_t value = 1;
	struct stat st;
	uint64_t key;
	int i, fd;

	/* Before 5.11 maps count against it, all of the user's together, also those just being
	 * freed. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (argc < 2) {
		fprintf(stderr, "usage: pinmap PATH KEY|FILE ...\n");
		return EXIT_FAILURE;
	}
	fd = bpf(BPF_MAP_CREATE, &create);
	for (i = 2; i < argc; i++) {
		union bpf_attr update = { .map_fd = fd };

		key = strtoull(argv[i], NULL, 10);
		if (!isdigit((unsigned char)*argv[i])) {
			if (stat(argv[i], &st)) {
				perror(argv[i]);
				return EXIT_FAILURE;
			}
			key = st.st_ino;
		}
		update.key = (uintptr_t)&key;
		update.value = (uintptr_t)&value;
		bpf(BPF_MAP_UPDATE_ELEM, &update);
	}
	union bpf_attr pin = { .pathname = (uintptr_t)argv[1], .bpf_fd = fd };

	bpf(BPF_OBJ_PIN, &pin);
	return EXIT_SUCCESS;
}
