/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/work.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/hex.h"
#include "common/hot.h"

/*
 * Which of the job's version bits may be rolled. BIP 310 replaces the masked bits, ckpool ORs and
 * public-pool XORs them: the three agree only where the job has none of them set. Any other job is
 * not rolled at all, and submitted with five params, which all of them accept.
 */
HOT static uint32_t work_mask(const struct work_terms *terms, const struct job *job)
{
	return job->version & terms->version_mask ? 0 : terms->version_mask;
}

HOT static void work_set_mask(struct job *job, const struct work_terms *terms)
{
	job->version_mask = terms->mask_unknown ? 0 : work_mask(terms, job);
}

/* prevhash comes as eight 32-bit words, each with its bytes swapped. */
HOT static bool work_prevhash(uint8_t ret[32], const char *digits)
{
	if (!hex_decode(ret, 32, digits))
		return false;
	for (size_t i = 0; i < 32; i += 4) {
		uint8_t word[4] = {ret[i + 3], ret[i + 2], ret[i + 1], ret[i]};

		memcpy(ret + i, word, 4);
	}
	return true;
}

HOT static const char *work_fill(struct job *job, const struct message_notify *notify,
				 const struct work_terms *terms)
{
	size_t coinb1 = notify->coinb1.size / 2, coinb2 = notify->coinb2.size / 2;
	uint32_t version, nbits, ntime;

	if (!work_prevhash(job->prevhash, notify->prevhash.data))
		return "mining.notify: prevhash must be hexadecimal";
	if (!hex_u32(&version, notify->version.data, notify->version.size) ||
	    !hex_u32(&nbits, notify->nbits.data, notify->nbits.size) ||
	    !hex_u32(&ntime, notify->ntime.data, notify->ntime.size))
		return "mining.notify: version, nbits and ntime must be hexadecimal";
	if (!target_from_nbits(&job->network_target, nbits))
		return "mining.notify: nbits is not a target (negative, zero or too large)";
	for (size_t i = 0; i < notify->n_branches; i++)
		if (!hex_decode(job->branches[i], 32, notify->branches[i].data))
			return "mining.notify: merkle branches must be hexadecimal";
	job->extranonce2_size = terms->extranonce2_size;
	job->extranonce2_offset = coinb1 + terms->extranonce1_size;
	memcpy(job->coinbase + coinb1, terms->extranonce1, terms->extranonce1_size);
	if (!hex_decode(job->coinbase, coinb1, notify->coinb1.data) ||
	    !hex_decode(job->coinbase + job->extranonce2_offset + job->extranonce2_size, coinb2,
			notify->coinb2.data))
		return "mining.notify: the coinbase must be hexadecimal";
	memcpy(job->id, notify->id.data, notify->id.size);
	job->session = terms->session;
	job->clean = notify->clean;
	job->version = version;
	work_set_mask(job, terms);
	job->nbits = nbits;
	job->ntime = ntime;
	job->difficulty = terms->difficulty;
	job->target = terms->target;
	return NULL;
}

HOT int work_from_notify(struct job **ret, const struct message_notify *notify,
			 const struct work_terms *terms, const char **ret_reason)
{
	CLEANUP(job_unrefp) struct job *job = NULL;
	size_t size;

	if (notify->coinb1.size % 2 || notify->coinb2.size % 2) {
		*ret_reason = "mining.notify: a coinbase part has an odd number of digits";
		return WORK_INVALID;
	}
	size = notify->coinb1.size / 2 + terms->extranonce1_size + terms->extranonce2_size +
	       notify->coinb2.size / 2;
	if (size > JOB_COINBASE_MAX) {
		*ret_reason = "mining.notify: the coinbase is longer than 256 KiB";
		return WORK_INVALID;
	}
	job = job_new(terms->stock, size, notify->n_branches);
	if (!job)
		return -ENOMEM;
	*ret_reason = work_fill(job, notify, terms);
	if (*ret_reason)
		return WORK_INVALID;
	*ret = TAKE(job);
	return WORK_OK;
}

void work_set_difficulty(struct work_terms *terms, double difficulty)
{
	terms->difficulty = difficulty;
	target_from_difficulty(&terms->target, difficulty);
}

int work_set_extranonce(struct work_terms *terms, const struct message_text *extranonce1,
			int64_t extranonce2_size, const char **ret_reason)
{
	uint8_t bytes[JOB_EXTRANONCE1_MAX];
	size_t n = extranonce1->size / 2;

	if (extranonce1->size % 2 || n > sizeof(bytes) ||
	    !hex_decode(bytes, n, extranonce1->data)) {
		*ret_reason =
			"extranonce1 must be an even number of hexadecimal digits, at most 64";
		return WORK_INVALID;
	}
	if (extranonce2_size < 1 || extranonce2_size > JOB_EXTRANONCE2_MAX) {
		*ret_reason = "extranonce2_size must be from 1 to 16 bytes";
		return WORK_INVALID;
	}
	memcpy(terms->extranonce1, bytes, n);
	terms->extranonce1_size = n;
	terms->extranonce2_size = (size_t)extranonce2_size;
	return WORK_OK;
}

struct job *work_with_mask(const struct job *job, const struct work_terms *terms)
{
	struct job *copy = job_copy(job);

	if (copy)
		work_set_mask(copy, terms);
	return copy;
}

bool work_says_version(const struct work_terms *terms, const struct share *share)
{
	const struct job *job = share->job;

	return work_mask(terms, job) != 0 || (share->version & job->version_mask) != 0;
}
