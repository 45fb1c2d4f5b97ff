# SPDX-License-Identifier: MIT
"""stratum+tls://: shares through TLS, and servers that are not who they say.

The pool itself knows no TLS: a server in the test ends it in front of the pool.
"""
import ssl

from faults import EASY, AccountingCase, FaultCase
from harness import main, one_cpu
from socks_proxy import SocksProxy
from tls_front import TlsFront, certificate, pin


class TlsTestCase(AccountingCase):
    def certificate(self, name, names):
        return certificate(self.directory, name, names)

    def front(self, pool, pair, **options):
        front = TlsFront(pool.port, *pair, **options)
        self.addCleanup(front.close)
        return front

    def entry(self, front, host="localhost", scheme="tls", **keys):
        return {"url": f"stratum+{scheme}://{host}:{front.listen_port}", "user": "miner.test",
                "name": "secure", **keys}


class TlsTest(TlsTestCase):
    def setUp(self):
        super().setUp()
        self.good = self.certificate("good", "DNS:localhost,IP:127.0.0.1")

    def mine(self, entry, pool, shares=20):
        daemon = self.daemon(entry, workers=one_cpu())
        self.wait(pool, "share", count=shares, verdict="accepted")
        return daemon

    def test_shares_through_tls(self):
        pool = self.pool("--difficulty", EASY)
        front = self.front(pool, self.good)
        daemon = self.mine(self.entry(front, tls_ca=self.good[0]), pool)
        status = daemon.status()["pools"][0]
        self.assertEqual((status["tls"], status["tls_trust"]), ("TLSv1.3", "verified"))
        self.assertEqual(front.names, ["localhost"])
        self.check_exact(daemon, pool)
        self.assertEqual(daemon.stop(), 0)

    def test_the_systems_store_without_tls_ca(self):
        """Which OpenSSL lets the environment name."""
        pool = self.pool("--difficulty", EASY)
        daemon = self.daemon(self.entry(self.front(pool, self.good)), workers=one_cpu(),
                             env={"SSL_CERT_FILE": self.good[0]})
        self.wait_shares(pool, 3)
        self.assertEqual(daemon.status()["pools"][0]["tls_trust"], "verified")

    def test_large_jobs_and_tls_1_2(self):
        pool = self.pool("--difficulty", EASY, "--coinbase-size", 20000, "--branches", 15)
        front = self.front(pool, self.good, maximum=ssl.TLSVersion.TLSv1_2)
        daemon = self.mine(self.entry(front, host="127.0.0.1", scheme="ssl",
                                      tls_ca=self.good[0]), pool)
        self.assertEqual(daemon.status()["pools"][0]["tls"], "TLSv1.2")
        self.assertEqual(front.names, [None], "an address is no name to ask for (RFC 6066)")
        self.check_exact(daemon, pool)

    def test_pin_alone(self):
        pool = self.pool("--difficulty", EASY)
        front = self.front(pool, self.good)
        daemon = self.mine(self.entry(front, tls_verify=False, tls_pin=pin(self.good[0])),
                           pool)
        self.assertEqual(daemon.status()["pools"][0]["tls_trust"], "pinned")
        self.assertFalse([line for line in daemon.log() if "tls_verify" in line])

    def test_no_verification_is_warned_of(self):
        pool = self.pool("--difficulty", EASY)
        front = self.front(pool, self.good)
        daemon = self.mine(self.entry(front, scheme="tcps", tls_verify=False), pool)
        self.assertEqual(daemon.status()["pools"][0]["tls_trust"], "unverified")
        self.assertTrue([line for line in daemon.log() if "certificate is not verified" in line])

    def test_session_is_resumed(self):
        pool = self.pool("--difficulty", EASY)
        front = self.front(pool, self.good)
        self.mine(self.entry(front, tls_ca=self.good[0]), pool)
        since = pool.mark()
        pool.command("drop")
        self.wait(pool, "authorize", since=since)
        self.assertEqual(front.resumed[:2], [False, True])

    def idle(self, **options):
        """A daemon on a pool that is never sent a share, so that nothing crosses its end."""
        pool = self.pool("--difficulty", 1e6)
        front = self.front(pool, self.good)
        front.polite = options.get("polite", False)
        daemon = self.daemon(self.entry(front, tls_ca=self.good[0]), workers=one_cpu())
        daemon.wait_status(lambda s: s["pool"] == "secure")
        return pool, front, daemon

    def wait_end(self, front):
        end = front.ends.wait(lambda end: True)
        self.assertIsNotNone(end, "the connection never ended")
        return end

    def test_says_that_it_ends(self):
        """RFC 8446, section 6.1."""
        _, front, daemon = self.idle()
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.wait_end(front), "close_notify")

    def test_the_pools_end(self):
        """With a word it is answered, without one it is an end all the same; only the log knows."""
        for polite, end, word in ((True, "answered", "with a"), (False, "cut", "without a")):
            with self.subTest(end):
                pool, front, daemon = self.idle(polite=polite)
                pool.command("drop")
                self.wait_log(daemon, f"secure: TLS ended {word} close_notify")
                self.wait_log(daemon, "secure: connection lost: closed by the peer")
                self.assertEqual(self.wait_end(front), end)
                self.assertEqual(daemon.stop(), 0)

    def test_says_what_is_wrong(self):
        """A server whose certificate is not taken learns why."""
        front = self.front(self.pool(), self.good)
        daemon = self.daemon(self.entry(front), workers=one_cpu())
        self.wait_log(daemon, "secure: attempt failed: ")
        self.assertIn("UNKNOWN_CA", self.wait_end(front))

    def refused(self, entry, pattern):
        daemon = self.daemon(entry, workers=one_cpu())
        self.wait_log(daemon, pattern)
        status = daemon.wait_status(lambda s: s["pools"][0]["last_error"])
        self.assertEqual(status["pools"][0]["accepted"], 0)
        self.assertIsNone(status["pool"])

    def test_unknown_issuer(self):
        pool = self.pool()
        self.refused(self.entry(self.front(pool, self.good)),
                     "secure: attempt failed: .*certificate")

    def test_wrong_host(self):
        pool = self.pool()
        pair = self.certificate("other", "DNS:other.example")
        self.refused(self.entry(self.front(pool, pair), tls_ca=pair[0]),
                     "secure: attempt failed: .*localhost")

    def test_wrong_pin(self):
        pool = self.pool()
        other = self.certificate("other", "DNS:other.example")
        self.refused(self.entry(self.front(pool, self.good), tls_verify=False,
                                tls_pin=pin(other[0])), "secure: attempt failed: .*pin")

    def test_no_tls_there(self):
        pool = self.pool()
        entry = {"url": f"stratum+tls://127.0.0.1:{pool.port}", "user": "u", "name": "secure"}
        self.refused(entry, "secure: attempt failed: ")


class LossTest(FaultCase):
    """Connections that fail while shares are on their way through TLS."""

    def way(self, pool):
        """The proxy carries what is encrypted, and knows nothing of lines."""
        pair = certificate(self.directory, "good", "DNS:localhost")
        self.front = TlsFront(pool.port, *pair)
        self.addCleanup(self.front.close)
        proxy = self.proxy(self.front.listen_port)
        return proxy, {"url": f"stratum+tls://localhost:{proxy.port}", "user": "miner.test",
                       "tls_ca": pair[0]}

    def test_reset(self):
        self.lose(lambda proxy, pool: proxy.reset(), reason=".*reset")

    def test_end_without_a_word(self):
        """What the proxy had not read may make a reset of it, so any reason will do."""
        self.lose(lambda proxy, pool: proxy.end())

    def test_end_with_close_notify(self):
        def fault(proxy, pool):
            self.front.polite = True
            pool.command("drop")
        self.lose(fault, reason="closed by the peer")

    def test_what_is_no_record(self):
        """Plain text between the records."""
        self.lose(lambda proxy, pool: proxy.half_a_line())

    def test_silence(self):
        self.lose(lambda proxy, pool: proxy.set("stall"),
                  lambda proxy, pool: proxy.set("plain"), "no reply", reply_timeout=2)

    def test_cut_records(self):
        """However the bytes come, nothing is lost, and no connection."""
        daemon, proxy, first, second = self.start_two()
        for mode in ("bytes", "cut", "join"):
            proxy.set(mode)
            for kind in ("notify", "notify clean", "burst 5"):
                first.command(kind)
                self.wait_shares(first, 20, since=first.mark())
        proxy.set("plain")
        self.assertEqual(first.stats()["connects"], 1)
        self.check_exact(daemon, first, second, late_ms=60_000)  # the proxy may take its time


class RedirectTest(TlsTestCase):
    """client.reconnect to another host of the domain. A proxy of the test knows the names."""
    FIRST, SECOND = "one.nowhere.invalid", "two.nowhere.invalid"

    def setUp(self):
        super().setUp()
        self.proxy = SocksProxy()
        self.addCleanup(self.proxy.close)

    def server(self, host, names=None):
        pool = self.pool("--difficulty", EASY)
        pair = self.certificate(host, f"DNS:{names or host}")
        front = self.front(pool, pair)
        self.proxy.names[host] = ("127.0.0.1", front.listen_port)
        return pool, front, pair[0]

    def mine_at_first(self, front, *trusted):
        authorities = self.write("trusted.pem", "".join(open(path).read() for path in trusted))
        return self.daemon(self.entry(front, host=self.FIRST, tls_ca=authorities,
                                      proxy=self.proxy.url),
                           workers=one_cpu(), failover={"backoff_max": 1})

    def test_each_host_by_its_own_certificate(self):
        """And a session only with the host that it was made with."""
        first, front, one = self.server(self.FIRST)
        second, other, two = self.server(self.SECOND)
        daemon = self.mine_at_first(front, one, two)
        self.wait_shares(first, 3)
        first.command(f"reconnect {self.SECOND} 4444 0")
        self.wait_shares(second, 3)
        pool = daemon.status()["pools"][0]
        self.assertEqual((pool["tls_trust"], pool["last_error"]), ("verified", None))
        self.assertEqual((other.names, other.resumed), ([self.SECOND], [False]))
        second.command(f"reconnect {self.FIRST} 3333 0")
        since = first.mark()
        self.wait_shares(first, 3, since=since)
        self.assertEqual((front.names, front.resumed), ([self.FIRST] * 2, [False] * 2))
        self.assertEqual(daemon.stop(), 0)

    def test_the_first_hosts_certificate_is_not_enough(self):
        first, front, one = self.server(self.FIRST)
        second, _, two = self.server(self.SECOND, names=self.FIRST)
        daemon = self.mine_at_first(front, one, two)
        self.wait_shares(first, 3)
        since = first.mark()
        first.command(f"reconnect {self.SECOND} 4444 0")
        self.wait_log(daemon, f"attempt failed: .*is for {self.FIRST}, not for {self.SECOND}")
        self.wait_shares(first, 3, since=since)
        self.assertEqual(second.stats()["connects"], 0)


if __name__ == "__main__":
    main()
