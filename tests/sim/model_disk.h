/* SPDX-License-Identifier: MIT */
#pragma once

/* The rules for the file of the statistics: on a good disk it lags behind by its interval at most.
 */

/* The daemon starts, with the file that is there. */
void model_disk_begin(void);

/* To be called each few seconds. */
void model_disk_check(void);

/* The daemon has ended in order. */
void model_disk_ended(void);
