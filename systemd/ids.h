/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * MESSAGE_ID of the events that minerd.catalog explains: journalctl -x, or MESSAGE_ID=.. to find
 * them. An id never changes its meaning. Beside each: the fields that the text of the catalog
 * needs, to be given with it in LOG_FIELDS({"MESSAGE_ID", ID_STARTED}, ..).
 */

/* MINERD_VERSION, MINERD_WORKERS (how many) */
#define ID_STARTED "28dbef9952dd4afe9f9c9af1d5f21b8b"

#define ID_STOPPING "f3e923cf439345969c23dd979a332f1e"

/* MINERD_POOL (its name), MINERD_URL: logged in and sent work */
#define ID_POOL_CONNECTED "c3fee4bb52bc48fba074343f00ec5362"

/* MINERD_POOL, MINERD_URL, MINERD_REASON, MINERD_RETRY_S (s until the next attempt): it worked */
#define ID_POOL_LOST "417206826585417e8b90aaa278535f5c"

/* MINERD_POOL, MINERD_URL, MINERD_REASON: from now on the workers hash for it */
#define ID_POOL_ACTIVE "1763d3ce9f004a3c829e22c91fa37b92"

/* MINERD_POOL, MINERD_URL; at level debug */
#define ID_POOL_CONNECTING "cf9f940d79ab4043849a4b6674b995da"

/* MINERD_POOL, MINERD_URL: TLS, but anybody's certificate will do */
#define ID_POOL_UNVERIFIED "3f69cc7a97ac46e08ece4dc5be008476"

/* MINERD_POOL, MINERD_URL, MINERD_REASON, MINERD_RETRY_S, MINERD_FAILURES (in a row) */
#define ID_POOL_FAILED "d277b93f9eb548eea6efb32583ef5965"

/* MINERD_POOL, MINERD_URL: it has a job, and another one is mined on */
#define ID_POOL_STANDBY "b2e6639f065048888f736efe23269c94"

/* MINERD_POOL, MINERD_URL, MINERD_BEFORE (the pool that was mined on until now) */
#define ID_POOL_FAILBACK "5823da9880c343c8afcc99d0f62ce6f9"

/* MINERD_POOL, MINERD_URL, MINERD_FAILURES: the end of an outage */
#define ID_POOL_RECOVERED "ac2b66e381934064b7567b59f325c5bb"

/* MINERD_POOL, MINERD_URL, MINERD_REASON (where to), MINERD_RETRY_S */
#define ID_POOL_REDIRECTED "2fe2cd382d094eaf9b981d4f7f7422f8"

/* MINERD_POOL, MINERD_REASON (where to) */
#define ID_POOL_REDIRECT_REFUSED "39edad2ba5424bb9bb661cad0754cddf"

/* MINERD_POOL, MINERD_REASON (what is wrong with the line, and how it begins) */
#define ID_POOL_INVALID_LINE "1c43e5f40d6d459bbbbb302c49ec8fc3"

/* MINERD_POOL, MINERD_URL: with the login of before a break */
#define ID_POOL_RESUMED "aca10c86eb264fcb88bb8d5676c5fa21"

/* MINERD_POOL, MINERD_URL, MINERD_DIFFICULTY; at level debug */
#define ID_POOL_DIFFICULTY "955238786ddc445da44ab24eb308e624"

/* MINERD_POOL, MINERD_URL: not needed now */
#define ID_POOL_LET_GO "59e0bbb66a4749cc8d36aedc23dae90f"

/* MINERD_POOL, MINERD_URL, MINERD_CHANGED (keys): by a reload, and it stays connected */
#define ID_POOL_TUNED "54643027964b4489b1bfb218a87f6fa2"

/* MINERD_POOL, MINERD_URL, MINERD_CHANGED (keys, or empty for a new pool): by a reload */
#define ID_POOL_ADDED "b09781fc8010434293c402074e1315fd"

/* MINERD_POOL, MINERD_URL: by a reload */
#define ID_POOL_REMOVED "fbf3e4e500fc41b182752588151b5ce7"

/* MINERD_POOL, MINERD_URL: by hand */
#define ID_POOL_CHOSEN "e73c50b47594410b9b5e0b4c0094846d"

/* MINERD_POOL, MINERD_HASH (of the block, as explorers show it): the first on its parent */
#define ID_BLOCK_FOUND "9e380582cba448c19752fb1eff36aa14"

/* MINERD_POOL, MINERD_HASH: the first that the pool accepted on its parent */
#define ID_BLOCK_ACCEPTED "6e23d0c916c144fbba81548eed8d58fa"

/* MINERD_POOL, MINERD_HASH, MINERD_REASON: the pool did not confirm it */
#define ID_BLOCK_LOST "38df8a9b53a544349d78b4188d31cb2d"

/* MINERD_POOL, MINERD_HASH, MINERD_DIFFICULTY: better than any share kept before */
#define ID_BEST_SHARE "b8d0a539838f42e2ae4649fb59ca6d84"

/* MINERD_FILE, MINERD_REASON: what was kept over restarts */
#define ID_STATE_UNREADABLE "765c5029ddea47e3b79f1f4f36221ca1"

/* MINERD_FILE, MINERD_REASON */
#define ID_STATE_UNWRITABLE "c0819d82df2149289b05f29476004aac"

/* MINERD_POOL, MINERD_REASON */
#define ID_SHARE_REJECTED "497a6f98df6e4094a2ea5c96c749fd01"

/* MINERD_POOL, MINERD_REASON */
#define ID_JOB_USED_UP "4b27524e45d44b488efe7a2bd7cc3364"

/* No pool can be mined on: the workers sleep. */
#define ID_NO_POOL "1c6f071de792469ba755850ab1475fe5"

/* MINERD_SECONDS (how long there was none): the workers hash again */
#define ID_SOME_POOL "c284ade4240f4e9bba992ff602d2a6b9"

#define ID_PAUSED "1aa62f0a263f4d2a9ec0df07673095f8"

#define ID_RESUMED "b88e973de24849f0b7867e4d975de559"

/* MINERD_WORKER_POOL (its number), MINERD_HASHRATE (H/s, 0: none), MINERD_CPU_PERCENT */
#define ID_LIMITED "57fca5c16e724e0584ccaa0ef1942539"

/* MINERD_POOL, MINERD_ADDRESS, MINERD_PERCENT (paid to it), MINERD_REASON (why that is wrong) */
#define ID_PAYOUT_SHORT "33087a19dc40490ea425a60a30769e9b"

/* MINERD_POOL, MINERD_ADDRESS, MINERD_PERCENT */
#define ID_PAYOUT_RIGHT "5cab8b09ae4d49a6b3bd56b74341d1a2"

/* MINERD_FILE */
#define ID_RELOADED "639c1848d9764bdd9ad633d150cfad3a"

/* MINERD_FILE, MINERD_REASON */
#define ID_RELOAD_FAILED "385f40faea6848f181401f34a2a3dcb1"

/* MINERD_CPU */
#define ID_WORKER_STUCK "b1953d90146443138feb0593f91521a2"

#define ID_HARDWARE_ERROR "cb64b7b382e84cadae1d7b62583e539c"
