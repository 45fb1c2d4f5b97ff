# SPDX-License-Identifier: MIT
"""TLS in front of the pool, which itself knows none: a server that ends it, and certificates."""
import base64
import hashlib
import socket
import ssl
import subprocess
import threading

from harness import DEADLINE, Feed, SCALE


def certificate(directory, name, names, days="30"):
    """Made by openssl(1), self-signed: the files of certificate and key."""
    public, private = f"{directory}/{name}.pem", f"{directory}/{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={names}", "-days", days,
                    "-out", public, "-keyout", private],
                   check=True, capture_output=True)
    return public, private


def pin(path):
    """tls_pin of a certificate."""
    public = subprocess.run(["openssl", "x509", "-in", path, "-pubkey", "-noout"],
                            check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public,
                         check=True, capture_output=True).stdout
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


class TlsFront:
    """Ends TLS in front of a pool."""

    def __init__(self, port, certificate, key, maximum=None):
        self.port = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        if maximum:
            self.context.maximum_version = maximum
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listen_port = self.listener.getsockname()[1]
        self.resumed = []
        self.polite = False  # says that it ends (RFC 8446, section 6.1) when the pool does
        self.ends = Feed()  # how each client ended, or why it did not begin
        self.names = []  # that clients asked for (RFC 6066), None where they named none
        self.context.sni_callback = lambda _, name, __: self.names.append(name)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            client.settimeout(DEADLINE * SCALE)
            secure = self.context.wrap_socket(client, server_side=True,
                                              suppress_ragged_eofs=False)
        except OSError as error:
            self.ends.add(str(error))
            client.close()
            return
        self.resumed.append(secure.session_reused)
        pool = socket.create_connection(("127.0.0.1", self.port))
        lock, gone = threading.Lock(), threading.Event()
        threading.Thread(target=self.down, args=(secure, pool, lock, gone), daemon=True).start()
        self.ends.add(self.up(secure, pool, lock, gone))
        for end in (pool, secure):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    @staticmethod
    def down(secure, pool, lock, gone):
        try:
            while data := pool.recv(65536):
                with lock:
                    secure.sendall(data)
        except OSError:
            pass
        gone.set()

    def up(self, secure, pool, lock, gone):
        """Runs until either side ends. Returns how the client ended, or how the pool's end reached it."""
        try:
            secure.settimeout(0.02)
            while not gone.is_set():
                try:
                    with lock:
                        data = secure.recv(65536)
                except TimeoutError:
                    continue
                if not data:
                    return "close_notify"
                try:
                    pool.sendall(data)
                except OSError:
                    break
            if not self.polite:
                return "cut"
            secure.settimeout(DEADLINE * SCALE)
            secure.unwrap()
            return "answered"
        except OSError as error:
            return str(error)

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # which ends accept() in the other thread too
        except OSError:
            pass
        self.listener.close()
