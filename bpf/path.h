/* How a path travels from the kernel side to the output: strings, each with its NUL, and an empty
 * one at the end. The first is the name as the caller gave it. If the directory that it is relative
 * to was looked up, the names from that directory up to the root follow, then "/"; without "/" at
 * the end there were too many of them. */
#pragma once

#define PATH_SIZE 4096                  /* the kernel's PATH_MAX */
#define PATH_NAME 256                   /* the longest component and its NUL */
#define PATH_DEPTH 64                   /* components above the name itself */
#define PATH_ROOM (PATH_SIZE + PATH_NAME)
