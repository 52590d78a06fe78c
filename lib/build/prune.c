// SPDX-License-Identifier: GPL-2.0-only
/* prune OBJECT: takes out of a BPF object what loading it does not need, in place: the source lines
 * and the records that point to them, two thirds of the packed size. One record a function stays,
 * because the kernel wants one wherever it is given any. Runs at build time, on the building
 * machine. */
#include <bpf/btf.h>
#include <fcntl.h>
#include <gelf.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The format of .BTF.ext, of which the kernel's headers describe only the records. */
struct ext_header {
	__u16 magic;
	__u8 version, flags;
	__u32 header_size;
	__u32 func_at, func_size, line_at, line_size, relo_at, relo_size;
};

struct ext_section {
	__u32 name, count;
};

struct relocation {
	__u32 insn, type, access, kind;
};

struct bytes {
	char *data;
	size_t size;
};

static const struct btf *old_types;
static struct btf *new_types;

static void fail(const char *what)
{
	fprintf(stderr, "prune: cannot %s\n", what);
	exit(EXIT_FAILURE);
}

static void append(struct bytes *b, const void *data, size_t size)
{
	b->data = realloc(b->data, b->size + size);
	if (!b->data)
		fail("find memory");
	memcpy(b->data + b->size, data, size);
	b->size += size;
}

/* The place in the new string table of what is at AT in the old one. */
static __u32 move_string(__u32 at)
{
	int moved = btf__add_str(new_types, btf__str_by_offset(old_types, at));

	if (moved < 0)
		fail("add a string");
	return moved;
}

static void copy_types(void)
{
	__u32 i;

	for (i = 1; i < btf__type_cnt(old_types); i++) {
		if (btf__add_type(new_types, old_types, btf__type_by_id(old_types, i)) != (int)i)
			fail("copy a type");
	}
}

/* Copies the function records and makes a line record for each of them. */
static void copy_functions(const char *from, size_t size, struct bytes *functions,
			   struct bytes *lines)
{
	__u32 record = *(const __u32 *)from, line_record = sizeof(struct bpf_line_info), i;
	const char *end = from + size, *p = from + sizeof(record);

	append(functions, &record, sizeof(record));
	append(lines, &line_record, sizeof(line_record));
	while (p < end) {
		struct ext_section s = *(const struct ext_section *)p;

		s.name = move_string(s.name);
		append(functions, &s, sizeof(s));
		append(lines, &s, sizeof(s));
		p += sizeof(s);
		for (i = 0; i < s.count; i++, p += record) {
			struct bpf_line_info line = { .insn_off = *(const __u32 *)p };

			append(functions, p, record);
			append(lines, &line, sizeof(line));
		}
	}
}

static void copy_relocations(const char *from, size_t size, struct bytes *to)
{
	const char *end = from + size, *p = from + sizeof(__u32);
	__u32 i;

	if (!size)
		return;
	if (*(const __u32 *)from != sizeof(struct relocation))
		fail("read relocations of this size");
	append(to, from, sizeof(__u32));
	while (p < end) {
		struct ext_section s = *(const struct ext_section *)p;

		s.name = move_string(s.name);
		append(to, &s, sizeof(s));
		p += sizeof(s);
		for (i = 0; i < s.count; i++, p += sizeof(struct relocation)) {
			struct relocation r = *(const struct relocation *)p;

			r.access = move_string(r.access);
			append(to, &r, sizeof(r));
		}
	}
}

static struct bytes prune_ext(const char *ext)
{
	struct ext_header head = *(const struct ext_header *)ext;
	const char *body = ext + head.header_size;
	struct bytes functions = {}, lines = {}, relocations = {}, all = {};

	if (head.magic != BTF_MAGIC || head.header_size < sizeof(head))
		fail("read this .BTF.ext");
	copy_functions(body + head.func_at, head.func_size, &functions, &lines);
	copy_relocations(body + head.relo_at, head.relo_size, &relocations);
	head.header_size = sizeof(head);
	head.func_at = 0;
	head.func_size = head.line_at = functions.size;
	head.line_size = lines.size;
	head.relo_at = head.line_at + head.line_size;
	head.relo_size = relocations.size;
	append(&all, &head, sizeof(head));
	append(&all, functions.data, functions.size);
	append(&all, lines.data, lines.size);
	if (relocations.size)
		append(&all, relocations.data, relocations.size);
	return all;
}

static Elf_Data *find(Elf *elf, const char *name)
{
	Elf_Scn *section = NULL;
	size_t names;
	GElf_Shdr head;

	if (elf_getshdrstrndx(elf, &names))
		fail("read the object");
	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &head) &&
		    !strcmp(elf_strptr(elf, names, head.sh_name), name))
			return elf_getdata(section, NULL);
	}
	fail("find the sections .BTF and .BTF.ext");
	return NULL;
}

static void replace(Elf_Data *data, const void *bytes, size_t size)
{
	data->d_buf = (void *)bytes;
	data->d_size = size;
	elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDWR) : -1;
	Elf_Data *types, *ext;
	struct bytes new_ext;
	const void *raw;
	__u32 size;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_RDWR, NULL);
	if (!elf)
		fail("open the object");
	types = find(elf, ".BTF");
	ext = find(elf, ".BTF.ext");
	old_types = btf__new(types->d_buf, types->d_size);
	new_types = btf__new_empty();
	if (!old_types || !new_types)
		fail("read the types");
	copy_types();
	new_ext = prune_ext(ext->d_buf);
	raw = btf__raw_data(new_types, &size);
	if (!raw)
		fail("write the types");
	replace(types, raw, size);
	replace(ext, new_ext.data, new_ext.size);
	if (elf_update(elf, ELF_C_WRITE) < 0)
		fail("write the object");
	elf_end(elf);
	close(fd);
	return EXIT_SUCCESS;
}
