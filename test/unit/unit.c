// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <elf.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>
#include "out.h"
#include "tool.h"
#include "unit.h"

/* What lib/main.c defines in the program. The names are those of real tools because the nearest of
 * them are looked for; fake.c has the one that is run. */

extern const struct tool fake_tool;
static const struct tool biolatency = { .name = "biolatency", .group = BLOCK_IO, .summary = "B" };
static const struct tool ext4dist = {
	.name = "ext4dist", .group = FILES, .summary = "E", .aliases = "xfsdist btrfsdist",
};
static const struct tool opensnoop = { .name = "opensnoop", .group = FILES, .summary = "O" };

const struct tool *const tools[] = { &biolatency, &ext4dist, &fake_tool, &opensnoop, NULL };

const char *const group_names[GROUPS] = {
	"processes", "memory", "block", "files", "network", "applications", "hand",
};

const struct tool *find_tool(const char *name)
{
	const struct tool *const *t;

	for (t = tools; *t && strcmp((*t)->name, name); t++)
		;
	return *t;
}

/* The sanitizer asks these, where there is one: what a child that dies has not freed is no leak,
 * and what does without memory is tested. */
static bool is_child;

int __lsan_is_turned_off(void);
const char *__asan_default_options(void);

int __lsan_is_turned_off(void)
{
	return is_child;
}

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:hard_rss_limit_mb=2000";
}

/* A broken library may print or allocate without end. What is captured is memory: without these
 * limits the kernel would look for it among all processes of the machine. */
__attribute__((constructor)) static void set_limits(void)
{
	struct rlimit output = { 64 << 20, 64 << 20 }, cpu = { 120, 120 };

	setrlimit(RLIMIT_FSIZE, &output);
	setrlimit(RLIMIT_CPU, &cpu);
	/* write() fails instead. */
	signal(SIGXFSZ, SIG_IGN);
#ifndef __SANITIZE_ADDRESS__
	struct rlimit memory = { 2UL << 30, 2UL << 30 };

	setrlimit(RLIMIT_AS, &memory);
#endif
}

static int memory_file(void)
{
	int fd = memfd_create("captured", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static char *content(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = malloc(size + 1);

	assert_non_null(text);
	assert_int_equal(pread(fd, text, size, 0), size);
	text[size] = 0;
	close(fd);
	return text;
}

char *captured(void (*fn)(void *), void *context)
{
	int file = memory_file(), saved;

	fflush(stdout);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(file, STDOUT_FILENO);
	fn(context);
	out_flush();
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return content(file);
}

struct outcome in_child(void (*fn)(void *), void *context)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS };
	int out = memory_file(), err = memory_file(), status;
	struct outcome o;
	size_t i;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		is_child = true;
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		/* cmocka would catch a crash and go on with the next test, here in the child. */
		for (i = 0; i < ARRAY_SIZE(crashes); i++)
			signal(crashes[i], SIG_DFL);
		/* A hang is a failure and not a test run that never ends. */
		alarm(60);
		fn(context);
		out_flush();
		fflush(NULL);
		_exit(255);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	o.status = WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
	if (o.status == 255)
		o.status = -1;
	o.out = content(out);
	o.err = content(err);
	return o;
}

void outcome_free(struct outcome *o)
{
	free(o->out);
	free(o->err);
}

static char temporary[64][32];
static int temporaries;

static void remove_temporary(void)
{
	static pid_t owner;

	/* Called first when it is registered; children must leave the files alone. */
	if (!owner)
		owner = getpid();
	else if (owner == getpid())
		while (temporaries)
			unlink(temporary[--temporaries]);
}

const char *temporary_file(const void *data, size_t size)
{
	char *path;
	int fd;

	assert_true(temporaries < (int)ARRAY_SIZE(temporary));
	if (!temporaries) {
		remove_temporary();
		atexit(remove_temporary);
	}
	path = strcpy(temporary[temporaries], "/tmp/bpftools-unit-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	temporaries++;
	assert_int_equal(write(fd, data, size), size);
	close(fd);
	return path;
}

void *exact_copy(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* JSON. The readers move behind what they have read; NULL: it is wrong. */

static const char *blank(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

static const char *read_string(const char *s)
{
	int i;

	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		if ((unsigned char)*s < 0x20)   /* the end of the text too */
			return NULL;
		if (*s != '\\')
			continue;
		s++;
		if (!*s || !strchr("\"\\/bfnrtu", *s))
			return NULL;
		for (i = 0; *s == 'u' && i < 4; i++) {
			if (!isxdigit((unsigned char)s[1 + i]))
				return NULL;
		}
	}
	return s + 1;
}

static const char *read_digits(const char *s)
{
	if (!isdigit((unsigned char)*s))
		return NULL;
	while (isdigit((unsigned char)*s))
		s++;
	return s;
}

static const char *read_number_text(const char *s)
{
	s += *s == '-';
	if (*s == '0' && isdigit((unsigned char)s[1]))
		return NULL;
	s = read_digits(s);
	if (s && *s == '.')
		s = read_digits(s + 1);
	if (s && (*s == 'e' || *s == 'E')) {
		s++;
		s = read_digits(s + (*s == '+' || *s == '-'));
	}
	return s;
}

static const char *read_value(const char *s);

/* Calls nothing, but stops at the value of the member or element WANTED, if that is not NULL. */
static const char *read_members(const char *s, const char *wanted, size_t len, const char **found)
{
	bool object = *s == '{';
	char close = object ? '}' : ']', number[16];
	const char *key;
	int i;

	s = blank(s + 1);
	if (*s == close)
		return s + 1;
	for (i = 0; ; i++) {
		snprintf(number, sizeof(number), "\"%d\"", i);
		key = number;
		if (object) {
			key = s;
			s = read_string(s);
			if (!s)
				return NULL;
			s = blank(s);
			if (*s++ != ':')
				return NULL;
			s = blank(s);
		}
		if (wanted && !strncmp(key + 1, wanted, len) && key[1 + len] == '"')
			*found = s;
		s = read_value(s);
		if (!s)
			return NULL;
		s = blank(s);
		if (*s == close)
			return s + 1;
		if (*s++ != ',')
			return NULL;
		s = blank(s);
	}
}

static const char *read_value(const char *s)
{
	if (*s == '{' || *s == '[')
		return read_members(s, NULL, 0, NULL);
	if (*s == '"')
		return read_string(s);
	if (!strncmp(s, "true", 4) || !strncmp(s, "null", 4))
		return s + 4;
	if (!strncmp(s, "false", 5))
		return s + 5;
	return read_number_text(s);
}

/* The C library takes the characters that only the first definition of UTF-8 had, so they are told
 * apart here. */
static bool utf8_valid(const char *text)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL), before;
	mbstate_t state = {};
	wchar_t c;
	size_t n;

	assert_non_null(utf8);
	before = uselocale(utf8);
	while ((n = mbrtowc(&c, text, MB_CUR_MAX, &state)) && n < (size_t)-2 && c <= 0x10ffff)
		text += n;
	uselocale(before);
	freelocale(utf8);
	return n == 0;
}

bool json_valid(const char *text, size_t size)
{
	const char *end;

	if (strlen(text) != size || !utf8_valid(text))
		return false;
	end = read_value(blank(text));
	return end && !*blank(end);
}

int json_lines(const char *text)
{
	char *line;
	size_t len;
	bool valid;
	int n;

	for (n = 0; *text; n++, text += len + 1) {
		len = strcspn(text, "\n");
		line = strndup(text, len);
		valid = text[len] == '\n' && json_valid(line, len);
		free(line);
		if (!valid)
			return -1;
	}
	return n;
}

char *json_get(const char *text, const char *path)
{
	const char *found = blank(text), *at, *end;
	size_t len;

	while (*path) {
		len = strcspn(path, ".");
		at = found;
		found = NULL;
		if (*at != '{' && *at != '[')
			return NULL;
		read_members(at, path, len, &found);
		if (!found)
			return NULL;
		path += len + (path[len] == '.');
	}
	end = read_value(found);
	return end ? strndup(found, end - found) : NULL;
}

char *elf_image(const struct elf_function *functions, size_t count, size_t code, unsigned char id,
		size_t *size)
{
	static const char section_names[] = "\0.text\0.symtab\0.strtab\0.shstrtab";
	struct {
		Elf64_Ehdr head;
		Elf64_Phdr parts[2];
		Elf64_Nhdr note;
		char owner[4], id[20];
	} front = {};
	size_t names = 1, at, i, strings;
	Elf64_Sym *symbols;
	Elf64_Shdr *s;
	char *image;

	for (i = 0; i < count; i++)
		names += strlen(functions[i].name) + 1;
	at = (ELF_CODE + code + 7) & ~7UL;
	strings = at + (count + 1) * sizeof(*symbols);
	*size = ((strings + names + sizeof(section_names) + 7) & ~7UL) + 5 * sizeof(*s);
	image = calloc(1, *size);
	assert_non_null(image);

	symbols = (Elf64_Sym *)(image + at);
	names = 1;
	for (i = 0; i < count; i++) {
		symbols[i + 1] = (Elf64_Sym){
			.st_name = names, .st_shndx = 1, .st_size = functions[i].size,
			.st_info = functions[i].info ? functions[i].info :
				ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_value = ELF_ADDRESS + functions[i].offset,
		};
		strcpy(image + strings + names, functions[i].name);
		names += strlen(functions[i].name) + 1;
	}
	memcpy(image + strings + names, section_names, sizeof(section_names));
	s = (Elf64_Shdr *)(image + *size) - 5;
	s[1] = (Elf64_Shdr){ 1, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, ELF_ADDRESS, ELF_CODE,
			     code };
	s[2] = (Elf64_Shdr){ 7, SHT_SYMTAB, 0, 0, at, (count + 1) * sizeof(*symbols), 3, 1, 8,
			     sizeof(*symbols) };
	s[3] = (Elf64_Shdr){ 15, SHT_STRTAB, 0, 0, strings, names };
	s[4] = (Elf64_Shdr){ 23, SHT_STRTAB, 0, 0, strings + names, sizeof(section_names) };

	memcpy(front.head.e_ident, ELFMAG, SELFMAG);
	front.head.e_ident[EI_CLASS] = ELFCLASS64;
	front.head.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ?
		ELFDATA2LSB : ELFDATA2MSB;
	front.head.e_ident[EI_VERSION] = EV_CURRENT;
	front.head.e_type = ET_EXEC;
	front.head.e_phoff = offsetof(typeof(front), parts);
	front.head.e_phentsize = sizeof(Elf64_Phdr);
	front.head.e_phnum = 2;
	front.head.e_shoff = *size - 5 * sizeof(*s);
	front.head.e_shentsize = sizeof(*s);
	front.head.e_shnum = 5;
	front.head.e_shstrndx = 4;
	front.parts[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		.p_offset = ELF_CODE, .p_vaddr = ELF_ADDRESS, .p_filesz = code };
	front.parts[1] = (Elf64_Phdr){ .p_type = id ? PT_NOTE : PT_NULL,
		.p_offset = offsetof(typeof(front), note), .p_filesz = 12 + 24 };
	front.note = (Elf64_Nhdr){ 4, 20, NT_GNU_BUILD_ID };
	memcpy(front.owner, "GNU", 4);
	memset(front.id, id, sizeof(front.id));
	memcpy(image, &front, sizeof(front));
	return image;
}
