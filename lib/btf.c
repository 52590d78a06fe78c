// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "btf.h"
#include "tool.h"

static struct btf *btf;
static bool asked;

/* That of the module asked for last; it refers to the kernel's. */
static struct btf *module_btf;
static const char *module_asked;

static struct btf *kernel(void)
{
	if (!asked) {
		asked = true;
		btf = run.btf ? btf__parse(run.btf, NULL) : btf__load_vmlinux_btf();
		if (libbpf_get_error(btf))
			btf = NULL;
	}
	return btf;
}

void btf_done(void)
{
	btf__free(module_btf);
	module_btf = NULL;
	module_asked = NULL;
	btf__free(btf);
	btf = NULL;
	asked = false;
}

bool btf_known(void)
{
	return kernel();
}

/* Whether the string table has this name. Quick, because it is mapped, which kernels allow from
 * 6.16 on; false where they do not. */
static bool has_string(const char *name)
{
	int fd = open(run.btf ? run.btf : KERNEL_BTF, O_RDONLY | O_CLOEXEC);
	const struct btf_header *h;
	bool found = false;
	struct stat st;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && (size_t)st.st_size > sizeof(*h)) {
		h = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (h != MAP_FAILED) {
			if (h->magic == BTF_MAGIC &&
			    (uint64_t)h->hdr_len + h->str_off + h->str_len <= (uint64_t)st.st_size)
				found = memmem((const char *)h + h->hdr_len + h->str_off,
					       h->str_len, name, strlen(name) + 1);
			munmap((void *)h, st.st_size);
		}
	}
	close(fd);
	return found;
}

bool btf_at_hand(void)
{
	return !run.btf && !access(KERNEL_BTF, R_OK);
}

bool raw_tp_preemptible(void)
{
	/* The guard under which they are called since they are; it came with that, after 6.18. */
	return has_string("class_srcu_fast_notrace_t");
}

static const struct btf_type *type_of(const char *name, uint32_t kind)
{
	int id = kernel() ? btf__find_by_name_kind(btf, name, kind) : -1;

	return id < 0 ? NULL : btf__type_by_id(btf, id);
}

int tp_nargs(const char *tracepoint)
{
	const struct btf_type *t;
	char name[128] = "btf_trace_";

	/* A pointer to the probe's function, which has a context before the arguments. */
	strncat(name, tracepoint, sizeof(name) - strlen(name) - 1);
	t = type_of(name, BTF_KIND_TYPEDEF);
	if (t)
		t = btf__type_by_id(btf, t->type);
	if (t && btf_is_ptr(t))
		t = btf__type_by_id(btf, t->type);
	return t && btf_is_func_proto(t) ? btf_vlen(t) - 1 : -1;
}

int func_id(const char *name)
{
	int id = kernel() ? btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) : -1;

	return id < 0 ? -1 : id;
}

int func_nargs(const char *name)
{
	const struct btf_type *t = type_of(name, BTF_KIND_FUNC);

	return t ? btf_vlen(btf__type_by_id(btf, t->type)) : -1;
}

bool module_has_func(const char *module, const char *name)
{
	/* Types from a file say nothing of the modules. */
	if (run.btf || !kernel())
		return false;
	if (module != module_asked) {
		btf__free(module_btf);
		module_btf = btf__load_module_btf(module, btf);
		if (libbpf_get_error(module_btf))
			module_btf = NULL;
		module_asked = module;
	}
	return module_btf && btf__find_by_name_kind(module_btf, name, BTF_KIND_FUNC) > 0;
}

bool has_field(const char *struct_name, const char *field)
{
	const struct btf_type *t = type_of(struct_name, BTF_KIND_STRUCT);
	const struct btf_member *m;
	int i;

	for (i = 0, m = t ? btf_members(t) : NULL; t && i < btf_vlen(t); i++, m++) {
		if (!strcmp(btf__name_by_offset(btf, m->name_off), field))
			return true;
	}
	return false;
}

/* The enumerator of this name or, without one, of this value. */
static const struct btf_enum *enumerator(const struct btf_type *t, const char *name, uint32_t value)
{
	const struct btf_enum *e;
	int i;

	for (i = 0, e = t ? btf_enum(t) : NULL; t && i < btf_vlen(t); i++, e++) {
		if (name ? !strcmp(btf__name_by_offset(btf, e->name_off), name)
			 : (uint32_t)e->val == value)
			return e;
	}
	return NULL;
}

/* In any of the enums that have no name themselves. */
static const struct btf_enum *nameless_enumerator(const char *name)
{
	const struct btf_enum *e = NULL;
	const struct btf_type *t;
	__u32 id, count = btf_known() ? btf__type_cnt(btf) : 0;

	for (id = 1; id < count && !e; id++) {
		t = btf__type_by_id(btf, id);
		if (btf_is_enum(t) && !*btf__name_by_offset(btf, t->name_off))
			e = enumerator(t, name, 0);
	}
	return e;
}

bool enum_value(const char *type, const char *name, uint32_t *value)
{
	const struct btf_enum *e = type ? enumerator(type_of(type, BTF_KIND_ENUM), name, 0)
					: nameless_enumerator(name);

	if (e)
		*value = e->val;
	return e;
}

const char *enum_name(const char *type, uint32_t value)
{
	const struct btf_enum *e = enumerator(type_of(type, BTF_KIND_ENUM), NULL, value);

	return e ? btf__name_by_offset(btf, e->name_off) : NULL;
}
