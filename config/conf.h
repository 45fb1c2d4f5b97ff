/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The configuration file, minerd.conf(5), as a struct of plain values. conf_load() reads it with
 * libconfig and checks all of it. (The prefix is conf_, because libconfig has config_.) Any one
 * thread.
 *
 * A new key takes a field in a struct of this header and a row in conf_table.c; CONTRIBUTING.md
 * lists the rest, and tests/unit/test_conf_keys.c names what is missing.
 */
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

#define CONF_HASHRATE_MAX 1e15 /* H/s */

enum {
	CONF_POOLS_MAX = 16,
	CONF_WORKERS_MAX = 64,	  /* worker groups */
	CONF_THREADS_MAX = 8,	  /* threads_per_core */
	CONF_CPU_LIMIT_MAX = 100, /* percent */
	CONF_MESSAGES_MAX = 64,	  /* messages about one configuration */
	CONF_HOST_MAX = 255,
	CONF_TEXT_MAX = 255,	   /* bytes of user, password, name, user agent */
	CONF_CA_MAX = 1024 * 1024, /* bytes of a file of certificates */
	CONF_CHANGED_MAX = 2048,   /* bytes of a list of all keys that can differ, and its NUL */
	CONF_STOP_AFTER_MAX = 1000000000, /* blocks, shares or s */
	CONF_PPM = 1000000,		  /* 100 percent: four decimals are exact */
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

enum conf_transport {
	CONF_TRANSPORT_TCP,
	CONF_TRANSPORT_TLS,
	CONF_TRANSPORT_HTTP, /* a node: getblocktemplate (BIP 22) */
	CONF_TRANSPORT_HTTPS,
};

/* Whether a url is a node's, and not a Stratum pool's. */
static inline bool conf_is_node(enum conf_transport transport)
{
	return transport == CONF_TRANSPORT_HTTP || transport == CONF_TRANSPORT_HTTPS;
}

/* Whether a connection uses TLS. */
static inline bool conf_has_tls(enum conf_transport transport)
{
	return transport == CONF_TRANSPORT_TLS || transport == CONF_TRANSPORT_HTTPS;
}

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
	char *name;		   /* unique among the pools */
	char *user;		   /* of a node with a cookie_file: "" */
	char *password;		   /* may be "" */
	char *user_agent;	   /* default "minerd/VERSION" */
	double suggest_difficulty; /* 0: do not suggest */
	double share_interval;	   /* s; 0: none. Suggests what the hash rate makes of it */
	bool version_rolling;	   /* send mining.configure (BIP 310) */
	bool extranonce_subscribe; /* send mining.extranonce.subscribe after the login */
	bool session_resume;	   /* ask for the lost session by its subscription id */
	char *tls_ca;		   /* path or NULL: the system's store */
	char *tls_ca_pem; /* what tls_ca held when it was read: PEM certificates; NULL with it */
	char *tls_pin;	  /* "sha256//BASE64" or NULL */
	bool tls_verify;
	struct conf_proxy proxy;
	struct conf_payout payout; /* of a node: whom the coinbase pays, never without an address */
	/* Of a node. */
	char *cookie_file;	    /* path or NULL: user and password */
	char *coinbase_text;	    /* "" for none */
	unsigned template_interval; /* s between templates without a new block */
	/* Of the command line: no key of a file sets them. */
	bool log_shares; /* accepted shares at level info, not debug */
	bool log_lines;	 /* every line that is sent or received */
};

struct conf_workers {
	cpu_set_t cpus;
	char *kernel;		   /* "auto" or a kernel's name */
	double hashrate_limit;	   /* H/s of all its workers together, 0: none */
	unsigned cpu_limit;	   /* percent of each CPU's time, 1 .. 100 */
	unsigned threads_per_core; /* workers on a core at most; 0: as measured */
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

/* Counted from the start of the daemon. It ends with status 0 after the first of these that is
 * reached; 0: never. */
struct conf_stop_after {
	unsigned blocks, shares; /* accepted ones */
	unsigned seconds;
};

struct conf {
	char *file; /* NULL: the command line, see conf_load_lines() */
	struct conf_pool pools[CONF_POOLS_MAX];
	size_t n_pools;
	struct conf_workers workers[CONF_WORKERS_MAX];
	size_t n_workers;
	struct conf_failover failover;
	struct conf_stop_after stop_after;
	enum conf_priority priority;
	char *control_socket;	  /* NULL: none, which only the command line can say */
	char *state_directory;	  /* NULL: not set; "", which only the command line says: none */
	unsigned state_interval;  /* s between two writes of counters */
	int log_level;		  /* enum log_level */
	unsigned report_interval; /* s, 0: no report lines */
};

#define CONF_NULL ((struct conf){})

enum conf_severity {
	CONF_WARNING, /* the configuration is valid */
	CONF_ERROR,
};

struct conf_message {
	enum conf_severity severity;
	unsigned order; /* messages are in the order of lines, included files in their place */
	char *text;	/* "FILE:LINE: what is wrong and what to do", one line of UTF-8; owned */
};

struct conf_messages {
	struct conf_message list[CONF_MESSAGES_MAX];
	size_t n;
	size_t omitted;	 /* beyond CONF_MESSAGES_MAX */
	size_t n_errors; /* those omitted too */
};

#define CONF_MESSAGES_NULL ((struct conf_messages){})

enum conf_result { CONF_OK, CONF_INVALID };

/* Checks of values whose meaning config/ does not know. No member is NULL unless it says so. */
struct conf_known {
	const char *const *kernel_names; /* NULL-terminated; "auto" is valid too */
	/* NULL, or what is wrong with a Bitcoin address, as the end of a sentence. */
	const char *(*address_wrong)(const char *text);
	/* The same for a text that must have certificates in PEM. */
	const char *(*certificates_wrong)(const char *pem);
	/*
	 * NULL, or the user that the service runs as. If this process is root's and the user
	 * exists, conf_load() warns of each file that the user could not read; it forks for that,
	 * so only one thread may run.
	 */
	const char *service_user;
};

/*
 * Reads file, and every file that it names, into ret. It opens regular files only, and so never
 * waits. messages gets all errors and warnings. CONF_INVALID: there is an error (a file that
 * cannot be read is one), and ret is untouched. Negative errno: this machine failed.
 */
int conf_load(struct conf *ret, const char *file, const struct conf_known *known,
	      struct conf_messages *messages);

/* A line of a configuration that an option of the command line makes. Borrowed. */
struct conf_line {
	const char *option; /* for messages, in the place of FILE:LINE: "minerd: --url" */
	const char *text;   /* without its end */
};

enum { CONF_LINES_MAX = 32 };

/* As conf_load(), of n lines in the place of a file: 1 to CONF_LINES_MAX. */
int conf_load_lines(struct conf *ret, const struct conf_line *lines, size_t n,
		    const struct conf_known *known, struct conf_messages *messages);

void conf_deinit(struct conf *conf);
void conf_pool_deinit(struct conf_pool *pool);
void conf_messages_deinit(struct conf_messages *messages);

/* What a changed key needs when the file is reloaded. */
enum conf_change {
	CONF_CHANGE_NONE,	/* (a group: its keys say it) */
	CONF_CHANGE_LIVE,	/* nothing: the new value takes effect at once */
	CONF_CHANGE_CONNECTION, /* a new connection to the pool */
	CONF_CHANGE_WORKERS,	/* new workers */
	CONF_CHANGE_RESTART,	/* a restart of the daemon */
};

enum conf_pool_change {
	CONF_POOL_SAME,
	CONF_POOL_TUNED,    /* the keys that differ are all CONF_CHANGE_LIVE */
	CONF_POOL_REPLACED, /* others differ too */
};

/*
 * Compares the settings of two pools. changed, of size bytes, or NULL: gets the keys that differ,
 * as in "user, payout.address"; CONF_CHANGED_MAX bytes are enough for all.
 */
enum conf_pool_change conf_pool_compare(const struct conf_pool *a, const struct conf_pool *b,
					char *changed, size_t size);

/*
 * Counts the keys outside of pools that differ and whose change needs `change`; changed as above,
 * as in "control.socket". Worker groups are compared by their place in the list.
 */
size_t conf_changed(const struct conf *a, const struct conf *b, enum conf_change change,
		    char *changed, size_t size);
