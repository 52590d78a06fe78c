// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bpf.h"
#include "net.h"
#include "util.h"

struct ip_versions ip_versions;

bool as_ports(const char *arg, void *to)
{
	struct ports *ports = to;
	unsigned long long port;
	char number[8];
	size_t len;

	memset(ports, 0, sizeof(*ports));
	for (;; arg += len + 1) {
		len = strcspn(arg, ",");
		if (len >= sizeof(number))
			return false;
		memcpy(number, arg, len);
		number[len] = 0;
		if (!parse_number(number, 65535, &port) || !port)
			return false;
		ports->bits[port / 64] |= 1ULL << port % 64;
		if (!arg[len])
			break;
	}
	return ports->given = true;
}

uint8_t ip_version(void)
{
	if (ip_versions.v4 && ip_versions.v6)
		die_usage("can only use -4 or -6");
	return ip_versions.v4 ? 4 : ip_versions.v6 ? 6 : 0;
}

const char *tcp_state_name(int state)
{
	/* enum in include/net/tcp_states.h */
	static const char *const names[] = {
		NULL, "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
		"CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
		"BOUND_INACTIVE",
	};
	static char number[16];

	if (state > 0 && state < (int)(sizeof(names) / sizeof(*names)))
		return names[state];
	snprintf(number, sizeof(number), "%d", state);
	return number;
}

void map_of_sockets(struct bpf_map *map)
{
	/* Programs can make entries as they are needed since 6.1 (fba1a1c6c912); before that they
	 * could run into a deadlock, and the memory for all of them is taken at once. */
	if (!has_field("bpf_htab", "ma")) {
		bpf_resize(map, 8192);
		return;
	}
	bpf_map__set_map_flags(map, BPF_F_NO_PREALLOC);
	bpf_resize(map, 32768);
}

static bool largest_first;

static int order(const void *a, const void *b)
{
	const struct flow_count *f = a, *g = b;

	if (f->flow.raddr.version != g->flow.raddr.version)
		return f->flow.raddr.version - g->flow.raddr.version;
	if (f->count != g->count)
		return (f->count < g->count) == largest_first ? 1 : -1;
	return memcmp(&f->flow, &g->flow, sizeof(f->flow));
}

void flows_read(struct bpf_map *map, bool descending, void (*fn)(const struct flow_count *))
{
	struct flow_count *all;
	uint64_t *counts;
	struct flow *keys;
	size_t i, n;

	n = bpf_entries(map, &keys, &counts);
	all = xmalloc((n + 1) * sizeof(*all));
	for (i = 0; i < n; i++)
		all[i] = (struct flow_count){ keys[i], counts[i] };
	largest_first = descending;
	qsort(all, n, sizeof(*all), order);
	for (i = 0; i < n; i++)
		fn(&all[i]);
	free(all);
	free(keys);
	free(counts);
}
