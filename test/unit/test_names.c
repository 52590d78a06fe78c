// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include "names.h"
#include "unit.h"

static void errno_names(void **state)
{
	assert_string_equal(errno_name(ENOENT), "ENOENT");
	assert_string_equal(errno_name(EPERM), "EPERM");
	assert_string_equal(errno_name(EAGAIN), "EAGAIN");
	assert_string_equal(errno_name(EHWPOISON), "EHWPOISON");
	/* ERESTARTSYS, which only the kernel knows; and what is none */
	assert_string_equal(errno_name(512), "512");
	assert_string_equal(errno_name(4095), "4095");
	assert_string_equal(errno_name(-2), "-2");
}

static void signal_names(void **state)
{
	assert_string_equal(signal_name(SIGTERM), "SIGTERM");
	assert_string_equal(signal_name(SIGKILL), "SIGKILL");
	assert_string_equal(signal_name(SIGHUP), "SIGHUP");
	assert_string_equal(signal_name(SIGSYS), "SIGSYS");
	assert_string_equal(signal_name(0), "0");
	assert_string_equal(signal_name(40), "40");
	assert_string_equal(signal_name(-1), "-1");
	assert_string_equal(signal_name(1000), "1000");
}

static int parsed(bool (*parse)(const char *, void *), const char *text)
{
	int n = -7;

	return parse(text, &n) ? n : -1;
}

static void errno_values(void **state)
{
	int i;

	assert_int_equal(parsed(as_errno, "ENOENT"), ENOENT);
	assert_int_equal(parsed(as_errno, "EACCES"), EACCES);
	assert_int_equal(parsed(as_errno, "13"), 13);
	assert_int_equal(parsed(as_errno, "4095"), 4095);
	assert_int_equal(parsed(as_errno, "0"), -1);
	assert_int_equal(parsed(as_errno, "4096"), -1);
	assert_int_equal(parsed(as_errno, "-2"), -1);
	assert_int_equal(parsed(as_errno, ""), -1);
	assert_int_equal(parsed(as_errno, "ENO"), -1);
	assert_int_equal(parsed(as_errno, "enoent"), -1);
	assert_int_equal(parsed(as_errno, "ENOENTX"), -1);
	/* Every name that is printed can be given. */
	for (i = 1; i < 4096; i++)
		assert_int_equal(parsed(as_errno, errno_name(i)), i);
}

static void signal_values(void **state)
{
	int i;

	assert_int_equal(parsed(as_signal, "SIGTERM"), SIGTERM);
	assert_int_equal(parsed(as_signal, "TERM"), SIGTERM);
	assert_int_equal(parsed(as_signal, "9"), 9);
	assert_int_equal(parsed(as_signal, "64"), 64);
	assert_int_equal(parsed(as_signal, "65"), -1);
	assert_int_equal(parsed(as_signal, "SIG"), -1);
	assert_int_equal(parsed(as_signal, ""), -1);
	assert_int_equal(parsed(as_signal, "SIGSIGTERM"), -1);
	assert_int_equal(parsed(as_signal, "SIG9"), -1);
	assert_int_equal(parsed(as_signal, "TERMX"), -1);
	for (i = 1; i <= 64; i++)
		assert_int_equal(parsed(as_signal, signal_name(i)), i);
}

static void open_flags(void **state)
{
	struct open_flags f = {};

	assert_false(as_open_flag("O_NONSENSE", &f));
	assert_false(as_open_flag("", &f));
	assert_false(as_open_flag("O_CREA", &f));
	assert_false(as_open_flag("CREAT", &f));
	assert_int_equal(f.mask, 0);
	assert_false(f.given);
	assert_true(as_open_flag("O_RDONLY", &f));
	assert_int_equal(f.mask, 0);
	assert_true(f.given);
	assert_true(as_open_flag("O_CREAT", &f));
	assert_true(as_open_flag("O_TRUNC", &f));
	assert_int_equal(f.mask, O_CREAT | O_TRUNC);
	f.mask = 0;
	assert_true(as_open_flag("O_TMPFILE", &f));
	assert_int_equal(f.mask, O_TMPFILE);
	f.mask = 0;
	assert_true(as_open_flag("O_NDELAY", &f));
	assert_int_equal(f.mask, O_NONBLOCK);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(errno_names),
	cmocka_unit_test(signal_names),
	cmocka_unit_test(errno_values),
	cmocka_unit_test(signal_values),
	cmocka_unit_test(open_flags),
};

UNIT_MAIN(tests)
