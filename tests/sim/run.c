/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "crash.h"
#include "fake_control.h"
#include "fake_disk.h"
#include "fake_helper.h"
#include "fake_inside.h"
#include "fake_resolve.h"
#include "fake_ring.h"
#include "fake_signals.h"
#include "fake_worker.h"
#include "faults.h"
#include "load.h"
#include "memory.h"
#include "model.h"
#include "scenario.h"
#include "trace.h"
#include "violation.h"
#include "world.h"
#include "world_events.h"

enum {
	RUN_CHECK_S = 10,
	RUN_ARMED = 4,	/* operations at the end */
	RUN_STOP_S = 3, /* that the daemon waits for a disk */
	RUN_STATUS_S = 1800,
	RUN_CALM_S = 5400, /* of the end, in which nothing is done to anybody */
	RUN_STILL_S = 20,  /* of CPU time, at one instant of the simulated clock */
};

static void on_log(enum log_level level, const char *text, const struct log_field *fields)
{
	trace_line("daemon", "%s", text);
	model_logged((int)level, text);
}

static uint64_t worker_delay(void)
{
	if (world.slow_workers)
		return chance_below(WORLD_SLOW_S * CLOCK_S);
	return chance_one_in(50) ? chance_below(20 * CLOCK_MS) : chance_below(50 * CLOCK_US);
}

static uint64_t helper_delay(void)
{
	return chance_below(chance_one_in(10) ? 5 * CLOCK_S : 50 * CLOCK_MS);
}

static const struct fake_worker_settings workers = {
	.hashrate = 0.03,
	.nonces = 2,
	.versions = 2,
	.delay = worker_delay,
	.hashed = model_hashed,
	.found = model_found,
};

static void on_check(struct fake_event *event)
{
	if (!world.daemon->stopping)
		model_check();
	if (clock_now() / CLOCK_S / RUN_CHECK_S % (RUN_STATUS_S / RUN_CHECK_S) == 0)
		clients_look(&world.clients);
	fake_event_set(event, clock_now() + RUN_CHECK_S * CLOCK_S);
}

static void on_end(struct fake_event *event)
{
	world_stop();
}

/* Whoever loops in a call, or calls itself without end, does not let the clock go on. */
static void on_cpu_time(int signo)
{
	static uint64_t last;
	/* NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c): it reads one variable */
	uint64_t now = clock_now();

	/* NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c): the process is over anyway */
	VIOLATION_IF(now == last, "the clock stands still");
	last = now;
}

static void watch_clock(void)
{
	const struct itimerval each = {{RUN_STILL_S, 0}, {RUN_STILL_S, 0}};

	signal(SIGVTALRM, on_cpu_time);
	setitimer(ITIMER_VIRTUAL, &each, NULL);
}

/* Nothing waits any more but the end itself, and what listens as long as the process is there. */
static void check_end(const struct minerd *daemon)
{
	unsigned timers = 0;

	for (const struct ring_timer *timer = daemon->ring.timers; timer; timer = timer->next)
		timers += timer != &daemon->stop_timer;
	VIOLATION_IF(timers, "%u timers are armed at the end", timers);
	/* For a disk that takes longer nobody waits. */
	VIOLATION_IF(fake_ring_armed() > RUN_ARMED &&
			     clock_now() < daemon->stop_ns + RUN_STOP_S * CLOCK_S,
		     "%zu operations are armed at the end", fake_ring_armed());
}

/* One life of the daemon, from start to SIGTERM. */
static void live(void)
{
	struct minerd *daemon = calloc(1, sizeof(*daemon));
	struct conf conf = CONF_NULL;
	struct conf_messages messages = CONF_MESSAGES_NULL;
	char callers[CRASH_TEXT_MAX];
	int r;

	settings_write(&world.settings, world.servers);
	world.in_force = world.settings;
	r = load_conf(&conf, "/etc/minerd/minerd.conf", NULL, &messages);
	if (r != CONF_OK)
		violation("the configuration is refused: %s",
			  messages.n ? messages.list[0].text : "?");
	conf_messages_deinit(&messages);
	world.daemon = daemon;
	world.changed_ns = world.started_ns = clock_now();
	world.killed = world.stopped = false;
	model_started();
	memory_begin();
	memory_enter();
	r = minerd_init(daemon, &conf);
	memory_leave();
	VIOLATION_IF(r, "the daemon does not start: exit status %d", r);
	fake_event_set(&world.check, clock_now() + RUN_CHECK_S * CLOCK_S);
	r = minerd_run(daemon);
	VIOLATION_IF(r, "the daemon ends with status %d", r);
	fake_event_clear(&world.check);
	model_ended();
	if (!world.killed)
		check_end(daemon);
	world.daemon = NULL;
	minerd_deinit(daemon);
	free(daemon);
	VIOLATION_IF(fake_http_busy(), "%zu calls of nodes are left", fake_http_busy());
	if (memory_count()) {
		memory_name_callers(callers);
		violation("%zu allocations are left, whose callers are named by: %s",
			  memory_count(), callers);
	}
	VIOLATION_IF(fake_worker_count(), "%u workers are left", fake_worker_count());
	VIOLATION_IF(fake_disk_open_count(), "%zu files are open", fake_disk_open_count());
}

/* A request for one of the nodes. */
static void serve(void *context, const struct fake_http_post *post, struct fake_http_answer *ret)
{
	for (unsigned i = 0; i < world.n_servers; i++) {
		struct bitcoind *node = world.servers[i].node;

		if (!node || strcmp(node->url, post->url) != 0)
			continue;
		bitcoind_serve(node, post, ret);
		return;
	}
	violation("a request goes to %s", post->url);
}

/* with_nodes: one or more of them. */
static void begin_servers(bool with_nodes)
{
	for (unsigned i = 0; i < world.n_servers; i++)
		if (with_nodes && (i == 0 || chance_one_in(3)))
			server_begin_node(&world.servers[i], i);
		else
			server_begin(&world.servers[i], i);
}

static void begin(const struct run *run)
{
	world = (struct world){
		.next.fn = world_on_next,
		.check.fn = on_check,
		.end.fn = on_end,
		.seed = run->seed,
		.skip = run->skip,
	};
	chance_seed(run->seed);
	fake_ring_begin(run->seed);
	fake_ring_hook(&faults_hooks);
	fake_inside_hook(memory_enter, memory_leave);
	fake_helper_begin(helper_delay);
	fake_worker_begin(&workers);
	fake_disk_begin();
	faults_begin();
	faults_slow_disk(20);
	trace_begin(run->loud);
	model_begin();
	clients_begin(&world.clients);
	fake_resolve(HABIT_ELSEWHERE, NULL, 0);
	log_set_sink(on_log);
	fake_http_serve(serve, NULL);
	world.n_servers = (unsigned)chance_between(1, 3);
	begin_servers(!run->scenario && chance_one_in(3));
	settings_choose(&world.settings, world.n_servers);
	if (!run->scenario)
		settings_choose_end(&world.settings);
	world.slow_workers = chance_one_in(8);
	world.mean_ns = chance_between(60, 1200) * CLOCK_S;
	world.until_ns = clock_now() + (uint64_t)(run->days * 86400 * 1e9);
	world.calm_ns = world.until_ns - MIN(RUN_CALM_S * CLOCK_S, world.until_ns - clock_now());
	fake_event_set(&world.end, world.until_ns);
	world.scenario = run->scenario;
	if (run->scenario)
		run->scenario->begin();
	else
		fake_event_set(&world.next, clock_now() + chance_pause(world.mean_ns));
}

void run_do(const struct run *run, struct run_result *ret)
{
	size_t size;

	/* Who ends the simulator ends its runs. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	crash_watch();
	begin(run);
	watch_clock();
	while (clock_now() < world.until_ns) {
		live();
		if (chance_one_in(3))
			fake_disk_power_loss();
		VIOLATION_IF(fake_disk_file("state.json.bad", &size),
			     "the file of the last run could not be read");
	}
	if (run->scenario && run->scenario->end)
		run->scenario->end();
	*ret = (struct run_result){
		.faults = world.faults + faults_count(),
		.hashes = model_hashes(),
		.accepted = model_accepted(),
	};
	clients_end(&world.clients);
	for (unsigned i = 0; i < world.n_servers; i++)
		server_end(&world.servers[i]);
	chain_end(&world.chain);
	fake_ring_hook(NULL);
}
