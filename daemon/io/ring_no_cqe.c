/* SPDX-License-Identifier: MIT */
#include "io/ring_no_cqe.h"

#include <liburing.h>

#include "common/assert.h"
#include "common/hot.h"

bool ring_no_cqe_supported(unsigned setup_flags, unsigned features)
{
	return (setup_flags & IORING_SETUP_DEFER_TASKRUN) && (features & IORING_FEAT_CQE_SKIP);
}

HOT_SHARE void ring_no_cqe_send(struct ring_no_cqe *sends, struct io_uring_sqe *sqe,
				struct ring_op *op, int fd, const void *buffer, unsigned size)
{
	assert(sends->enabled && !op->no_cqe);
	io_uring_prep_send(sqe, fd, buffer, size, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL);
	io_uring_sqe_set_flags(sqe, IOSQE_CQE_SKIP_SUCCESS);
	op->no_cqe = true;
	op->size = size;
	op->next = sends->ops;
	sends->ops = op;
}

HOT void ring_no_cqe_failed(struct ring_no_cqe *sends, struct ring_op *op)
{
	struct ring_op **where = &sends->ops;

	if (!op->no_cqe)
		return;
	while (*where != op)
		where = &(*where)->next;
	*where = op->next;
	op->no_cqe = false;
}

HOT struct ring_op *ring_no_cqe_take(struct ring_no_cqe *sends, const struct io_uring *uring)
{
	struct ring_op *ops = sends->ops;

	if (ops && (io_uring_sq_ready(uring) || io_uring_cq_ready(uring) ||
		    io_uring_cq_has_overflow(uring)))
		return NULL;
	for (struct ring_op *op = ops; op; op = op->next)
		op->no_cqe = false;
	sends->ops = NULL;
	sends->flush = false;
	return ops;
}
