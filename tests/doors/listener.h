/* SPDX-License-Identifier: MIT */
#pragma once

/* Where a test's server listens: listener.c on loopback, fake_socket.c in memory. */

/* A descriptor for socket_accept(). *port 0: any, which is written there. */
int listener_open(unsigned *port);

/* Connections are refused from now on. A poll that is armed ends. */
void listener_close(int fd);
