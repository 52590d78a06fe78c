/* Why something that happened is not in the output. */
#pragma once

enum lost {
	LOST_RING,                      /* no room in the ring buffer */
	LOST_MAP,                       /* no room in a map */
	LOST_TIME,                      /* time ran backwards */
	LOST_RETURN,                    /* a function began and its return was not seen */
	LOST_REASONS,
};
