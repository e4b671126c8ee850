"""The programs that referrald is measured against: where they are, and how each is called."""
import functools
import json
import re
import shutil
import subprocess
import sys

from .workspace import BENCH, REPOSITORY

INSTALL = "scripts/install-dependencies.sh bench"
MODULES = REPOSITORY / "build" / "peers" / "bench"
SCRIPTS = BENCH / "peers"


def first_line(*command):
    """Of what a command says, if it can be run."""
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=60, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = ran.stdout.strip().splitlines()
    return lines[0] if lines else None


@functools.cache
def python():
    """One that has aiohttp, if there is one; Debian's first, which need not be the first of the PATH."""
    has_aiohttp = "import aiohttp, sqlite3; print('yes')"
    candidates = ["/usr/bin/python3", sys.executable]
    return next((path for path in candidates if first_line(path, "-c", has_aiohttp) == "yes"), None)


@functools.cache
def node():
    return shutil.which("node") or shutil.which("nodejs")


def module_version(name):
    try:
        text = (MODULES / "node_modules" / name / "package.json").read_text(encoding="utf-8")
    except OSError:
        return None
    return json.loads(text)["version"]


def missing_programs(*names):
    missing = [name for name in names if not shutil.which(name)]
    return f"{INSTALL} ({', '.join(missing)})" if missing else None


def missing_modules(*names):
    if not node():
        return "Node 18.17 or newer with npm, then " + INSTALL
    missing = [name for name in names if not module_version(name)]
    return f"{INSTALL} ({', '.join(missing)} from npm)" if missing else None


def missing_python():
    return None if python() else f"{INSTALL} (python3-aiohttp)"


def node_script(name, *arguments):
    return [node(), SCRIPTS / "node" / name, MODULES, *arguments]


def python_script(name, *arguments):
    return [python() or sys.executable, SCRIPTS / "python" / name, *arguments]


def versions():
    """What is installed, by name."""
    aiohttp = "import aiohttp, sqlite3, sys; print(sys.version.split()[0], aiohttp.__version__, sqlite3.sqlite_version)"
    found = {
        "Miller": first_line("mlr", "--version"),
        "wrk": first_line("wrk", "-v"),
        "syslog-ng": first_line("syslog-ng", "--version"),
        "coreutils": first_line("sha256sum", "--version"),
        "Node": first_line(node(), "--version") if node() else None,
    }
    for name in ("undici", "better-sqlite3", "csv-parse", "@duckdb/node-api"):
        found[name] = module_version(name)
    if python():
        words = first_line(python(), "-c", aiohttp).split()
        found |= dict(zip(("Python", "aiohttp", "SQLite of Python"), words))
    return {name: shortened(text) for name, text in found.items() if text}


def shortened(text):
    """The first of a version that the text holds."""
    found = re.search(r"\d+(\.\d+)+\S*", text)
    return found[0].rstrip("),") if found else text
