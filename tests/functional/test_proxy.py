# SPDX-License-Identifier: MIT
"""proxy = "socks5://..": pools behind a SOCKS5 proxy, and proxies that do not let anybody through."""
import json

import socks_proxy
from faults import EASY, AccountingCase, FaultCase
from harness import hold_port, main, one_cpu
from socks_proxy import SocksProxy
from tls_front import TlsFront, certificate

NAME = "pool.nowhere.invalid"  # RFC 6761: nobody resolves it, but for the test's proxy


class ProxyCase(AccountingCase):
    def easy(self, *options):
        return self.pool("--difficulty", EASY, *options)

    def proxy(self, **options):
        proxy = SocksProxy(**options)
        self.addCleanup(proxy.close)
        return proxy

    def leading_to(self, pool, *names, **options):
        """A proxy that knows the pool by these names."""
        return self.proxy(names={name: ("127.0.0.1", pool.port) for name in names or (NAME,)},
                          **options)

    def entry(self, proxy, name="far", host=NAME, **keys):
        url = proxy if isinstance(proxy, str) else proxy.url
        return {"url": f"stratum+tcp://{host}:3333", "user": "miner.test", "name": name,
                "proxy": url, **keys}

    def failover(self, **limits):
        return {"backoff_max": 1, "failback_after": 1, **limits}

    def mined(self, pool, daemon, count=20):
        self.wait_shares(pool, count)
        self.check_shares(pool)
        shares = self.settle(pool, daemon)
        self.assertEqual(shares["accepted"], pool.stats()["accepted"])

    def pool_status(self, daemon, name="far"):
        return next(pool for pool in daemon.status()["pools"] if pool["name"] == name)


class ThroughTest(ProxyCase):
    def test_shares_through_it(self):
        pool = self.easy()
        proxy = self.leading_to(pool)
        daemon = self.daemon(self.entry(proxy), workers=one_cpu())
        self.mined(pool, daemon)
        self.assertEqual(proxy.requests.items, [{"kind": "name", "host": NAME, "port": 3333,
                                                 "user": None, "password": None}])
        status = self.pool_status(daemon)
        self.assertEqual(status["proxy"], f"127.0.0.1:{proxy.port}")
        self.assertEqual(daemon.stop(), 0)

    def test_no_proxy_no_word_of_one(self):
        pool = self.easy()
        daemon = self.daemon(self.pool_entry(pool, name="far"), workers=one_cpu())
        self.wait_shares(pool, 1)
        self.assertIsNone(self.pool_status(daemon)["proxy"])

    def test_addresses_go_as_such(self):
        for host, kind in (("127.0.0.1", "ipv4"), ("[::1]", "ipv6")):
            with self.subTest(kind):
                pool = self.easy()
                proxy = self.leading_to(pool, host.strip("[]"))
                daemon = self.daemon(self.entry(proxy.url.replace("socks5", "socks5h"), host=host),
                                     workers=one_cpu())
                self.mined(pool, daemon)
                request = proxy.requests.items[0]
                self.assertEqual((request["kind"], request["host"]), (kind, host.strip("[]")))
                self.assertEqual(daemon.stop(), 0)

    def test_slow_bytes_and_every_kind_of_answer(self):
        """Each byte of an answer by itself, and each of the addresses that may stand in it."""
        pool = self.easy()
        entries = []
        for kind in (socks_proxy.IPV4, socks_proxy.IPV6, socks_proxy.NAME):
            proxy = self.leading_to(pool, users={"u": "p"})
            proxy.slow, proxy.bound = True, kind
            url = proxy.url.replace("//", "//u:p@")
            entries.append(self.entry(url, name=f"kind {kind}", user=f"miner.{kind}"))
        daemon = self.daemon(*entries, workers=one_cpu(), failover=self.failover(standby=2))
        for entry in entries:
            self.wait(pool, "authorize", user=entry["user"])
        self.wait_shares(pool, 10)
        self.check_shares(pool)
        self.assertEqual(daemon.stop(), 0)

    def test_tls_through_it(self):
        pool = self.easy()
        pair = certificate(self.directory, "far", f"DNS:{NAME}")
        front = TlsFront(pool.port, *pair)
        self.addCleanup(front.close)
        proxy = self.proxy(names={NAME: ("127.0.0.1", front.listen_port)})
        daemon = self.daemon(self.entry(proxy, url=f"stratum+tls://{NAME}:4333", tls_ca=pair[0]),
                             workers=one_cpu())
        self.mined(pool, daemon)
        status = self.pool_status(daemon)
        self.assertEqual((status["tls"], status["tls_trust"]), ("TLSv1.3", "verified"))
        self.assertEqual(front.names, [NAME], "the name that the certificate is asked for")

    def test_tls_still_knows_who_it_wants(self):
        """A proxy that leads elsewhere is found out by the certificate."""
        pool = self.easy()
        pair = certificate(self.directory, "other", "DNS:other.example")
        front = TlsFront(pool.port, *pair)
        self.addCleanup(front.close)
        proxy = self.proxy(names={NAME: ("127.0.0.1", front.listen_port)})
        daemon = self.daemon(self.entry(proxy, url=f"stratum+tls://{NAME}:4333", tls_ca=pair[0]),
                             workers=one_cpu())
        self.wait_log(daemon, f"far: attempt failed: .*is for other.example, not for {NAME}")
        self.assertEqual(pool.stats()["connects"], 0)

    def test_reconnect_goes_through_it_too(self):
        """Where client.reconnect leads is the proxy's to look up as well."""
        first, second = self.easy(), self.easy()
        proxy = self.leading_to(first)
        proxy.names["two.nowhere.invalid"] = ("127.0.0.1", second.port)
        self.daemon(self.entry(proxy), workers=one_cpu())
        self.wait_shares(first, 3)
        first.command("reconnect two.nowhere.invalid 4444 0")
        self.wait_shares(second, 3)
        request = proxy.requests.items[-1]
        self.assertEqual((request["kind"], request["host"], request["port"]),
                         ("name", "two.nowhere.invalid", 4444))

    def test_reload_with_another_proxy(self):
        """Another proxy is another connection; the same one leaves it alone."""
        pool = self.easy()
        first, second = self.leading_to(pool), self.leading_to(pool)
        daemon = self.daemon(self.entry(first), workers=one_cpu())
        self.wait_shares(pool, 3)
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        self.configure(self.entry(second), workers=one_cpu())
        since = pool.mark()
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        again = self.wait(pool, "authorize", since=since)
        self.wait_shares(pool, 3, since=since, conn=again["conn"])
        daemon.wait_status(lambda s: s["pools"][0]["proxy"] == f"127.0.0.1:{second.port}")
        self.assertEqual(len(first.requests.items), 1)
        self.assertEqual(len(second.requests.items), 1)


class PasswordTest(ProxyCase):
    SECRET = "s3cr%40t%3A"

    def test_user_and_password(self):
        """They arrive as they are meant, and nowhere else: not in log, status or check."""
        pool = self.easy()
        proxy = self.leading_to(pool, users={"me": "s3cr@t:"})
        url = proxy.url.replace("//", f"//me:{self.SECRET}@")
        daemon = self.daemon(self.entry(url), workers=one_cpu())
        self.mined(pool, daemon)
        self.assertEqual(proxy.requests.items[0]["password"], "s3cr@t:")
        self.assertEqual(self.pool_status(daemon)["proxy"], f"127.0.0.1:{proxy.port}")
        # Lost and found again, so that every line about it is there.
        since = pool.mark()
        proxy.drop()
        self.wait(pool, "authorize", since=since)
        said = json.dumps(daemon.status()) + daemon.ctl("pools").stdout + "\n".join(daemon.log())
        self.assertNotIn("s3cr", said)

    def test_wrong_password(self):
        proxy = self.proxy(users={"me": "right"})
        daemon = self.daemon(self.entry(proxy.url.replace("//", "//me:wr0ng@")),
                             workers=one_cpu())
        self.wait_log(daemon, f"far: attempt failed: the proxy 127.0.0.1:{proxy.port} refused "
                      "the user and password")
        status = daemon.wait_status(lambda s: s["pools"][0]["last_error"])
        self.assertIn("refused the user and password", status["pools"][0]["last_error"])
        self.assertNotIn("wr0ng", json.dumps(status) + "\n".join(daemon.log()))

    def test_password_wanted_and_not_wanted(self):
        wants, takes_none = self.proxy(users={"me": "right"}), self.proxy()
        daemon = self.daemon(self.entry(wants, name="one"),
                             self.entry(takes_none.url.replace("//", "//u:p@"), name="two"),
                             workers=one_cpu(), failover=self.failover())
        self.wait_log(daemon, "one: attempt failed: the proxy .* wants a user and a password")
        self.wait_log(daemon, "two: attempt failed: the proxy .* takes no user and password")


class RefusalTest(ProxyCase):
    REASONS = {1: "general failure", 2: "not allowed by its rules", 3: "network unreachable",
               4: "host unreachable", 5: "connection refused", 6: "time to live expired",
               7: "command not supported", 8: "kind of address not supported",
               0x5b: "error 0x5b", 0xf0: "onion service not found"}

    def wait_reasons(self, daemon, reasons):
        """A line and a status for each pool: {name: regular expression}."""
        for name, reason in reasons.items():
            self.wait_log(daemon, f"pool {name}: attempt failed: {reason}")
        status = daemon.wait_status(
            lambda s: all(p["last_error"] for p in s["pools"] if p["name"] in reasons))
        for pool in status["pools"]:
            if pool["name"] in reasons:
                self.assertRegex(pool["last_error"], reasons[pool["name"]])

    def test_each_refusal(self):
        entries, reasons = [], {}
        for code, reason in self.REASONS.items():
            proxy = self.proxy(names={NAME: ("127.0.0.1", 1)})
            proxy.refuse = code
            entries.append(self.entry(proxy, name=f"code-{code}"))
            reasons[f"code-{code}"] = f"the proxy 127.0.0.1:{proxy.port} says: {reason}"
        daemon = self.daemon(*entries, workers=one_cpu(), failover=self.failover(standby=15))
        self.wait_reasons(daemon, reasons)
        self.assertEqual(daemon.status()["state"], "idle")

    def test_silent_proxies(self):
        """Each step has an end; a pool without a proxy is mined for meanwhile."""
        pool = self.easy()
        steps = {socks_proxy.CONNECTED: "did not answer", socks_proxy.METHOD: "did not answer",
                 socks_proxy.LOGIN: "did not connect", socks_proxy.REQUEST: "did not connect"}
        entries, reasons = [], {}
        for step, reason in steps.items():
            proxy = self.leading_to(pool, users={"u": "p"})
            proxy.silent = step
            entries.append(self.entry(proxy.url.replace("//", "//u:p@"), name=step))
            reasons[step] = f"the proxy 127.0.0.1:{proxy.port} {reason} within 1 s"
        daemon = self.daemon(*entries, self.pool_entry(pool, name="near", user="near.x"),
                             workers=one_cpu(), failover=self.failover(standby=15, proxy_timeout=1))
        self.wait_shares(pool, 5, user="near.x")
        self.wait_reasons(daemon, reasons)
        self.assertEqual(daemon.status()["pool"], "near")
        self.assertEqual(daemon.stop(), 0)

    def test_proxies_that_hang_up(self):
        entries, reasons = [], {}
        for step in (socks_proxy.CONNECTED, socks_proxy.METHOD, socks_proxy.LOGIN,
                     socks_proxy.REQUEST):
            proxy = self.proxy(users={"u": "p"})
            proxy.hangup = step
            entries.append(self.entry(proxy.url.replace("//", "//u:p@"), name=step))
            reasons[step] = (f"the proxy 127.0.0.1:{proxy.port} "
                             "(closed the connection before|lost the connection: Connection reset)")
        daemon = self.daemon(*entries, workers=one_cpu(), failover=self.failover(standby=15))
        self.wait_reasons(daemon, reasons)

    def test_proxies_that_are_none(self):
        """HTTP, a method nobody offered, nobody there at all, and a pool in the proxy's place."""
        http, method, pool = self.proxy(), self.proxy(), self.easy()
        gone_port = hold_port(self)
        http.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
        method.method = 1
        places = [("http", http, "does not speak SOCKS5: its answer begins with 0x48"),
                  ("method", method, "chose a method of login that was not offered, 0x01")]
        reasons = {name: f"the proxy 127.0.0.1:{proxy.port} {reason}"
                   for name, proxy, reason in places}
        reasons["gone"] = f"the proxy 127.0.0.1:{gone_port}: .*refused"
        reasons["pool"] = f"the proxy 127.0.0.1:{pool.port} "
        daemon = self.daemon(*(self.entry(proxy, name=name) for name, proxy, _ in places),
                             self.entry(f"socks5://127.0.0.1:{gone_port}", name="gone"),
                             self.entry(f"socks5://127.0.0.1:{pool.port}", name="pool"),
                             workers=one_cpu(),
                             failover=self.failover(standby=15, proxy_timeout=2))
        self.wait_reasons(daemon, reasons)

    def test_name_of_the_proxy_that_does_not_resolve(self):
        daemon = self.daemon(self.entry("socks5://no-such-proxy.invalid:1"), workers=one_cpu())
        self.wait_log(daemon, "far: attempt failed: the proxy no-such-proxy.invalid:1: ")


class LossTest(ProxyCase):
    def test_over_to_a_direct_pool_and_back(self):
        """With shares in flight: all of them are counted, and none is at the wrong pool."""
        far, near = self.easy("--delay", 50), self.easy()
        proxy = self.leading_to(far)
        daemon = self.daemon(self.entry(proxy), self.pool_entry(near, name="near", user="near.x"),
                             workers=one_cpu(), failover=self.failover())
        self.wait_shares(far, 10)
        daemon.wait_status(lambda s: s["pools"][1]["state"] == "standby")
        daemon.wait_status(lambda s: s["pools"][0]["in_flight"] > 0)
        since, back = near.mark(), far.mark()
        proxy.hangup = socks_proxy.CONNECTED
        proxy.drop()
        self.wait_shares(near, 10, since=since, user="near.x")
        self.wait_log(daemon, "far: attempt failed: the proxy 127.0.0.1")
        proxy.hangup = None
        self.wait_shares(far, 10, since=back)
        self.check_end(daemon, far, near)
        for pool in (far, near):
            self.assertFalse([share for share in pool.events("share")
                              if share["user"] != ("near.x" if pool is near else "miner.test")])

    def test_stops_at_once_while_a_proxy_is_silent(self):
        proxy = self.proxy()
        proxy.silent = socks_proxy.REQUEST
        daemon = self.daemon(self.entry(proxy), workers=one_cpu())
        self.assertIsNotNone(proxy.requests.wait(lambda request: True))
        self.assertEqual(daemon.stop(), 0)


class BehindTest(FaultCase):
    """The connection to the SOCKS5 proxy fails while shares are on their way through it."""

    def way(self, pool):
        socks = SocksProxy({NAME: ("127.0.0.1", pool.port)})
        self.addCleanup(socks.close)
        proxy = self.proxy(socks.port)
        return proxy, {"url": f"stratum+tcp://{NAME}:3333", "user": "miner.test",
                       "proxy": f"socks5://127.0.0.1:{proxy.port}"}

    def test_reset(self):
        self.lose(lambda proxy, pool: proxy.reset(), reason=".*reset")

    def test_end(self):
        self.lose(lambda proxy, pool: proxy.end())

    def test_silence(self):
        self.lose(lambda proxy, pool: proxy.set("stall"),
                  lambda proxy, pool: proxy.set("plain"), "no reply", reply_timeout=2)


if __name__ == "__main__":
    main()
