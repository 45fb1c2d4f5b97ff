/* SPDX-License-Identifier: MIT */
#pragma once

/* Signals of a simulated process, in the place of daemon/io/signals.c. */

/* The process gets a signal of signal(7); once it watches for signals. */
void fake_signal(int number);
