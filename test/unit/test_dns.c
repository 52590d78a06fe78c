// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "dns.h"
#include "unit.h"

#define HEADERS 28                      /* IPv4 and UDP */

/* A packet under construction. */
static unsigned char packet[1024];
static size_t size;

static void add(const void *data, size_t len)
{
	memcpy(packet + size, data, len);
	size += len;
}

static void add_name(const char *name)
{
	size_t len;

	for (; *name; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		packet[size++] = len;
		add(name, len);
	}
	packet[size++] = 0;
}

static void begin(unsigned flags, int questions, int answers)
{
	unsigned char header[12] = { 1, 2, flags >> 8, flags, 0, questions, 0, answers };

	memset(packet, 0, sizeof(packet));
	packet[0] = 0x45;
	size = HEADERS;
	add(header, sizeof(header));
}

static void question(const char *name)
{
	add_name(name);
	add("\0\1\0\1", 4);
}

/* A record of the name that POINTER is the place of, from the header of DNS. */
static void record(int pointer, int type, int class, const void *data, int len)
{
	unsigned char head[12] = { 0xc0 | pointer >> 8, pointer, 0, type, 0, class, 0, 0, 0, 60, 0,
				   len };

	add(head, sizeof(head));
	add(data, len);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void receive(void)
{
	unsigned char *copy = exact_copy(packet, size);

	dns_packet(copy, size, now());
	free(copy);
}

static const char *name_of(const char *text)
{
	struct address a = {};
	uint64_t seen;

	a.version = strchr(text, ':') ? 6 : 4;
	assert_int_equal(inet_pton(a.version == 6 ? AF_INET6 : AF_INET, text, a.ip), 1);
	return dns_name(&a, &seen);
}

static void addresses_of_both_kinds(void **state)
{
	static const unsigned char six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

	begin(0x8180, 1, 4);
	question("www.example.com");
	record(12, 5, 1, "\1x\0", 3);                   /* CNAME */
	record(12, 1, 1, "\300\0\2\1", 4);
	record(12, 28, 1, six, 16);
	record(12, 1, 1, "\300\0\2\2", 4);
	receive();
	assert_string_equal(name_of("192.0.2.1"), "www.example.com");
	assert_string_equal(name_of("192.0.2.2"), "www.example.com");
	assert_string_equal(name_of("2001:db8::1"), "www.example.com");
	assert_null(name_of("192.0.2.3"));
	assert_null(name_of("2001:db8::2"));

	/* The last name counts; IPv6 has its header in front. */
	begin(0x8180, 1, 1);
	question("other.example");
	record(12, 1, 1, "\300\0\2\1", 4);
	memmove(packet + 48, packet + HEADERS, size - HEADERS);
	packet[0] = 0x60;
	size += 48 - HEADERS;
	receive();
	assert_string_equal(name_of("192.0.2.1"), "other.example");
}

static void what_is_no_answer(void **state)
{
	begin(0x0100, 1, 1);                            /* a query */
	question("no.example");
	record(12, 1, 1, "\300\0\2\11", 4);
	receive();
	begin(0x8180, 2, 1);                            /* two questions */
	question("no.example");
	question("nor.example");
	record(12, 1, 1, "\300\0\2\11", 4);
	receive();
	begin(0x8180, 1, 3);                            /* another class, wrong lengths */
	question("no.example");
	record(12, 1, 3, "\300\0\2\11", 4);
	record(12, 1, 1, "\300\0\2\11", 3);
	record(12, 28, 1, "\300\0\2\11", 4);
	receive();
	begin(0x8180, 1, 0);                            /* fewer answers than there are */
	question("no.example");
	record(12, 1, 1, "\300\0\2\11", 4);
	receive();
	assert_null(name_of("192.0.2.9"));
}

static void old_answers(void **state)
{
	begin(0x8180, 1, 1);
	question("old.example");
	record(12, 1, 1, "\300\0\2\12", 4);
	dns_packet(packet, size, now() - 25 * 3600 * 1000000000ULL);
	assert_null(name_of("192.0.2.10"));
	dns_packet(packet, size, now() - 23 * 3600 * 1000000000ULL);
	assert_string_equal(name_of("192.0.2.10"), "old.example");
}

/* Names that point to themselves, in a circle, or on and on to the next pointer; too long; beyond
 * the end. */
static void hostile_names(void **state)
{
	size_t i;

	begin(0x8180, 1, 1);
	record(12, 1, 1, "\300\0\2\13", 4);
	receive();
	begin(0x8180, 1, 2);
	add("\300\16\300\14", 4);
	add("\0\1\0\1", 4);
	record(12, 1, 1, "\300\0\2\13", 4);
	receive();
	begin(0x8180, 1, 1);
	for (i = 0; i < 5; i++) {
		packet[size++] = 63;
		memset(packet + size, 'a', 63);
		size += 63;
	}
	packet[size++] = 0;
	add("\0\1\0\1", 4);
	record(12, 1, 1, "\300\0\2\13", 4);
	receive();
	begin(0x8180, 1, 1);
	for (i = 0; i < 50; i++, size += 2) {
		packet[size] = 0xc0;
		packet[size + 1] = size - HEADERS + 2;
	}
	receive();
	begin(0x8180, 1, 1);
	add("\77abc", 4);
	receive();
	begin(0x8180, 1, 1);
	add("\300\377", 2);
	receive();
	assert_null(name_of("192.0.2.11"));
}

static void cut_anywhere(void **state)
{
	size_t whole, n;

	begin(0x8180, 1, 2);
	question("cut.example");
	record(12, 5, 1, "\1a\300\14", 4);
	record(12, 1, 1, "\300\0\2\14", 4);
	whole = size;
	for (n = 0; n < whole; n++) {
		size = n;
		receive();
	}
	assert_null(name_of("192.0.2.12"));
	size = whole;
	receive();
	assert_string_equal(name_of("192.0.2.12"), "cut.example");
}

/* Broken in random places; the sanitizers judge. */
static void broken_anywhere(void **state)
{
	uint64_t random = 181;
	size_t whole;
	int i, j;

	for (i = 0; i < 200000; i++) {
		begin(0x8180, 1, 3);
		question("broken.example");
		record(12, 5, 1, "\1a\300\14", 4);
		record(12, 1, 1, "\306\63\144\1", 4);
		record(12, 28, 1, "0123456789abcdef", 16);
		whole = size;
		for (j = 0; j < 4; j++) {
			random ^= random >> 12;
			random ^= random << 25;
			random ^= random >> 27;
			packet[random % (j ? whole : HEADERS + 14)] = random >> 32;
		}
		size = i % 4 ? whole : random % whole;
		receive();
	}
}

/* More addresses than there is room for: the newest ones stay. */
static void many(void **state)
{
	unsigned char ip[4] = { 10 };
	char name[32], text[32];
	int i, kept = 0;

	for (i = 0; i < 100000; i++) {
		ip[1] = i >> 16;
		ip[2] = i >> 8;
		ip[3] = i;
		begin(0x8180, 1, 1);
		snprintf(name, sizeof(name), "n%d.example", i);
		question(name);
		record(12, 1, 1, ip, 4);
		receive();
	}
	for (i = 0; i < 100000; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		snprintf(name, sizeof(name), "n%d.example", i);
		if (!name_of(text))
			continue;
		assert_string_equal(name_of(text), name);
		kept++;
	}
	assert_in_range(kept, 8000, 10240);
	assert_string_equal(name_of("10.1.134.159"), "n99999.example");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(addresses_of_both_kinds),
	cmocka_unit_test(what_is_no_answer),
	cmocka_unit_test(old_answers),
	cmocka_unit_test(hostile_names),
	cmocka_unit_test(cut_anywhere),
	cmocka_unit_test(broken_anywhere),
	cmocka_unit_test(many),
};

UNIT_MAIN(tests)
