#pragma once

#define VERSION "0.1"

/* Of the JSON Lines: rises when a reader of the old ones would go wrong. */
#define SCHEMA 1
