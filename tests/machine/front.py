"""Stripe's own names, with TLS, in front of the sandbox's bank: for a machine that is set up as a shopkeeper's is, and
knows of no sandbox. Its authority is made anew for each story, and only the guest believes it."""

import http.client
import http.server
import ssl
import subprocess
import threading
import urllib.parse

from machine import program

API, PAGES = "api.stripe.com", "buy.stripe.com"


class Front:
    def __init__(self, folder, origin):
        """`authority` is the certificate that a guest has to believe."""
        self.authority = folder / "authority.pem"
        certificate = self._certificate(folder)
        place = urllib.parse.urlsplit(origin).netloc

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                path = f"/bank/stripe{self.path}" if self.headers["Host"] == API else self.path
                bank = http.client.HTTPConnection(place, timeout=60)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                bank.request(self.command, path, body or None, headers)
                got = bank.getresponse()
                text = got.read().replace(origin.encode(), f"https://{PAGES}".encode())
                self.send_response(got.status)
                for name, value in got.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                        self.send_header(name, value.replace(origin, f"https://{PAGES}"))
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                bank.close()

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        # The handshake is the handler's, so that one who says nothing keeps nobody waiting.
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _certificate(self, folder):
        """Key and certificate in one file, of an authority that signs nothing else."""
        openssl, key, request, made = program("openssl", "openssl"), folder / "front.key", folder / "front.csr", folder / "front.pem"
        new = [openssl, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        run = lambda *line: subprocess.run(line, check=True, capture_output=True)
        run(*new, "-x509", "-days", "2", "-subj", "/CN=authority of a test", "-keyout", folder / "authority.key",
            "-out", self.authority)
        run(*new, "-subj", f"/CN={API}", "-addext", f"subjectAltName=DNS:{API},DNS:{PAGES}",
            "-keyout", key, "-out", request)
        run(openssl, "x509", "-req", "-days", "2", "-in", request, "-CA", self.authority, "-CAkey", folder / "authority.key",
            "-CAcreateserial", "-copy_extensions", "copy", "-out", made)
        whole = folder / "front.both"
        whole.write_bytes(key.read_bytes() + made.read_bytes())
        return whole

    def end(self):
        self.server.shutdown()
        self.server.server_close()
