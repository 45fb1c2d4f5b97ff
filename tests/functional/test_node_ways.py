# SPDX-License-Identifier: MIT
"""The ways to a node: TLS, a proxy, and what stands in the way of each."""
from fake_node import FakeNode
from harness import FunctionalTest, main, one_cpu
from socks_proxy import SocksProxy
from tls_front import TlsFront, certificate, pin

NAME = "node.test"


class WaysTest(FunctionalTest):
    def setUp(self):
        super().setUp()
        self.node = FakeNode()
        self.addCleanup(self.node.stop)

    def front(self, name=NAME):
        self.pair = certificate(self.directory, name, f"DNS:{name},IP:127.0.0.1")
        front = TlsFront(self.node.port, *self.pair)
        self.addCleanup(front.listener.close)
        return front

    def mine(self, **keys):
        return self.daemon(self.node.entry(**keys), workers=one_cpu())

    def check_mines(self, daemon):
        daemon.wait_status(lambda s: s["blocks_accepted"] >= 3)
        self.assertGreaterEqual(self.node.height(), 3)

    def refused(self, daemon, *texts):
        status = daemon.wait_status(lambda s: s["pools"][0]["last_error"])
        for text in texts:
            self.assertIn(text, status["pools"][0]["last_error"])
        self.assertEqual(self.node.height(), 0)

    def test_https(self):
        front = self.front()
        daemon = self.mine(url=f"https://127.0.0.1:{front.listen_port}", tls_ca=self.pair[0])
        self.check_mines(daemon)
        self.assertEqual(daemon.status()["pools"][0]["tls_trust"], "verified")

    def test_https_pinned(self):
        front = self.front()
        daemon = self.mine(url=f"https://127.0.0.1:{front.listen_port}", tls_pin=pin(self.pair[0]))
        self.check_mines(daemon)

    def test_https_of_somebody_else(self):
        front = self.front()
        other = certificate(self.directory, "other.test", "DNS:other.test")
        self.refused(self.mine(url=f"https://127.0.0.1:{front.listen_port}", tls_ca=other[0]),
                     "TLS", "certificate")

    def test_https_of_another_key(self):
        front = self.front()
        other = certificate(self.directory, "other.test", "DNS:other.test")
        self.refused(self.mine(url=f"https://127.0.0.1:{front.listen_port}", tls_pin=pin(other[0])),
                     "TLS", "not the pinned one")

    def test_https_to_a_node_without_tls(self):
        self.refused(self.mine(url=f"https://127.0.0.1:{self.node.port}", tls_verify=False),
                     "TLS handshake", "is it http://?")

    def test_http_to_a_pool(self):
        pool = self.pool()
        self.refused(self.mine(url=f"http://127.0.0.1:{pool.port}"), "without a reply")

    def test_proxy(self):
        """The proxy alone knows where the name leads."""
        proxy = SocksProxy({NAME: ("127.0.0.1", self.node.port)}, {"us:er": "p@ss word"})
        daemon = self.mine(url=f"http://{NAME}:{self.node.port}",
                           proxy=f"socks5://us%3Aer:p%40ss%20word@127.0.0.1:{proxy.port}")
        self.check_mines(daemon)
        self.assertTrue(proxy.requests.wait(lambda r: r["host"] == NAME and r["user"] == "us:er"))

    def test_proxy_and_https(self):
        front = self.front()
        proxy = SocksProxy({NAME: ("127.0.0.1", front.listen_port)})
        daemon = self.mine(url=f"https://{NAME}:{front.listen_port}", tls_ca=self.pair[0],
                           proxy=proxy.url)
        self.check_mines(daemon)

    def test_proxy_that_refuses(self):
        proxy = SocksProxy()
        proxy.refuse = 2
        self.refused(self.mine(proxy=proxy.url), "proxy")


if __name__ == "__main__":
    main()
