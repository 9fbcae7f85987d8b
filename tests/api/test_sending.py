"""Where news may be sent: https to public addresses, and no redirect is followed."""
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from casework.api import sending
from casework.errors import Refused


class TestAnAddress:
    @pytest.mark.parametrize("url", [
        "http://hospital.example/hook", "ftp://hospital.example/", "https://user:pw@hospital.example/", "https://",
        "https://hospital.example/#x", "https://hospital.example:22/", "https://[::1/", "javascript:alert(1)",
        "https://hospital.example/" + "a" * 300, "https://医院.example/", "//hospital.example/", "https://h:x/",
    ])
    def test_that_is_no_plain_https_is_refused(self, url):
        with pytest.raises(Refused) as refusal:
            sending.check_url(url)
        assert refusal.value.code == "URL_FORMAT"

    @pytest.mark.parametrize("address", [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
        "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255",
    ])
    def test_in_a_private_network_is_refused(self, address, monkeypatch):
        answers = [(socket.AF_INET, 1, 6, "", ("8.8.8.8", 443)), (socket.AF_INET, 1, 6, "", (address, 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: answers)

        with pytest.raises(Refused) as refusal:
            sending.post("https://hospital.example/hook", b"{}", {})
        assert refusal.value.code == "URL_PRIVATE"

    def test_that_has_no_name_is_not_reached(self, monkeypatch):
        def unknown(*asked, **more):
            raise socket.gaierror

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(sending.Unsent):
            sending.address_of("hospital.example", 443)


class Redirecting(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.seen.append(self.path)
        self.send_response(307)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *said):
        pass


class TestARedirect:
    def test_is_a_status_and_not_followed(self, settings):
        settings.WEBHOOKS_PRIVATE = True
        server = HTTPServer(("127.0.0.1", 0), Redirecting)
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            status = sending.post(f"http://127.0.0.1:{server.server_port}/hook", b"{}", {})
        finally:
            server.shutdown()
            server.server_close()

        assert (status, server.seen) == (307, ["/hook"])
