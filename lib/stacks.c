// SPDX-License-Identifier: GPL-2.0-only
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "flame.h"
#include "json.h"
#include "out.h"
#include "stacks.h"
#include "sym.h"
#include "tool.h"
#include "util.h"

struct stack_style stack_style;
struct stacks_missed stacks_missed;

struct frame {
	uint64_t addr, offset;
	const char *name, *module;
};

struct known_stack {
	uint64_t id;
	int depth;
	bool named;
	struct frame *frames;           /* innermost first */
};

static int by_id(const void *a, const void *b)
{
	const struct known_stack *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Trees of tsearch(). */
static void *stacks, *texts;

/* Names come again and again, so each is kept once. */
static const char *keep_text(const char *s)
{
	const char **found;

	if (!s)
		return NULL;
	found = tsearch(s, &texts, by_text);
	if (!found)
		die("out of memory");
	if (*found == s)
		*found = xstrdup(s);
	return *found;
}

/* What is at ADDR, of which a RETURN address lies behind the call: the last instruction of a
 * function that never returns calls something, and behind it begins another function. PID 0: the
 * kernel. */
static struct frame frame_of(uint32_t pid, uint64_t addr, bool is_return)
{
	uint64_t at = is_return && addr ? addr - 1 : addr;
	struct sym sym = { .offset = at };

	if (pid != STACK_FOREIGN)
		sym = pid ? usym(pid, at) : ksym(at);
	sym.offset += addr - at;
	return (struct frame){ addr, sym.offset, keep_text(sym.name), keep_text(sym.module) };
}

void stack_received(const void *data)
{
	const struct stack *s = data;
	struct known_stack *k, key = { .id = s->id };
	uint32_t i;

	if (tfind(&key, &stacks, by_id))
		return;
	k = xmalloc(sizeof(*k));
	*k = (struct known_stack){ s->id, s->depth };
	k->frames = xmalloc(s->depth * sizeof(*k->frames));
	if (!tsearch(k, &stacks, by_id))
		die("out of memory");
	for (i = 0; i < s->depth; i++) {
		if (s->pid)
			k->frames[i] = frame_of(s->pid, s->ips[i], i);
		else
			k->frames[i] = (struct frame){ .addr = s->ips[i] };
	}
}

/* Whether a kernel frame belongs to the machinery that ran our program, rather than to what it was
 * called for. */
static bool is_machinery(const struct frame *f)
{
	static const char *const begins[] = { "bpf_prog_", "bpf_trace_run", "bpf_trampoline_" };
	size_t i;

	for (i = 0; f->name && i < sizeof(begins) / sizeof(*begins); i++) {
		if (!strncmp(f->name, begins[i], strlen(begins[i])))
			return true;
	}
	return false;
}

/* The stack of this number, NULL if it never came or there is none. Of the kernel's, the names are
 * found here. */
static struct known_stack *find(uint64_t id, bool kernel)
{
	struct known_stack *k, key = { .id = id }, **found;
	int i, skip = 0;

	found = tfind(&key, &stacks, by_id);
	if (!found)
		return NULL;
	k = *found;
	if (!kernel || k->named)
		return k;
	k->named = true;
	for (i = 0; i < k->depth; i++)
		k->frames[i] = frame_of(0, k->frames[i].addr, i);
	while (skip < k->depth && is_machinery(&k->frames[skip]))
		skip++;
	/* 5.10 has the innermost frame twice in programs on tracepoints. */
	if (skip + 1 < k->depth && k->frames[skip].addr == k->frames[skip + 1].addr)
		skip++;
	k->depth -= skip;
	memmove(k->frames, k->frames + skip, k->depth * sizeof(*k->frames));
	return k;
}

static const char *missed_text(bool kernel)
{
	return kernel ? "[Missed Kernel Stack]" : "[Missed User Stack]";
}

/* Whether a part of an entry is to be shown although it is missing. */
static bool is_missed(uint64_t id, const struct known_stack *k)
{
	return id != STACK_NONE && !k;
}

static void count_missed(const struct stack_entry *e, const struct known_stack *kernel,
			 const struct known_stack *user)
{
	stacks_missed.no_room += (e->kernel == STACK_LOST) + (e->user == STACK_LOST);
	stacks_missed.not_received += (e->kernel > STACK_LOST && !kernel) +
				      (e->user > STACK_LOST && !user);
}

static const char *name_of(const struct frame *f)
{
	return f->name ? f->name : "[unknown]";
}

static void text_part(uint64_t id, const struct known_stack *k, bool kernel)
{
	const struct frame *f;

	if (is_missed(id, k))
		say("    %s\n", missed_text(kernel));
	for (f = k ? k->frames : NULL; k && f < k->frames + k->depth; f++) {
		say("    ");
		if (stack_style.addresses)
			say(kernel ? "0x%-16llx " : "0x%016llx ", (unsigned long long)f->addr);
		out_safe(name_of(f), (size_t)-1);
		if (stack_style.located && f->module) {
			say("+0x%llx [", (unsigned long long)f->offset);
			out_safe(f->module, (size_t)-1);
			say("]");
		}
		say("\n");
	}
}

static void text(const struct stack_entry *e, const struct known_stack *kernel,
		 const struct known_stack *user)
{
	text_part(e->kernel, kernel, true);
	if (stack_style.delimited && e->kernel != STACK_NONE && e->user != STACK_NONE)
		say("    --\n");
	text_part(e->user, user, false);
	say("    %-16s ", "-");
	out_safe(e->comm, 16);
	say(" (%u)\n        %llu\n\n", e->pid, (unsigned long long)e->value);
}

static void folded_part(uint64_t id, const struct known_stack *k, bool kernel)
{
	int i;

	if (is_missed(id, k)) {
		out_char(';');
		out_str(missed_text(kernel));
	}
	for (i = k ? k->depth - 1 : -1; i >= 0; i--) {
		out_char(';');
		out_safe(name_of(&k->frames[i]), (size_t)-1);
		if (kernel && stack_style.annotated)
			out_str("_[k]");
	}
}

static void folded(const struct stack_entry *e, const struct known_stack *kernel,
		   const struct known_stack *user)
{
	out_safe(e->comm, 16);
	folded_part(e->user, user, false);
	if (stack_style.delimited && e->kernel != STACK_NONE && e->user != STACK_NONE)
		out_str(";-");
	folded_part(e->kernel, kernel, true);
	say(" %llu\n", (unsigned long long)e->value);
}

static void json_frame(const struct frame *f)
{
	json_open('{');
	json_key("name");
	f->name ? json_string(f->name) : json_null();
	json_key("module");
	f->module ? json_string(f->module) : json_null();
	json_key_unsigned("offset", f->offset);
	json_close('}');
}

static void json_part(const char *key, const struct known_stack *k)
{
	int i;

	json_key(key);
	json_open('[');
	for (i = 0; k && i < k->depth; i++)
		json_frame(&k->frames[i]);
	json_close(']');
}

static void json(const struct stack_entry *e, const struct known_stack *kernel,
		 const struct known_stack *user)
{
	json_begin("stack", clock_wall_ns());
	json_key_unsigned("pid", e->pid);
	json_key("comm");
	json_chars(e->comm, 16);
	json_key_unsigned(run.tool->stacks, e->value);
	json_part("kernel", kernel);
	json_part("user", user);
	json_end();
}

void stack_frames(const char *key, uint32_t pid, const __u64 *addrs, int n)
{
	struct frame f;
	int i;

	if (run.json) {
		json_key(key);
		json_open('[');
	}
	for (i = 0; i < n && addrs[i]; i++) {
		f = frame_of(pid, addrs[i], true);
		if (run.json) {
			json_frame(&f);
			continue;
		}
		say("        ");
		out_safe(name_of(&f), (size_t)-1);
		say("+0x%llx [", (unsigned long long)f.offset);
		out_safe(f.module ? f.module : "unknown", (size_t)-1);
		say("]\n");
	}
	if (run.json)
		json_close(']');
}

void stack_print(const struct stack_entry *e)
{
	const struct known_stack *kernel = find(e->kernel, true), *user = find(e->user, false);

	count_missed(e, kernel, user);
	rows++;
	(run.json ? json : stack_style.folded ? folded : text)(e, kernel, user);
}

static int draw_part(struct flame_frame *to, uint64_t id, const struct known_stack *k, bool kernel)
{
	enum flame_kind kind = kernel ? FLAME_KERNEL : FLAME_USER;
	int i, n = 0;

	if (is_missed(id, k))
		to[n++] = (struct flame_frame){ missed_text(kernel), FLAME_OTHER };
	for (i = k ? k->depth - 1 : -1; i >= 0; i--)
		to[n++] = (struct flame_frame){ name_of(&k->frames[i]), kind };
	return n;
}

void stack_draw(const struct stack_entry *e)
{
	struct flame_frame frames[2 * STACK_DEPTH + 1];
	char comm[17];
	int n = 1;

	snprintf(comm, sizeof(comm), "%s", e->comm);
	frames[0] = (struct flame_frame){ comm, FLAME_PROCESS };
	n += draw_part(frames + n, e->user, find(e->user, false), false);
	n += draw_part(frames + n, e->kernel, find(e->kernel, true), true);
	flame_add(frames, n, e->value);
}

void stacks_warn(void)
{
	unsigned long long n = stacks_missed.no_room + stacks_missed.not_received;

	if (n)
		warn("WARNING: %llu stack traces could not be displayed.%s", n,
		     stacks_missed.no_room ? " Consider increasing --stack-storage-size." : "");
}
