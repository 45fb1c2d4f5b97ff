/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The configuration file, minerd.conf(5), as a struct: read with libconfig, checked whole, and from
 * then on plain values. (The prefix is conf_, as libconfig has config_ for itself.) Any one thread.
 */
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CONF_POOLS_MAX = 16,
	CONF_WORKERS_MAX = 64, /* worker pools */
	CONF_THREADS_MAX = 8,  /* threads_per_core */
	CONF_ERRORS_MAX = 64,  /* mistakes told at once */
	CONF_HOST_MAX = 255,
	CONF_TEXT_MAX = 255, /* characters of user, password, name, user agent */
	CONF_PPM = 1000000,  /* 100 percent: four decimals are exact */
};

#define CONF_DEFAULT_FILE   "/etc/minerd/minerd.conf"
#define CONF_DEFAULT_SOCKET "/run/minerd/control.sock"
#define CONF_DEFAULT_STATE  "/var/lib/minerd"

/* What the coinbase of a pool's jobs has to pay to whom. */
struct conf_payout {
	char *address;	      /* NULL: nobody looks at the coinbase */
	unsigned minimum_ppm; /* of all that it pays, 1 .. CONF_PPM */
	bool enforce;	      /* leave the pool; else a warning is all */
};

enum conf_transport { CONF_TRANSPORT_TCP, CONF_TRANSPORT_TLS };

/* A SOCKS5 proxy (RFC 1928) that a pool is reached through. */
struct conf_proxy {
	char host[CONF_HOST_MAX + 1]; /* "": none */
	unsigned port;
	char user[CONF_TEXT_MAX + 1];	  /* "": it asks for none */
	char password[CONF_TEXT_MAX + 1]; /* a secret: neither logged nor shown */
};

/* One upstream server. Texts are owned, never NULL unless said so. */
struct conf_pool {
	enum conf_transport transport;
	char *url;  /* as written */
	char *host; /* name or address, an IPv6 literal without brackets */
	unsigned port;
	char *name; /* unique among the pools */
	char *user;
	char *password;
	char *user_agent;	   /* default "minerd/VERSION" */
	double suggest_difficulty; /* 0: do not suggest */
	double share_interval;	   /* s; 0: none. Suggests what the hash rate makes of it */
	bool version_rolling;
	bool extranonce_subscribe; /* send mining.extranonce.subscribe */
	bool session_resume;	   /* ask to go on with a login that was lost */
	char *tls_ca;  /* path or NULL: the system's store */
	char *tls_pin; /* "sha256//BASE64" or NULL */
	bool tls_verify;
	struct conf_proxy proxy;
	struct conf_payout payout;
	unsigned line; /* of the file, for messages */
};

struct conf_workers {
	cpu_set_t cpus;
	char *kernel;		   /* "auto" or a kernel's name */
	double hashrate_limit;	   /* H/s of all its workers together, 0: none */
	unsigned cpu_limit;	   /* percent of each CPU's time, 1 .. 100 */
	unsigned threads_per_core; /* workers on a core at the most; 0: as measured */
	unsigned line;		   /* 0: the file has no workers, these are the default */
};

enum conf_priority { CONF_PRIORITY_IDLE, CONF_PRIORITY_BATCH, CONF_PRIORITY_NORMAL };

/* Seconds, but for the two counts. */
struct conf_failover {
	unsigned standby; /* pools kept connected below the active one */
	unsigned failback_after;
	unsigned connect_timeout;
	unsigned proxy_timeout; /* for what a proxy takes to connect */
	unsigned tls_timeout;
	unsigned handshake_timeout; /* for each reply up to authorised */
	unsigned job_timeout;
	unsigned reply_timeout; /* for a share's */
	unsigned tcp_timeout;	/* that sent bytes may stay unacknowledged; 0: the system's */
	unsigned keepalive;	/* of silence before TCP probes the peer; 0: never */
	unsigned max_rejects;	/* in a row */
	unsigned backoff_max;
};

struct conf {
	char *file;
	struct conf_pool pools[CONF_POOLS_MAX];
	size_t n_pools;
	struct conf_workers workers[CONF_WORKERS_MAX];
	size_t n_workers;
	struct conf_failover failover;
	enum conf_priority priority;
	char *control_socket;
	char *state_directory;	  /* NULL: not said */
	unsigned state_interval;  /* s between two writes of counters */
	int log_level;		  /* enum log_level */
	unsigned report_interval; /* s, 0: no report lines */
};

#define CONF_NULL ((struct conf){})

/* All mistakes of a file: each "FILE:LINE: what is wrong and what would be right". */
struct conf_errors {
	char *text[CONF_ERRORS_MAX];
	size_t n;
	size_t omitted; /* beyond CONF_ERRORS_MAX */
};

#define CONF_ERRORS_NULL ((struct conf_errors){})

enum conf_result { CONF_OK, CONF_INVALID };

/* What the daemon knows of values that mean nothing to this room. */
struct conf_known {
	const char *const *kernel_names; /* NULL-terminated; "auto" is right besides */
	/* NULL, or what is wrong with a Bitcoin address, as the end of a sentence. */
	const char *(*address_wrong)(const char *text);
};

/*
 * Reads file into ret. CONF_INVALID: errors says everything that is wrong (a file that cannot be
 * opened too), ret is untouched. Negative errno: this machine failed.
 */
int conf_load(struct conf *ret, const char *file, const struct conf_known *known,
	      struct conf_errors *errors);

void conf_deinit(struct conf *conf);
void conf_errors_deinit(struct conf_errors *errors);

/* Whether a pool's settings are the same, so that a reload may leave its connection alone. */
bool conf_pool_equal(const struct conf_pool *a, const struct conf_pool *b);
