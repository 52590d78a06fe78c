// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include "dns.h"
#include "loop.h"
#include "util.h"

#define NAME_MAX_TEXT 256               /* RFC 1035: 255 octets on the wire */
#define PACKET_MAX 4096                 /* what EDNS lets servers send in practice */
#define LIFE_NS (24 * 3600 * 1000000000ULL)
#define JUMPS_MAX 16                    /* compression pointers in one name */
#define TYPE_A 1
#define TYPE_AAAA 28
#define CLASS_IN 1

/* 10240 answers; each address has its place in one of the sets. */
#define SETS 2560
#define WAYS 4

static struct answer {
	uint64_t seen;                  /* 0: free */
	struct address address;
	char name[NAME_MAX_TEXT];
} answers[SETS][WAYS];

static int fd = -1;

/* A message, or what is left of it. */
struct message {
	const unsigned char *data;
	size_t size, at;
	bool bad;                       /* it ended too early */
};

static unsigned get(struct message *m, int bytes)
{
	unsigned v = 0;

	if (m->size - m->at < (size_t)bytes) {
		m->bad = true;
		m->at = m->size;
		return 0;
	}
	while (bytes--)
		v = v << 8 | m->data[m->at++];
	return v;
}

static void skip(struct message *m, size_t bytes)
{
	if (m->size - m->at < bytes)
		m->bad = true;
	m->at = m->bad ? m->size : m->at + bytes;
}

/* Reads a name to TEXT, "a.b.c" without a dot at the end; M stands behind it then. */
static void get_name(struct message *m, char text[NAME_MAX_TEXT])
{
	size_t used = 0, behind = 0;
	int jumps = 0;
	unsigned len;

	while (!m->bad) {
		len = get(m, 1);
		if (!len)
			break;
		if (len >> 6 == 3) {            /* a pointer to the rest of it */
			len = (len & 0x3f) << 8 | get(m, 1);
			if (!behind)
				behind = m->at;
			if (jumps++ == JUMPS_MAX || len >= m->size)
				m->bad = true;
			m->at = len;
			continue;
		}
		if (len > 63 || m->size - m->at < len || used + len + 2 > NAME_MAX_TEXT) {
			m->bad = true;
			break;
		}
		if (used)
			text[used++] = '.';
		memcpy(text + used, m->data + m->at, len);
		used += len;
		m->at += len;
	}
	text[used] = 0;
	if (m->bad)
		m->at = m->size;
	else if (behind)
		m->at = behind;
}

static struct answer *set_of(const struct address *a)
{
	uint32_t hash = 2166136261;             /* FNV-1a */
	int i;

	for (i = 0; i < (a->version == 4 ? 4 : 16); i++)
		hash = (hash ^ a->ip[i]) * 16777619;
	return answers[hash % SETS];
}

static bool same(const struct address *a, const struct address *b)
{
	return a->version == b->version && !memcmp(a->ip, b->ip, a->version == 4 ? 4 : 16);
}

static void keep(const struct address *a, const char *name, uint64_t now)
{
	struct answer *set = set_of(a), *to = set, *s;

	for (s = set; s < set + WAYS; s++) {
		if (s->seen && same(&s->address, a)) {
			to = s;
			break;
		}
		if (s->seen < to->seen)
			to = s;
	}
	to->seen = now;
	to->address = *a;
	strcpy(to->name, name);
}

static void dns_message(struct message *m, uint64_t now)
{
	char name[NAME_MAX_TEXT], ignored[NAME_MAX_TEXT];
	unsigned flags, questions, count, type, class, len;
	struct address a;

	skip(m, 2);
	flags = get(m, 2);
	questions = get(m, 2);
	count = get(m, 2);
	skip(m, 4);
	/* A response to one question. */
	if (m->bad || !(flags & 0x8000) || questions != 1)
		return;
	get_name(m, name);
	skip(m, 4);
	while (count-- && !m->bad) {
		get_name(m, ignored);
		type = get(m, 2);
		class = get(m, 2);
		skip(m, 4);
		len = get(m, 2);
		if (m->bad || m->size - m->at < len)
			return;
		if (class == CLASS_IN && ((type == TYPE_A && len == 4) ||
					  (type == TYPE_AAAA && len == 16))) {
			memset(&a, 0, sizeof(a));
			a.version = type == TYPE_A ? 4 : 6;
			memcpy(a.ip, m->data + m->at, len);
			keep(&a, name, now);
		}
		m->at += len;
	}
}

void dns_packet(const unsigned char *data, size_t size, uint64_t now)
{
	struct message m = { .data = data, .size = size };
	unsigned version = get(&m, 1);
	size_t header = version >> 4 == 4 ? (version & 15) * 4 : 40;

	/* The filter below has seen to the rest of the headers. */
	m.at = 0;
	skip(&m, header + 8);
	m.data += m.at;
	m.size -= m.at;
	m.at = 0;
	if (!m.bad)
		dns_message(&m, now);
}

static void receive(void)
{
	static unsigned char packet[PACKET_MAX];
	struct timespec t;
	ssize_t n;

	while ((n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT)) >= 0) {
		if (ioctl(fd, SIOCGSTAMPNS, &t) || !t.tv_sec)
			clock_gettime(CLOCK_REALTIME, &t);
		dns_packet(packet, n, t.tv_sec * 1000000000ULL + t.tv_nsec);
	}
}

void dns_listen(void)
{
	/* UDP from port 53, by IPv4 if it is the first or only fragment, or by IPv6 without
	 * extension headers. */
	struct sock_filter code[] = {
		[0] = BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		[1] = BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		[2] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 9 - 3),
		[3] = BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		[4] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 16 - 5),
		[5] = BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		[6] = BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 16 - 7, 0),
		[7] = BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		[8] = BPF_JUMP(BPF_JMP | BPF_JA, 13 - 9, 0, 0),
		[9] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 16 - 10),
		[10] = BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		[11] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 16 - 12),
		[12] = BPF_STMT(BPF_LDX | BPF_IMM, 40),
		[13] = BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
		[14] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 53, 0, 16 - 15),
		[15] = BPF_STMT(BPF_RET | BPF_K, PACKET_MAX),
		[16] = BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(*code), code };
	struct sockaddr_ll all = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct timespec t;

	/* Of no protocol, so that nothing comes in before the filter is there. */
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    bind(fd, (void *)&all, sizeof(all)))
		die("cannot listen to DNS responses: %s (it takes CAP_NET_RAW and CONFIG_PACKET)",
		    strerror(errno));
	/* Asked for once, the kernel notes the time of each. */
	ioctl(fd, SIOCGSTAMPNS, &t);
	loop_also(fd, receive);
}

const char *dns_name(const struct address *a, uint64_t *seen)
{
	struct answer *set = set_of(a), *s;
	struct timespec t;

	receive();
	clock_gettime(CLOCK_REALTIME, &t);
	for (s = set; s < set + WAYS; s++) {
		if (!s->seen || !same(&s->address, a))
			continue;
		if (t.tv_sec * 1000000000ULL + t.tv_nsec - s->seen > LIFE_NS)
			return NULL;
		*seen = s->seen;
		return s->name;
	}
	return NULL;
}

unsigned dns_dropped(void)
{
	struct tpacket_stats stats = {};
	socklen_t size = sizeof(stats);

	if (fd < 0 || getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		return 0;
	return stats.tp_drops;
}
