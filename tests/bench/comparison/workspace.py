"""The run's folder: exports, programs, and folders for referrald to work in."""
import os
import pathlib
import shutil
import tempfile

from .processes import Failure, Processes
from .service import Service

BENCH = pathlib.Path(__file__).resolve().parent.parent
REPOSITORY = BENCH.parent.parent
PROGRAMS = {"referrald": "daemon/referrald", "make_export": "tests/bench/make_export",
            "instant_service": "tests/bench/instant_service"}
CONFIGURATION = """\
partner_center:
  url: {url}
  auth:
    authority: {url}
    tenant: contoso.onmicrosoft.com
    client_id: 00000000-0000-0000-0000-000000000000
    refresh_token: {{ file: refresh-token }}
ledger: sqlite:ledger.db
submission: {{ rate: {rate}, burst: {burst}, connections: {connections} }}
sources:
  - {{ name: leads, exports: "{export}", mapping: "{mapping}", settle: 0s }}
"""


class Workspace:
    def __init__(self, keep):
        self.kept = keep is not None
        self.folder = pathlib.Path(keep or tempfile.mkdtemp(prefix="referrald-bench-")).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.processes = Processes({"PYTHONPYCACHEPREFIX": str(self.folder / "pycache")})
        self.log = self.folder / "messages.log"
        self.exports = {}
        self.ledgers = {}
        self.programs = {}

    def take_programs(self, build):
        """Copies them, so that all that is measured is the same, though somebody builds meanwhile."""
        (self.folder / "bin").mkdir(exist_ok=True)
        for name, path in PROGRAMS.items():
            if not os.access(build / path, os.X_OK):
                raise Failure(f"{build / path} is not there: scripts/build.sh release referrald bench")
            self.programs[name] = pathlib.Path(shutil.copy2(build / path, self.folder / "bin"))

    def close(self):
        self.processes.stop_all()
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command, **options):
        return self.processes.run(command, self.log, **options)

    def service(self, arrivals=None):
        return Service(self.processes, self.programs["instant_service"], arrivals)

    def export(self, rows, changed=False):
        """`changed`: in another order, and one row in a hundred with another value or topic."""
        key = (rows, changed)
        if key not in self.exports:
            file = self.folder / f"leads-{rows}{'-changed' if changed else ''}.csv"
            options = ["--shuffle", "--changed", 1] if changed else []
            self.run([self.programs["make_export"], rows, *options], output=file)
            self.exports[key] = file
        return self.exports[key]

    def changed_rows(self, rows):
        return int(rows / 100 + 0.5)

    def scratch(self, name):
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def refresh_token(self, folder):
        file = folder / "refresh-token"
        file.write_text("instant-refresh-token\n", encoding="ascii")
        file.chmod(0o600)
        return file

    def configure(self, folder, export, url="http://127.0.0.1:1", rate="unlimited", burst=5, connections=32):
        """Makes the folder one for referrald; where its ledger is kept if it holds one."""
        self.refresh_token(folder)
        text = CONFIGURATION.format(url=url, export=export, mapping=BENCH / "leads-mapping.yaml",
                                    rate=rate, burst=burst, connections=connections)
        (folder / "referrald.yaml").write_text(text, encoding="utf-8")

    def referrald(self, folder, *command, **options):
        return self.run([self.programs["referrald"], "-c", folder / "referrald.yaml", *command], **options)

    def sync(self, folder, **options):
        return self.referrald(folder, "sync", "--no-progress", **options)


def copy_database(files, source, target):
    for file in source.glob(files):
        shutil.copy2(file, target)


def size_of(folder, files):
    return sum(file.stat().st_size for file in folder.glob(files) if not file.name.endswith("-shm"))
