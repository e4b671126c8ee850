"""The instant service, as a process of its own."""
import http.client
import json
import subprocess
import urllib.parse

from .processes import Failure

REFERRALS = "/v1.0/engagements/referrals"


class Service:
    """Started anew for each measurement, so that its counts are those of that alone."""

    def __init__(self, processes, program, arrivals=None):
        self.processes = processes
        options = ["--arrivals", arrivals] if arrivals else []
        self.child = processes.start([program, *options], stdout=subprocess.PIPE)
        line = self.child.stdout.readline()
        if not line:
            raise Failure(f"{program} does not listen")
        self.url = f"http://127.0.0.1:{int(line)}"
        self.connection = http.client.HTTPConnection("127.0.0.1", int(line), timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.child.stdout.close()
        self.processes.stop(self.child)

    def counts(self):
        return self.ask("GET", "/counts")

    def token(self):
        form = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": "bench"})
        return self.ask("POST", "/contoso.onmicrosoft.com/oauth2/v2.0/token", form)["access_token"]

    def ask(self, method, path, body=None):
        self.connection.request(method, path, body)
        return json.loads(self.connection.getresponse().read())


def expect(counts, **wanted):
    """The service has seen exactly this."""
    for name, number in wanted.items():
        if counts[name] != number:
            raise Failure(f"{counts[name]} {name} at the service, and not {number}")
