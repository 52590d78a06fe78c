/* Values in a tool's struct config that let everybody pass. */
#pragma once

#define ANY_UID 0xffffffff              /* as setuid(2) has it, no user's */
