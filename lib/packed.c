// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "packed.h"
#include "util.h"

void *unpack(const struct packed *p, const char *name, size_t *size)
{
	unsigned char *block, *file;
	z_stream z = {};

	while (p->name && strcmp(p->name, name))
		p++;
	if (!p->name)
		return NULL;
	block = xmalloc(p->block_size);
	z.next_in = (unsigned char *)p->block;
	z.avail_in = p->block_packed;
	z.next_out = block;
	z.avail_out = p->block_size;
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK || inflate(&z, Z_FINISH) != Z_STREAM_END)
		die("this program is damaged: cannot unpack %s", name);
	inflateEnd(&z);
	file = xmalloc(p->size + 1);
	memcpy(file, block + p->at, p->size);
	file[p->size] = 0;
	free(block);
	*size = p->size;
	return file;
}
