/* What the unit tests share: capturing output, children that may die, a fake tool, a JSON reader.
 * */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* The main() of a test program, whose tests are in an array called TESTS. */
#define UNIT_MAIN(tests)						\
	int main(void)							\
	{								\
		cmocka_set_message_output(CM_OUTPUT_TAP);		\
		return cmocka_run_group_tests(tests, NULL, NULL);	\
	}

/* Ends the test as skipped and says why. */
#define skip_because(...) do {						\
	print_message("# skipped: " __VA_ARGS__);			\
	print_message("\n");						\
	skip();								\
} while (0)

/* What FN writes to the standard output, through the library or stdio, as a string that the caller
 * owns. Nothing in FN may end the test: assert afterwards. */
char *captured(void (*fn)(void *), void *context);

/* The same in a child process, for what ends the program. Free with outcome_free(). */
struct outcome {
	int status;                     /* exit status; -1 if it returned,
		256 + signal if it was killed */
	char *out, *err;
};
struct outcome in_child(void (*fn)(void *), void *context);
void outcome_free(struct outcome *);

/* A file with this content that goes away with the test program. Returns its path; valid until the
 * program ends. */
const char *temporary_file(const void *data, size_t size);

/* A copy of the right size, so that a sanitizer sees a read beyond its end. */
void *exact_copy(const void *data, size_t size);

/* Whether a text is one JSON value and nothing else but white space: RFC 8259, strictly, with valid
 * UTF-8 by the C library's judgement. */
bool json_valid(const char *text, size_t size);

/* The number of values in a text that has one to a line, each ended by a newline; -1 if any is
 * wrong. */
int json_lines(const char *text);

/* The text of a member of a JSON object, by its path like "keys.disk" or "buckets.1.low"; NULL if
 * there is none. The caller owns it. */
char *json_get(const char *text, const char *path);

/* TEXT is valid JSON and its member PATH is EXPECTED, both as they are written. */
#define assert_json(text, path, expected) do {				\
	char *found_;							\
									\
	assert_true(json_valid(text, strlen(text)));			\
	found_ = json_get(text, path);					\
	if (!found_)							\
		fail_msg("no %s in %s", path, text);			\
	assert_string_equal(found_, expected);				\
	free(found_);							\
} while (0)

/* A function of a file made by elf_image(). */
struct elf_function {
	const char *name;
	uint64_t offset, size;          /* in the code */
	unsigned char info;             /* type and binding; 0: a global function */
};

/* An ELF file of this machine whose code is of CODE bytes, begins at ELF_CODE of the file and has
 * the address ELF_ADDRESS; with a build ID of 20 times ID, without one if that is 0. The caller
 * owns it. */
#define ELF_CODE 0x1000
#define ELF_ADDRESS 0x401000
char *elf_image(const struct elf_function *functions, size_t count, size_t code, unsigned char id,
		size_t *size);
