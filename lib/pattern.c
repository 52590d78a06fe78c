// SPDX-License-Identifier: GPL-2.0-only
/* The expression is parsed into a tree, the tree into a program for a machine that follows all ways
 * through it at once, character by character (Thompson's construction). */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "pattern.h"
#include "util.h"

#define STEPS_MAX 2000                  /* of a program; expressions of a sane size have 100 */
#define LENGTH_MAX 1000                 /* of an expression */
#define WORK_MAX 100000                 /* nodes visited to compile one */
#define DEPTH_MAX 50                    /* of parentheses */
#define REPEAT_MAX 255

enum op { CHAR, ANY, SET, BEGIN, END, WORD_EDGE, NO_WORD_EDGE, SPLIT, JUMP, MATCH,
	  /* in the tree only: */
	  EMPTY, BOTH, EITHER, REPEAT };

struct set {
	uint32_t bits[8];
};

struct node {
	enum op op;
	unsigned char c;
	struct set set;
	int min, max;                   /* max -1: without end */
	struct node *left, *right;
};

struct step {
	enum op op;
	unsigned char c;
	struct set set;
	int to, or_to;
};

struct pattern {
	int count, work;
	struct step steps[STEPS_MAX];
};

struct parser {
	const char *s;
	int depth;
	bool wrong;
};

static struct node *node(enum op op, struct node *left, struct node *right)
{
	struct node *n = xmalloc(sizeof(*n));

	*n = (struct node){ .op = op, .left = left, .right = right };
	return n;
}

static void node_free(struct node *n)
{
	if (!n)
		return;
	node_free(n->left);
	node_free(n->right);
	free(n);
}

static void set_add(struct set *s, unsigned char c)
{
	s->bits[c / 32] |= 1U << c % 32;
}

static bool set_has(const struct set *s, unsigned char c)
{
	return s->bits[c / 32] >> c % 32 & 1;
}

static bool is_word(int c)
{
	return isalnum(c) || c == '_';
}

/* \d and its like; false if C is no such letter. */
static bool set_class(struct set *s, char c)
{
	bool has;
	int i;

	if (!c || !strchr("dDwWsS", c))
		return false;
	for (i = 0; i < 256; i++) {
		switch (tolower((unsigned char)c)) {
		case 'd': has = isdigit(i); break;
		case 'w': has = is_word(i); break;
		default: has = isspace(i); break;
		}
		if (has == !isupper((unsigned char)c))
			set_add(s, i);
	}
	return true;
}

/* The character after a backslash; -1 if it has no plain meaning. */
static int escaped(char c)
{
	switch (c) {
	case 'n': return '\n';
	case 't': return '\t';
	case 'r': return '\r';
	default: return !c || isalnum((unsigned char)c) ? -1 : (unsigned char)c;
	}
}

/* One character of a bracket expression; -1 if it was a class or an error. */
static int set_char(struct parser *p, struct set *s)
{
	int c;

	if (*p->s != '\\')
		return (unsigned char)*p->s++;
	p->s++;
	if (set_class(s, *p->s)) {
		p->s++;
		return -1;
	}
	c = escaped(*p->s);
	p->wrong |= c < 0;
	p->s += c >= 0;
	return c;
}

static struct node *parse_set(struct parser *p)
{
	struct node *n = node(SET, NULL, NULL);
	bool negated = *p->s == '^', first = true;
	int from, to, i;

	p->s += negated;
	for (; *p->s && (*p->s != ']' || first) && !p->wrong; first = false) {
		from = to = set_char(p, &n->set);
		if (from < 0)
			continue;
		if (*p->s == '-' && p->s[1] && p->s[1] != ']') {
			p->s++;
			to = set_char(p, &n->set);
		}
		p->wrong |= to < from;
		for (i = from; i <= to; i++)
			set_add(&n->set, i);
	}
	p->wrong |= *p->s != ']';
	p->s += *p->s == ']';
	for (i = 0; negated && i < 8; i++)
		n->set.bits[i] = ~n->set.bits[i];
	return n;
}

static struct node *parse_either(struct parser *p);

static struct node *parse_escape(struct parser *p)
{
	struct node *n;
	int c;

	if (*p->s == 'b' || *p->s == 'B')
		return node(*p->s++ == 'b' ? WORD_EDGE : NO_WORD_EDGE, NULL, NULL);
	n = node(SET, NULL, NULL);
	if (set_class(&n->set, *p->s)) {
		p->s++;
		return n;
	}
	c = escaped(*p->s);
	p->wrong |= c < 0;
	p->s += c >= 0;
	n->op = CHAR;
	n->c = c;
	return n;
}

static struct node *parse_one(struct parser *p)
{
	struct node *n;

	switch (*p->s++) {
	case '.':
		return node(ANY, NULL, NULL);
	case '^':
		return node(BEGIN, NULL, NULL);
	case '$':
		return node(END, NULL, NULL);
	case '[':
		return parse_set(p);
	case '\\':
		return parse_escape(p);
	case '(':
		if (!strncmp(p->s, "?:", 2))
			p->s += 2;
		p->wrong |= ++p->depth > DEPTH_MAX;
		n = p->wrong ? node(EMPTY, NULL, NULL) : parse_either(p);
		p->depth--;
		p->wrong |= *p->s != ')';
		p->s += *p->s == ')';
		return n;
	case '*': case '+': case '?':
		p->wrong = true;
		return node(EMPTY, NULL, NULL);
	default:
		n = node(CHAR, NULL, NULL);
		n->c = p->s[-1];
		return n;
	}
}

/* Digits, whose value stops short of an overflow; not strtol(), which takes blanks and signs
 * too. */
static int bound(const char **s)
{
	int n = 0;

	for (; isdigit((unsigned char)**s); ++*s)
		n = n > REPEAT_MAX ? n : n * 10 + **s - '0';
	return n;
}

/* {m}, {m,}, {,n} or {m,n}; anything else stands for itself, as in Python. */
static bool parse_braces(struct parser *p, int *min, int *max)
{
	const char *s = p->s + 1, *from = s;

	*min = *max = bound(&s);
	if (s == from && *s != ',')
		return false;
	if (*s == ',') {
		from = ++s;
		*max = bound(&s);
		if (s == from)
			*max = -1;
	}
	if (*s != '}')
		return false;
	p->s = s + 1;
	p->wrong |= *min > REPEAT_MAX || *max > REPEAT_MAX || (*max >= 0 && *max < *min);
	return true;
}

static struct node *parse_repeat(struct parser *p)
{
	struct node *n = parse_one(p), *r;
	int min, max;

	while (*p->s && !p->wrong) {
		if (*p->s == '*' || *p->s == '+' || *p->s == '?') {
			min = *p->s == '+';
			max = *p->s == '?' ? 1 : -1;
			p->s++;
		} else if (*p->s != '{' || !parse_braces(p, &min, &max)) {
			break;
		}
		/* A lazy one matches the same texts. */
		p->s += *p->s == '?';
		r = node(REPEAT, n, NULL);
		r->min = min;
		r->max = max;
		n = r;
	}
	return n;
}

static struct node *parse_both(struct parser *p)
{
	struct node *n = node(EMPTY, NULL, NULL);

	while (*p->s && *p->s != '|' && *p->s != ')' && !p->wrong)
		n = node(BOTH, n, parse_repeat(p));
	return n;
}

static struct node *parse_either(struct parser *p)
{
	struct node *n = parse_both(p);

	while (*p->s == '|' && !p->wrong) {
		p->s++;
		n = node(EITHER, n, parse_both(p));
	}
	return n;
}

static int emit(struct pattern *p, enum op op)
{
	if (p->count == STEPS_MAX)
		return -1;
	p->steps[p->count] = (struct step){ .op = op };
	return p->count++;
}

static bool compile(struct pattern *p, const struct node *n);

static bool compile_repeat(struct pattern *p, const struct node *n)
{
	int i, split, jump;

	for (i = 0; i < n->min; i++) {
		if (!compile(p, n->left))
			return false;
	}
	for (; n->max < 0 || i < n->max; i++) {
		split = emit(p, SPLIT);
		if (split < 0 || !compile(p, n->left))
			return false;
		p->steps[split].to = split + 1;
		if (n->max >= 0) {
			p->steps[split].or_to = p->count;
			continue;
		}
		jump = emit(p, JUMP);
		if (jump < 0)
			return false;
		p->steps[jump].to = split;
		p->steps[split].or_to = p->count;
		break;
	}
	return true;
}

static bool compile(struct pattern *p, const struct node *n)
{
	int step, jump;

	/* Repetitions of nothing make no steps, but could go on for ever. */
	if (++p->work > WORK_MAX)
		return false;
	switch (n->op) {
	case EMPTY:
		return true;
	case BOTH:
		return compile(p, n->left) && compile(p, n->right);
	case REPEAT:
		return compile_repeat(p, n);
	case EITHER:
		step = emit(p, SPLIT);
		if (step < 0 || !compile(p, n->left))
			return false;
		jump = emit(p, JUMP);
		if (jump < 0)
			return false;
		p->steps[step].to = step + 1;
		p->steps[step].or_to = p->count;
		if (!compile(p, n->right))
			return false;
		p->steps[jump].to = p->count;
		return true;
	default:
		step = emit(p, n->op);
		if (step < 0)
			return false;
		p->steps[step].c = n->c;
		p->steps[step].set = n->set;
		return true;
	}
}

struct pattern *pattern_parse(const char *text)
{
	struct parser parser = { .s = text };
	struct pattern *p;
	struct node *tree;

	if (strlen(text) > LENGTH_MAX)
		return NULL;
	tree = parse_either(&parser);
	p = xmalloc(sizeof(*p));
	p->count = p->work = 0;
	if (parser.wrong || *parser.s || !compile(p, tree) || emit(p, MATCH) < 0) {
		free(p);
		p = NULL;
	}
	node_free(tree);
	return p;
}

void pattern_free(struct pattern *p)
{
	free(p);
}

/* The steps that are waiting for the next character; GENERATION tells which are in the list. */
struct ways {
	int count, steps[STEPS_MAX];
	uint32_t generation, seen[STEPS_MAX];
};

struct place {
	const char *text, *at;
};

static bool word_edge(const struct place *at)
{
	bool before = at->at > at->text && is_word((unsigned char)at->at[-1]);

	return before != (*at->at && is_word((unsigned char)*at->at));
}

/* Adds a step and all that can be reached from it without a character; true: the end is among
 * them. */
static bool follow(const struct pattern *p, struct ways *w, int step, const struct place *at)
{
	const struct step *s = &p->steps[step];

	if (w->seen[step] == w->generation)
		return false;
	w->seen[step] = w->generation;
	switch (s->op) {
	case MATCH:
		return true;
	case JUMP:
		return follow(p, w, s->to, at);
	case SPLIT:
		return follow(p, w, s->to, at) || follow(p, w, s->or_to, at);
	case BEGIN:
		return at->at == at->text && follow(p, w, step + 1, at);
	case END:
		return !*at->at && follow(p, w, step + 1, at);
	case WORD_EDGE:
		return word_edge(at) && follow(p, w, step + 1, at);
	case NO_WORD_EDGE:
		return !word_edge(at) && follow(p, w, step + 1, at);
	default:
		w->steps[w->count++] = step;
		return false;
	}
}

static bool takes(const struct step *s, unsigned char c)
{
	return s->op == ANY ? c != '\n' : s->op == SET ? set_has(&s->set, c) : s->c == c;
}

bool pattern_in(const struct pattern *p, const char *text)
{
	static struct ways ways[2];
	struct ways *now = &ways[0], *next = &ways[1], *swap;
	struct place at = { text, text };
	int i;

	now->count = 0;
	now->generation++;
	for (;; at.at++) {
		/* A match may begin at any place. */
		if (follow(p, now, 0, &at))
			return true;
		if (!*at.at)
			return false;
		next->count = 0;
		next->generation++;
		at.at++;
		for (i = 0; i < now->count; i++) {
			if (takes(&p->steps[now->steps[i]], at.at[-1]) &&
			    follow(p, next, now->steps[i] + 1, &at))
				return true;
		}
		at.at--;
		swap = now;
		now = next;
		next = swap;
	}
}
