/* What the network tools share on this side. */
#pragma once
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sock.h"

bool as_ports(const char *, void *to);          /* struct ports: 80,443 */

/* -4 and -6; ip_version() makes 4, 6 or 0 for both of them, and refuses the two together. */
extern struct ip_versions {
	bool v4, v6;
} ip_versions;
#define OPT_IP_VERSIONS \
	{ '4', "ipv4", NULL, "Only IPv4", as_flag, &ip_versions.v4 }, \
	{ '6', "ipv6", NULL, "Only IPv6", as_flag, &ip_versions.v6 }
uint8_t ip_version(void);

/* ESTABLISHED; numbers unknown here come out as decimals. Valid until the next call. */
const char *tcp_state_name(int state);

/* Before bpf_start(): room in a map that has an entry for each of this machine's sockets. */
void map_of_sockets(struct bpf_map *);

/* What bpf/flow.bpf.h has counted: IPv4 first, then by the count, the highest last or, DESCENDING,
 * first. */
struct flow_count {
	struct flow flow;
	uint64_t count;
};
void flows_read(struct bpf_map *, bool descending, void (*fn)(const struct flow_count *));
