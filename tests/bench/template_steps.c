/* SPDX-License-Identifier: MIT */
/*
 * What a reply to getblocktemplate of 4,000 transactions, 4 MB of them, costs: the median CPU time
 * of each step in ms, and the most memory that the process had.
 *
 *	template_steps [TRANSACTIONS [BYTES_OF_EACH]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bitcoin/sha256.h"
#include "common/container.h"
#include "common/hex.h"
#include "upstream/node/rpc.h"
#include "upstream/node/template.h"

enum {
	TIMES = 21,
	ENTRY = 512,	 /* bytes of an entry, without its data */
	FRAME = 4096,	 /* of all else */
	FIXED = 62,	 /* bytes of a transaction with an output script of none */
	WITNESS = 4,	 /* and of its marker, flag and witness */
	BYTES_MIN = 400, /* so that a script's length has three bytes */
};

static const char head[] =
	"{\"result\":{\"version\":536870912,\"rules\":[\"csv\",\"!segwit\"],\"previousblockhash\":"
	"\"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206\",\"coinbasevalue\":"
	"312500000,\"mutable\":[\"time\"],\"curtime\":1790000000,\"bits\":\"207fffff\",\"height\":"
	"900000,\"sizelimit\":40000000,\"weightlimit\":40000000,\"transactions\":[";
static const char tail[] = "]},\"error\":null,\"id\":\"minerd\"}\n";

struct steps {
	char *body;
	size_t size;
	uint64_t parse[TIMES], read[TIMES], free[TIMES]; /* ns */
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static char *put_hash(char *at, const char *name, const uint8_t *bytes, size_t n)
{
	uint8_t hash[32], shown[32];

	sha256d(sha256_best()->compress, bytes, n, hash);
	for (unsigned i = 0; i < 32; i++)
		shown[i] = hash[31 - i];
	at += sprintf(at, "\"%s\":\"", name);
	hex_encode(at, shown, 32);
	return stpcpy(at + 64, "\",");
}

/* One with a witness, of so many bytes. */
static char *put_transaction(char *at, unsigned i, size_t size)
{
	uint8_t *stripped = calloc(1, size), *whole = calloc(1, size);
	const size_t n = size - WITNESS, script = n - FIXED;

	if (!stripped || !whole)
		abort();
	stripped[0] = 2;
	stripped[4] = 1; /* input */
	memcpy(stripped + 5, &i, sizeof(i));
	stripped[46] = 1; /* output */
	stripped[55] = 0xfd;
	stripped[56] = script & 0xff;
	stripped[57] = (uint8_t)(script >> 8);
	memset(stripped + 58, 0x6a, script);
	memcpy(whole, stripped, 4);
	whole[5] = 1;
	memcpy(whole + 6, stripped + 4, n - 8);
	whole[n - 2] = 1; /* item, empty */
	at = stpcpy(at, i ? ",{\"data\":\"" : "{\"data\":\"");
	hex_encode(at, whole, size);
	at = stpcpy(at + 2 * size, "\",");
	at = put_hash(at, "txid", stripped, n);
	at = put_hash(at, "hash", whole, size);
	free(stripped);
	free(whole);
	return stpcpy(at, "\"depends\":[],\"fee\":1000,\"sigops\":4,\"weight\":4000}");
}

static void make_body(struct steps *steps, unsigned n, size_t bytes)
{
	char *at = steps->body = malloc(FRAME + n * (2 * bytes + ENTRY));

	if (!at)
		abort();
	at = stpcpy(at, head);
	for (unsigned i = 0; i < n; i++)
		at = put_transaction(at, i, bytes);
	at = stpcpy(at, tail);
	steps->size = (size_t)(at - steps->body);
}

static void run(struct steps *steps, unsigned i)
{
	char reason[TEMPLATE_REASON_MAX] = "";
	struct template *template = NULL;
	struct rpc_reply reply;
	uint64_t times[4];

	times[0] = now();
	rpc_reply_read(&reply, "getblocktemplate", 200, steps->body, steps->size);
	times[1] = now();
	if (reply.outcome == RPC_RESULT)
		template = template_read(reply.result, sha256_best(), reason);
	times[2] = now();
	rpc_reply_deinit(&reply);
	times[3] = now();
	if (!template) {
		fprintf(stderr, "template_steps: %s%s\n", reply.reason, reason);
		exit(1);
	}
	template_unref(template);
	steps->parse[i] = times[1] - times[0];
	steps->read[i] = times[2] - times[1];
	steps->free[i] = times[3] - times[2];
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(const char *what, uint64_t times[TIMES])
{
	const size_t middle = TIMES / 2;

	qsort(times, TIMES, sizeof(*times), compare);
	printf("%-44s %8.2f\n", what, (double)times[middle] / 1e6);
}

int main(int argc, char **argv)
{
	static struct steps steps;
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 4000;
	size_t bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	struct rusage usage;

	if (bytes < BYTES_MIN || bytes > 60000) {
		fputs("template_steps: a transaction has 400 to 60000 bytes\n", stderr);
		return 1;
	}
	make_body(&steps, n, bytes);
	for (unsigned i = 0; i < TIMES; i++)
		run(&steps, i);
	printf("%u transactions, %zu bytes of reply %24s\n", n, steps.size, "ms");
	print("JSON to objects", steps.parse);
	print("objects to a template", steps.read);
	print("objects, freed", steps.free);
	getrusage(RUSAGE_SELF, &usage);
	printf("%-44s %8.1f\n", "most memory, with the reply, MiB", (double)usage.ru_maxrss / 1024);
	free(steps.body);
	return 0;
}
