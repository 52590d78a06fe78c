/* Which name an address was found by: DNS responses, seen as packets on their way through this
 * network namespace, whoever asks. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "address.h"

/* Begins to listen. */
void dns_listen(void);

/* The name of the last question that was answered by this address, NULL if none is known; when the
 * answer came goes to SEEN, in ns since the epoch. Valid until the next call. */
const char *dns_name(const struct address *, uint64_t *seen);

/* How many responses found no room to wait in, since the last call. */
unsigned dns_dropped(void);

/* A packet that begins with its IP header; apart for the tests. It may contain anything. */
void dns_packet(const unsigned char *, size_t size, uint64_t now);
