"""First syncs to a service that answers at once."""
import csv
import json
import re
import time

from . import peers
from .measurement import Contender, Group, Sample, sample_of
from .processes import Failure
from .service import REFERRALS, expect
from .workspace import size_of

PATIENCE = 20  # seconds without a request, after which syslog-ng is given up


class FirstSync(Group):
    name = "sync"

    def __init__(self, workspace, sizes):
        super().__init__(workspace, sizes)
        self.rows = sizes.sync_rows
        self.add("referrald", "**referrald sync**", lambda: first_sync(workspace, self.rows))
        self.add("python", "Python: aiohttp, sqlite3", lambda: script_sync(workspace, "python", self.rows),
                 peers.missing_python)
        self.add("node", "Node: undici, better-sqlite3", lambda: script_sync(workspace, "node", self.rows),
                 lambda: peers.missing_modules("undici", "better-sqlite3", "csv-parse"))
        self.add("syslog-ng", "syslog-ng: csv-parser(), http(); keeps nothing", self.syslog_ng,
                 lambda: peers.missing_programs("syslog-ng"))
        for connections in (16, 32, 64):
            self.add(f"wrk-{connections}", f"the service's ceiling: wrk, {connections} connections",
                     lambda connections=connections: self.wrk(connections), lambda: peers.missing_programs("wrk"))

    def add(self, name, title, measure, missing=lambda: None):
        self.contenders.append(Contender(name, title, measure, missing, rows=self.rows))

    @property
    def title(self):
        return f"First sync of {self.rows:,} rows to a service that answers at once, 32 connections"

    def lines(self, samples):
        lines = super().lines(samples)
        if "referrald" in samples:
            lines.insert(1, self.figure_line("its ledger, for each synced row", samples["referrald"],
                                             "ledger_bytes", lambda value: f"{value:,.0f} bytes"))
        return lines

    def syslog_ng(self):
        folder = self.workspace.scratch("syslog-ng")
        export = folder / "leads.csv"
        # A row ends where the next one begins: without this beginning it would wait for a timeout.
        export.write_bytes(self.workspace.export(self.rows).read_bytes() + b"ffffffff-ffff-\r\n")
        with self.workspace.service() as service:
            text = (peers.SCRIPTS / "syslog-ng.conf").read_text(encoding="utf-8")
            for name, value in (("EXPORT", export), ("URL", service.url), ("TOKEN", service.token())):
                text = text.replace(f"@{name}@", str(value))
            (folder / "syslog-ng.conf").write_text(text, encoding="utf-8")
            usage = self.workspace.run(
                ["syslog-ng", "--foreground", "--no-caps", "--cfgfile", folder / "syslog-ng.conf",
                 "--persist-file", folder / "persist", "--pidfile", folder / "pid", "--control", folder / "control"],
                until=Arrived(service, self.rows))
            counts = service.counts()
        expect(counts, creates=self.rows, distinct=self.rows)
        return Sample((counts["last_ns"] - usage.began) / 1e9, usage.cpu, usage.peak)

    def wrk(self, connections):
        script = self.workspace.folder / "post.lua"
        with self.workspace.service() as service:
            script.write_text(wrk_script(first_body(self.workspace.export(self.rows)), service.token()),
                              encoding="utf-8")
            output = self.workspace.folder / "wrk.txt"
            usage = self.workspace.run(
                ["wrk", "--threads", 1, "--connections", connections, "--duration", f"{self.sizes.wrk_seconds}s",
                 "--script", script, service.url + REFERRALS], output=output)
        text = output.read_text(encoding="utf-8")
        rate = float(re.search(r"Requests/sec:\s*([\d.]+)", text)[1])
        if "Non-2xx" in text or rate == 0:
            raise Failure("wrk: " + text.strip().replace("\n", " / "))
        seconds = self.rows / rate
        return Sample(seconds, usage.cpu * seconds / usage.seconds, usage.peak)


class Arrived:
    """Whether all requests have come, or none comes any more."""

    def __init__(self, service, rows):
        self.service = service
        self.rows = rows
        self.seen = 0
        self.patience_ends = time.monotonic() + PATIENCE

    def __call__(self):
        creates = self.service.counts()["creates"]
        if creates > self.seen:
            self.seen = creates
            self.patience_ends = time.monotonic() + PATIENCE
        return creates >= self.rows or time.monotonic() > self.patience_ends


def first_sync(workspace, rows, folder=None):
    folder = folder or workspace.scratch("first-sync")
    with workspace.service() as service:
        workspace.configure(folder, workspace.export(rows), service.url)
        usage = workspace.sync(folder)
        expect(service.counts(), creates=rows, distinct=rows, updates=0)
    return sample_of(usage, ledger_bytes=size_of(folder, "ledger.db*") / rows)


def script_sync(workspace, language, rows, folder=None):
    folder = folder or workspace.scratch(f"first-sync-{language}")
    with workspace.service() as service:
        usage = workspace.run(script(workspace, language, folder, service.url, workspace.export(rows)))
        expect(service.counts(), creates=rows, distinct=rows, updates=0)
    return sample_of(usage)


def script(workspace, language, folder, url, export):
    arguments = [url, workspace.refresh_token(folder), folder / "referrals.db", export]
    if language == "node":
        return peers.node_script("sync.mjs", *arguments)
    return peers.python_script("sync.py", *arguments)


def first_body(export):
    """Of the request for the first row, made as the Python peer makes it."""
    from peers.python.referral import referral_of

    with open(export, encoding="utf-8-sig", newline="") as file:
        return json.dumps(referral_of(next(csv.DictReader(file))), ensure_ascii=False, separators=(",", ":"))


def wrk_script(body, token):
    return "\n".join((
        'wrk.method = "POST"',
        f"wrk.body = [=[{body}]=]",
        'wrk.headers["Content-Type"] = "application/json"',
        'wrk.headers["Accept"] = "application/json"',
        f'wrk.headers["Authorization"] = "Bearer {token}"',
        'wrk.headers["client-request-id"] = "11111111-2222-4333-8444-555555555555"',
    ))
