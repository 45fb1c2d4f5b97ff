/* SPDX-License-Identifier: MIT */
#pragma once

/* Exit statuses of minerctl(1). */
enum exit_status {
	CTL_OK = 0,
	CTL_REFUSED = 1, /* the daemon refused, and why was printed; or output was not written */
	CTL_USAGE = 2,
	CTL_NO_DAEMON = 3, /* and what to do was printed */
};
