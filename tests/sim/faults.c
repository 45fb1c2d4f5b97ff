/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <errno.h>
#include <string.h>

#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "trace.h"
#include "world_events.h"

enum { FAULTS_ROUGH_MS = 100 /* from then on a disk is slow */ };

static struct {
	unsigned network, files, slow_ms;
	unsigned long count;
} faults;

static const int connect_errors[] = {EACCES,	 EADDRNOTAVAIL, EAGAIN,	     ECONNREFUSED,
				     ECONNRESET, EHOSTUNREACH,	ENETUNREACH, ENOBUFS,
				     ENOMEM,	 EPERM,		ETIMEDOUT,   EINTR};
static const int recv_errors[] = {ECONNREFUSED, ECONNRESET, ENOMEM, ENOBUFS, ETIMEDOUT, EINTR};
static const int send_errors[] = {ECONNRESET, EPIPE, ENOBUFS, ENOMEM, ETIMEDOUT, EACCES};
static const int poll_errors[] = {EINTR, ENOMEM};
static const int read_errors[] = {EINTR, ENOMEM};
static const int open_errors[] = {EACCES, EDQUOT, EINTR, EMFILE, ENFILE,
				  ENOMEM, ENOSPC, EROFS, EIO};
static const int write_errors[] = {EDQUOT, EINTR, EIO, ENOSPC};
static const int fsync_errors[] = {EIO, ENOSPC, EDQUOT, EINVAL};
static const int unlink_errors[] = {EACCES, EBUSY, EIO, ENOMEM, EROFS, EPERM};
static const int rename_errors[] = {EACCES, EBUSY, EDQUOT, EIO, ENOMEM, ENOSPC, EROFS, EPERM};

#define ERRORS(list)                   \
	{                              \
		list, ARRAY_SIZE(list) \
	}

static const struct {
	const int *list;
	size_t n;
} errors[FAKE_OP_KINDS] = {
	[FAKE_CONNECT] = ERRORS(connect_errors), [FAKE_RECV] = ERRORS(recv_errors),
	[FAKE_SEND] = ERRORS(send_errors),	 [FAKE_SEND_NO_CQE] = ERRORS(send_errors),
	[FAKE_POLL] = ERRORS(poll_errors),	 [FAKE_READ] = ERRORS(read_errors),
	[FAKE_OPENAT] = ERRORS(open_errors),	 [FAKE_WRITE] = ERRORS(write_errors),
	[FAKE_FSYNC] = ERRORS(fsync_errors),	 [FAKE_UNLINKAT] = ERRORS(unlink_errors),
	[FAKE_RENAMEAT] = ERRORS(rename_errors),
};

void faults_begin(void)
{
	memset(&faults, 0, sizeof(faults));
}

void faults_network(unsigned one_in)
{
	faults.network = one_in;
}

void faults_files(unsigned one_in)
{
	faults.files = one_in;
}

void faults_slow_disk(unsigned ms)
{
	faults.slow_ms = ms;
}

unsigned long faults_count(void)
{
	return faults.count;
}

static int fault(enum fake_op_kind kind)
{
	unsigned one_in = kind >= FAKE_OPENAT ? faults.files : faults.network;
	int error;

	if (!one_in || kind == FAKE_READ || !chance_one_in(one_in))
		return 0;
	faults.count++;
	error = errors[kind].list[chance_below(errors[kind].n)];
	world_disturbed();
	trace_line("world", "operation %d fails: %s", kind, strerrorname_np(error));
	return -error;
}

bool faults_http(void)
{
	if (!faults.network || !chance_one_in(faults.network))
		return false;
	faults.count++;
	world_disturbed();
	trace_line("world", "a request fails");
	return true;
}

bool faults_rough(void)
{
	return faults.files || faults.slow_ms > FAULTS_ROUGH_MS;
}

static uint64_t delay(enum fake_op_kind kind)
{
	return chance_below((faults.slow_ms + 1) * CLOCK_MS);
}

const struct fake_ring_hooks faults_hooks = {.fault = fault, .delay = delay};
