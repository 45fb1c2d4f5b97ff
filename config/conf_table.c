/* SPDX-License-Identifier: MIT */
#include <sys/un.h>

#include "common/container.h"
#include "common/log.h"
#include "config/conf_checks.h"
#include "config/conf_keys.h"
#include "config/conf_proxy.h"
#include "config/conf_types.h"
#include "config/conf_url.h"

enum {
	CONF_SECONDS_MAX = 24 * 60 * 60,
	CONF_KEEPALIVE_MAX = 32767, /* what TCP_KEEPIDLE takes, tcp(7) */
	CONF_REJECTS_MAX = 1000000,
	CONF_COINBASE_TEXT_MAX = 80, /* bytes */
	CONF_TEMPLATE_S_MAX = 3600,
	CONF_SOCKET_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1,
};

static const struct conf_choice conf_priorities[] = {
	{"idle", CONF_PRIORITY_IDLE},
	{"batch", CONF_PRIORITY_BATCH},
	{"normal", CONF_PRIORITY_NORMAL},
	{},
};

static const struct conf_choice conf_levels[] = {
	{"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING}, {"notice", LOG_LEVEL_NOTICE},
	{"info", LOG_LEVEL_INFO},   {"debug", LOG_LEVEL_DEBUG},	    {},
};

static const struct conf_choice conf_actions[] = {{"warn", false}, {"enforce", true}, {}};

/* The group and the name of a key, and the struct member of its value. */
#define KEY(in, name_, structure, member)                                             \
	.group = (in), .name = (name_), .offset = offsetof(struct structure, member), \
	.size = sizeof(((struct structure *)0)->member)
#define ROOT(name, member)    KEY(CONF_GROUP_ROOT, name, conf, member)
#define POOL(member)	      KEY(CONF_GROUP_POOL, #member, conf_pool, member)
#define PAYOUT(name, member)  KEY(CONF_GROUP_PAYOUT, name, conf_pool, payout.member)
#define WORKERS(member)	      KEY(CONF_GROUP_WORKERS, #member, conf_workers, member)
#define STOP_AFTER(member)    KEY(CONF_GROUP_STOP_AFTER, #member, conf, stop_after.member)
#define FAILOVER(member)      KEY(CONF_GROUP_FAILOVER, #member, conf, failover.member)
#define CONTROL(name, member) KEY(CONF_GROUP_CONTROL, name, conf, member)
#define STATE(name, member)   KEY(CONF_GROUP_STATE, name, conf, member)
#define LOG(name, member)     KEY(CONF_GROUP_LOG, name, conf, member)

/* Its type, range and default. */
#define OF(type_, least, most, default_) \
	.type = &conf_type_##type_, .min = (least), .max = (most), .fallback = (default_)
#define BOOL(default_)		      OF(bool, 0, 1, default_)
#define COUNT(least, most, default_)  OF(count, least, most, default_)
#define NUMBER(least, most, default_) OF(number, least, most, default_)
#define STRING(most, default_)	      OF(string, 1, most, default_)
#define CHOICE(list, default_)	      OF(choice, 0, 0, default_), .choices = (list)
#define GROUP(keys)		      OF(group, 0, 0, NULL), .holds = (keys)

/* What a change of it needs. */
#define LIVE	    .change = CONF_CHANGE_LIVE
#define CONNECTION  .change = CONF_CHANGE_CONNECTION
#define NEW_THREADS .change = CONF_CHANGE_WORKERS
#define RESTART	    .change = CONF_CHANGE_RESTART

/* The pools that it is for. */
#define STRATUM .kind = CONF_KIND_STRATUM
#define NODE	.kind = CONF_KIND_NODE
#define TLS	.kind = CONF_KIND_TLS

const struct conf_key conf_keys[] = {
	{ROOT("pools", pools), OF(pools, 1, CONF_POOLS_MAX, NULL), LIVE, .holds = CONF_GROUP_POOL,
	 .needed = "there is no pool; write pools = ( { url = \"stratum+tcp://HOST:PORT\"; "
		   "user = \"..\"; } );"},
	{ROOT("workers", workers), OF(workers, 0, CONF_WORKERS_MAX, NULL), NEW_THREADS,
	 .holds = CONF_GROUP_WORKERS},
	{ROOT("failover", failover), GROUP(CONF_GROUP_FAILOVER)},
	{ROOT("stop_after", stop_after), GROUP(CONF_GROUP_STOP_AFTER)},
	{ROOT("priority", priority), CHOICE(conf_priorities, "idle"), NEW_THREADS},
	{ROOT("control", control_socket), GROUP(CONF_GROUP_CONTROL)},
	{ROOT("state", state_directory), GROUP(CONF_GROUP_STATE)},
	{ROOT("log", log_level), GROUP(CONF_GROUP_LOG)},

	{POOL(url), OF(url, 1, CONF_URL_MAX, NULL), CONNECTION,
	 .needed = "the pool has no url; write url = \"stratum+tcp://HOST:PORT\";"},
	{POOL(user), STRING(CONF_TEXT_MAX, NULL), CONNECTION, .unless = "cookie_file",
	 .needed = "the pool has no user; write user = \"..\"; with what the pool asks for, most "
		   "often ADDRESS.WORKER; for a node, write cookie_file = \"..\"; instead"},
	{POOL(password), OF(string, 0, CONF_TEXT_MAX, "x"), CONNECTION},
	{KEY(CONF_GROUP_POOL, "password_file", conf_pool, password),
	 OF(password_file, 1, CONF_PATH_MAX, NULL), CONNECTION},
	{POOL(cookie_file), STRING(CONF_PATH_MAX, NULL), CONNECTION, NODE,
	 .check = conf_check_cookie},
	{POOL(name), STRING(CONF_TEXT_MAX, NULL), LIVE},
	{POOL(user_agent), STRING(CONF_TEXT_MAX, "minerd/" MINERD_VERSION), CONNECTION},
	/* The maximum is above that of any pool, so that a typing error is found. */
	{POOL(suggest_difficulty), NUMBER(0, 1e15, "0"), LIVE},
	{POOL(share_interval), NUMBER(0, CONF_SECONDS_MAX, "0"), LIVE},
	{POOL(version_rolling), BOOL("true"), CONNECTION},
	{POOL(extranonce_subscribe), BOOL("true"), CONNECTION, STRATUM},
	{POOL(session_resume), BOOL("true"), CONNECTION, STRATUM},
	{POOL(coinbase_text), OF(string, 0, CONF_COINBASE_TEXT_MAX, ""), CONNECTION, NODE},
	{POOL(template_interval), COUNT(1, CONF_TEMPLATE_S_MAX, "30"), LIVE, NODE},
	{POOL(tls_ca), OF(certificates, 1, CONF_PATH_MAX, NULL), CONNECTION, TLS},
	{POOL(tls_pin), STRING(CONF_TEXT_MAX, NULL), CONNECTION, TLS, .check = conf_check_pin},
	{POOL(tls_verify), BOOL("true"), CONNECTION, TLS},
	{POOL(proxy), OF(proxy, 1, CONF_PROXY_MAX, NULL), CONNECTION},
	{POOL(payout), GROUP(CONF_GROUP_PAYOUT)},

	{PAYOUT("address", address), STRING(CONF_TEXT_MAX, NULL), LIVE, .check = conf_check_address,
	 .needed = "payout has no address; write payout = { address = \"..\"; } with the one that "
		   "the coinbase has to pay"},
	{PAYOUT("minimum_percent", minimum_ppm), OF(percent, 0.0001, 100, "98"), LIVE, STRATUM},
	{PAYOUT("action", enforce), OF(switch, 0, 0, "warn"), .choices = conf_actions, LIVE,
	 STRATUM},

	{WORKERS(cpus), OF(cpus, 1, CONF_TEXT_MAX, NULL), NEW_THREADS},
	{WORKERS(kernel), STRING(CONF_TEXT_MAX, "auto"), NEW_THREADS, .check = conf_check_kernel},
	{WORKERS(threads_per_core), COUNT(1, CONF_THREADS_MAX, NULL), NEW_THREADS},
	{WORKERS(hashrate_limit), NUMBER(0, CONF_HASHRATE_MAX, "0"), LIVE},
	{WORKERS(cpu_limit), COUNT(1, CONF_CPU_LIMIT_MAX, "100"), LIVE},

	{FAILOVER(standby), COUNT(0, CONF_POOLS_MAX - 1, "1"), LIVE},
	{FAILOVER(failback_after), COUNT(0, CONF_SECONDS_MAX, "120"), LIVE},
	{FAILOVER(connect_timeout), COUNT(1, CONF_SECONDS_MAX, "10"), LIVE},
	{FAILOVER(proxy_timeout), COUNT(1, CONF_SECONDS_MAX, "60"), LIVE},
	{FAILOVER(tls_timeout), COUNT(1, CONF_SECONDS_MAX, "10"), LIVE},
	{FAILOVER(handshake_timeout), COUNT(1, CONF_SECONDS_MAX, "30"), LIVE},
	{FAILOVER(job_timeout), COUNT(1, CONF_SECONDS_MAX, "120"), LIVE},
	{FAILOVER(reply_timeout), COUNT(1, CONF_SECONDS_MAX, "30"), LIVE},
	{FAILOVER(tcp_timeout), COUNT(0, CONF_SECONDS_MAX, "30"), LIVE},
	{FAILOVER(keepalive), COUNT(0, CONF_KEEPALIVE_MAX, "30"), LIVE},
	{FAILOVER(max_rejects), COUNT(1, CONF_REJECTS_MAX, "20"), LIVE},
	{FAILOVER(backoff_max), COUNT(1, CONF_SECONDS_MAX, "60"), LIVE},

	{STOP_AFTER(blocks), COUNT(0, CONF_STOP_AFTER_MAX, "0"), LIVE},
	{STOP_AFTER(shares), COUNT(0, CONF_STOP_AFTER_MAX, "0"), LIVE},
	{STOP_AFTER(seconds), COUNT(0, CONF_STOP_AFTER_MAX, "0"), LIVE},

	{CONTROL("socket", control_socket), STRING(CONF_SOCKET_MAX, CONF_DEFAULT_SOCKET), RESTART,
	 .check = conf_check_absolute},
	{STATE("directory", state_directory), STRING(CONF_PATH_MAX, NULL), RESTART,
	 .check = conf_check_directory},
	{STATE("interval", state_interval), COUNT(0, CONF_SECONDS_MAX, "60"), LIVE},
	{LOG("level", log_level), CHOICE(conf_levels, "info"), LIVE},
	{LOG("report_interval", report_interval), COUNT(0, CONF_SECONDS_MAX, "60"), LIVE},
};

const size_t conf_n_keys = ARRAY_SIZE(conf_keys);

_Static_assert(ARRAY_SIZE(conf_keys) <= CONF_KEYS_MAX, "struct conf_found has no room for them");
