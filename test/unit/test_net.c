// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "net.h"
#include "unit.h"

static bool in(const struct ports *p, unsigned port)
{
	return p->bits[port / 64] >> port % 64 & 1;
}

static int count(const struct ports *p)
{
	int i, n = 0;

	for (i = 0; i < 65536; i++)
		n += in(p, i);
	return n;
}

static void lists_of_ports(void **state)
{
	static struct ports p;

	assert_true(as_ports("80", &p));
	assert_true(p.given && in(&p, 80));
	assert_int_equal(count(&p), 1);
	assert_true(as_ports("1,65535,443,443", &p));
	assert_true(in(&p, 1) && in(&p, 65535) && in(&p, 443) && !in(&p, 80));
	assert_int_equal(count(&p), 3);
}

static void what_is_no_list_of_ports(void **state)
{
	static const char *const wrong[] = {
		"", ",", "80,", ",80", "80,,443", "0", "80,0", "65536", "80,65536", "80-90", "http",
		"80 ", " 80", "+80", "-1", "0x50", "80;443", "99999999999999999999", "000000080",
	};
	static struct ports p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		memset(&p, 0, sizeof(p));
		if (as_ports(wrong[i], &p))
			fail_msg("'%s' is a list of ports", wrong[i]);
		assert_false(p.given);
	}
}

static void states(void **state)
{
	assert_string_equal(tcp_state_name(1), "ESTABLISHED");
	assert_string_equal(tcp_state_name(7), "CLOSE");
	assert_string_equal(tcp_state_name(12), "NEW_SYN_RECV");
	assert_string_equal(tcp_state_name(13), "BOUND_INACTIVE");
	assert_string_equal(tcp_state_name(14), "14");
	assert_string_equal(tcp_state_name(0), "0");
	assert_string_equal(tcp_state_name(-1), "-1");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(lists_of_ports),
	cmocka_unit_test(what_is_no_list_of_ports),
	cmocka_unit_test(states),
};

UNIT_MAIN(tests)
