"""The table, and what it was measured on."""
import os
import platform
import subprocess

from . import peers
from .workspace import REPOSITORY

COLUMNS = ("", "median", "least to most", "rows/s", "ratio", "processor time", "most memory")


def table(sections):
    """`sections`: of each the title and its lines."""
    rows = [COLUMNS, ("---",) + ("---:",) * (len(COLUMNS) - 1)]
    for title, lines in sections:
        rows.append((f"**{title}**",) + ("",) * (len(COLUMNS) - 1))
        for line in lines:
            rows.append((line.title, line.median, line.spread, line.rate, line.ratio, line.cpu, line.peak))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine(workspace, rounds):
    """What a reader must know to judge the figures."""
    found = peers.versions()
    referrald = peers.first_line(str(workspace.programs["referrald"]), "--version")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    facts = [
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory; Linux {platform.release()};"
        f" files on {file_system(workspace.folder)}",
        f"{referrald}, commit {commit()}; {rounds} round{'s' if rounds != 1 else ''}",
        ", ".join(f"{name} {version}" for name, version in found.items()),
    ]
    return "\n".join("- " + fact for fact in facts)


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def file_system(folder):
    """The type of the one that is mounted nearest above."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        fields = [line.split() for line in mounts]
    holding = [field for field in fields if folder.is_relative_to(field[1])]
    return max(holding, key=lambda field: len(field[1]))[2]


def commit():
    git = ["git", "-C", REPOSITORY]
    described = subprocess.run([*git, "describe", "--always", "--dirty=, with changes"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, check=False)
    return described.stdout.strip() or "unknown"
