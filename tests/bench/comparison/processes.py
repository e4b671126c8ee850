"""Running programs: how long they took, and that none outlives the run."""
import dataclasses
import os
import resource
import select
import signal
import subprocess
import time

LONGEST_PAUSE = 20  # milliseconds between two looks at a process


class Failure(Exception):
    """Something could not be run, or its result was wrong."""


@dataclasses.dataclass
class Usage:
    began: int  # nanoseconds of the monotonic clock
    seconds: float
    cpu: float  # seconds of processor time, its children's included
    peak: int  # bytes resident at most


class Processes:
    def __init__(self, environment):
        """`environment`: what they get beside this program's own, without its proxies."""
        self.running = set()
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.environment = kept | environment | {"LC_ALL": "C.UTF-8"}

    def start(self, command, **options):
        """Each in a session of its own, so that Ctrl-C reaches this program alone, which ends them."""
        child = subprocess.Popen([str(word) for word in command], start_new_session=True, stdin=subprocess.DEVNULL,
                                 env=self.environment, **options)
        self.running.add(child)
        return child

    def run(self, command, log, allowed=(0,), output=None, until=None, timeout=3 * 3600):
        """Runs a command to its end, or until `until()`; its messages go to the file `log`."""
        with open(log, "ab") as messages, open(output or os.devnull, "wb") as out:
            began = time.monotonic_ns()
            child = self.start(command, stdout=out, stderr=messages)
            try:
                sampled = self.watch(child, until, began + timeout * 10**9)
            except Failure:
                self.stop(child)
                raise
            seconds = (time.monotonic_ns() - began) / 1e9
            status, used = self.collect(child)
        if status not in allowed and not (until and status == -signal.SIGTERM):
            raise Failure(f"{command[0]} ended with {status}: {last_words(log)}")
        # A child is charged with what its parent held when it was born, unless it has more itself.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak = max(sampled, used.ru_maxrss * 1024 if used.ru_maxrss > own else 0)
        return Usage(began, seconds, used.ru_utime + used.ru_stime, peak)

    def watch(self, child, until, deadline):
        """Waits, and looks at the child's memory now and then."""
        peak = 0
        pause = 1
        descriptor = os.pidfd_open(child.pid)
        try:
            ended = select.poll()
            ended.register(descriptor, select.POLLIN)
            while not ended.poll(pause):
                pause = min(pause + 1, LONGEST_PAUSE)
                peak = max(peak, high_water_mark(child.pid))
                if time.monotonic_ns() > deadline:
                    raise Failure(f"{child.args[0]} took too long")
                if until and until():
                    child.send_signal(signal.SIGTERM)
                    until = None
        finally:
            os.close(descriptor)
        return peak

    def collect(self, child):
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.running.discard(child)
        return child.returncode, used

    def stop(self, child):
        if child.returncode is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.running.discard(child)

    def stop_all(self):
        for child in list(self.running):
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self.running.clear()


def high_water_mark(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def last_words(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        return " / ".join(file.read().strip().splitlines()[-3:]) or "it said nothing"
