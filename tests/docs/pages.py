#!/usr/bin/env python3
"""pages.py [--verbose] REFERRALD SIMULATOR PAGE…: runs every command of these pages, in their order, in a folder of its own.

What is indented by four is what a person types; a block ```text is what the command before it prints, where
numbers and times may differ and a line … stands for any lines. A comment "ends with N" is the exit code, else 0.
The commands are run as they are, but for names: /etc, /var and /usr/local are folders of the test, ports are free
ones, and a few programs that need root or a booted system are stand-ins (the folder programs/). What cannot be run
at all is listed in elsewhere.txt, with the reason.

pages.py --unused: is each line of elsewhere.txt still in a page?
pages.py --journal PAGE…: prints their commands that ask the journal; tests/system runs them on a booted system.
"""
import http.server
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
LIMIT = 30  # seconds for one command; nothing takes so long


def read(*path):
    with open(os.path.join(*path), encoding="utf-8-sig") as file:
        return file.read()


def write(text, *path):
    os.makedirs(os.path.dirname(os.path.join(*path)), exist_ok=True)
    with open(os.path.join(*path), "w", encoding="utf-8") as file:
        file.write(text)


# --- What a page says -----------------------------------------------------------------------------------------


class Command:
    def __init__(self, page, line, text):
        self.page, self.line, self.text, self.output = page, line, text, None
        first = text.split("\n")[0]
        self.plain = re.sub(r"\s+# .*", "", first)  # as elsewhere.txt has it
        self.comment = (re.search(r"\s# (.*)", first) or [None, ""])[1]
        ends = re.search(r"\bends with (\d+)", self.comment)
        self.code = int(ends[1]) if ends else EXITS.get(page, {}).get(self.plain, 0)

    def __str__(self):
        return f"{self.page}:{self.line}: {self.plain}"


# What a command may begin with, to be run here; with these it stays in the folder of the test.
RUN = set("""cat cd chgrp chmod cp curl du echo editor export find grep head install jq journalctl kill ls mkdir mv openssl
    partner-center-simulator ps referrald referraldctl sed systemctl tar /etc/cron.daily/referrald-ledger
    /usr/local/bin/tell-operations""".split())

# Pages that tell exit codes in their prose.
EXITS = {"README.md": {"referrald sync": 1, "referrald sync rejects.csv": 1}}


def complete(text):
    here = re.search(r"<<-?\s*['\"]?(\w+)", text)
    if here and not re.search(rf"^{here[1]}$", text, re.M):
        return False
    if text.endswith("\\"):
        return False
    if not here and not text.endswith("|") and not text.startswith("(") and all(text.count(q) % 2 == 0 for q in "'\""):
        return True  # bash, which is slow to start, need not be asked
    said = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True)
    return "unexpected end of file" not in said.stderr and "unexpected EOF" not in said.stderr


def commands_of(page, section=None):
    """The commands of a page, or of one section of it."""
    found, block, start, fence, output, inside = [], [], 0, None, None, section is None
    previous_blank = True

    def close():
        nonlocal block
        indent = min((len(l) - len(l.lstrip()) for l in block if l.strip()), default=0)
        pending, first = [], 0
        for number, line in enumerate(block):
            line = line[indent:].rstrip()
            if not pending and not line:
                continue
            if not pending:
                first = number
            pending.append(line)
            if complete("\n".join(pending)):
                found.append(Command(page, start + first, "\n".join(pending)))
                pending = []
        if pending:
            found.append(Command(page, start + first, "\n".join(pending)))
        block = []

    for number, line in enumerate(read(SOURCE, page).split("\n"), 1):
        if fence is None and line.startswith("#"):
            close()
            if section is not None and line.startswith("## "):
                inside = line[3:].strip() == section
        if line.lstrip().startswith("```"):
            if fence is None:
                close()
                fence, output = line.strip()[3:], []
                if fence not in ("text", "yaml", "nginx"):
                    sys.exit(f"{page}:{number}: a block of ```{fence}: indent commands by four, mark output as ```text")
            else:
                if fence == "text" and inside:
                    found[-1].output = output
                fence = None
            continue
        if fence is not None:
            output.append(line)
        elif inside and line.startswith("    ") and (block or previous_blank):
            if not block:
                start = number
            block.append(line)
        elif block and not line.strip():
            block.append(line)
        else:
            close()
        previous_blank = not line.strip()
    close()
    return found


def elsewhere():
    """Commands that are not run here, and why."""
    listed, reason = {}, None
    for line in read(HERE, "elsewhere.txt").split("\n"):
        if line.startswith("[") and line.endswith("]"):
            reason = line[1:-1]
        elif line and not line.startswith("#"):
            listed[line] = reason
    return listed


def unknown(command, here):
    """Why a command is not run: nobody has said that it can be."""
    first = re.sub(r"^\w+=\$\(|^\((umask \d+; )?", "", command.plain).split(" ")[0]
    if first not in RUN:
        return f"'{first}' is not run here: list the command in elsewhere.txt with the reason, or its program under RUN"
    outside = re.search(r"(?<![\w.~$/-])/(etc|var|usr|opt|srv|home|root|boot|lib)\b\S*", here)
    return f"{outside[0]} is no folder of the test" if outside else None


def check_words(command):
    """Events and fields that a query names are those of log-events.md."""
    events_page = read(SOURCE, "docs/log-events.md")
    events = set(re.findall(r"^### (\S+)$", events_page, re.M)) | set(re.findall(r"^\| `([a-z-]+)` \| (?:info|debug|trace) ", events_page, re.M))
    fields = set(re.findall(r"\| `([A-Z_]+)=` \|", events_page)) | {"EVENT", "MESSAGE"}
    wrong = []
    if command.plain.startswith("journalctl"):
        for field, value in re.findall(r"\b([A-Z_]+)=(\S+)", command.text):
            if field not in fields:
                wrong.append(f"{field}= is no field of log-events.md")
            if field == "EVENT" and value not in events:
                wrong.append(f"{value} is no event of log-events.md")
        shown = re.search(r"--output-fields=(\S+)", command.text)
        wrong += [f"{f} is no field of log-events.md" for f in (shown[1].split(",") if shown else []) if f not in fields]
    wrong += [f"{e} is no event of log-events.md" for e in re.findall(r'\.event == "([^"]*)"', command.text) if e not in events]
    return wrong


# --- Where it is run ------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Chat(http.server.BaseHTTPRequestHandler):
    """The webhook of a chat."""
    heard = []
    came = threading.Condition()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        with Chat.came:
            Chat.heard.append((self.path, json.loads(body)))
            Chat.came.notify_all()

    def log_message(self, *_):
        pass


class World:
    """A folder with what a machine has: the service's files, and programs that need no root."""

    def __init__(self, referrald, simulator):
        self.folder = tempfile.mkdtemp(prefix="referrald-docs-")
        self.root, self.home = f"{self.folder}/root", f"{self.folder}/home"
        self.port, self.tour_port, self.page_port = free_port(), free_port(), free_port()
        self.chat = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Chat)
        threading.Thread(target=self.chat.serve_forever, daemon=True).start()
        programs = f"{self.folder}/programs"
        os.makedirs(self.home)
        shutil.copytree(f"{HERE}/programs", programs)
        for program, name in (referrald, "referrald"), (simulator, "partner-center-simulator"):
            os.symlink(os.path.abspath(program), f"{programs}/{name}")
        for folder in ("etc/cron.daily", "usr/local/bin", "var/backups/referrald", "var/lib/referrald", "var/spool/referrald/leads", "journal", "run"):
            os.makedirs(f"{self.root}/{folder}")
        self.environment = {
            "PATH": f"{programs}:{self.root}/usr/local/bin:{os.environ['PATH']}", "HOME": self.home, "LANG": "C.UTF-8",
            "ROOT": self.root, "SOURCE": SOURCE, "SIMULATOR": f"http://127.0.0.1:{self.port}", "CREDENTIALS_DIRECTORY": f"{self.root}/etc/referrald",
            "NO_PROXY": "127.0.0.1"}
        self.simulator = None
        self.shell = None

    def here(self, text):
        """A command of a page, for this folder."""
        text = re.sub(r"(?<![\w.~$/-])/(etc/referrald|etc/cron\.daily|usr/local|var)(?=[/\s;\"']|$)", rf"{self.root}/\1", text)
        text = text.replace("https://chat.example.com", f"http://127.0.0.1:{self.chat.server_port}")
        return re.sub(r"\b8321\b", str(self.page_port), re.sub(r"\b8400\b", str(self.tour_port), text))

    def there(self, text):
        """What was printed, as the page would have it."""
        text = text.replace(self.root, "").replace(self.home, "~")
        return re.sub(rf"\b{self.page_port}\b", "8321", re.sub(rf"\b({self.tour_port}|{self.port})\b", "8400", text))

    def start_simulator(self, *options):
        ports = f"{self.folder}/port"
        self.simulator = subprocess.Popen(
            [f"{self.folder}/programs/partner-center-simulator", "--port", str(self.port), *options], stdout=subprocess.PIPE, text=True)
        line = self.simulator.stdout.readline()
        if "listening" not in line:
            sys.exit(f"the simulator did not start: {line}")

    def install(self):
        """What the package puts on a machine."""
        etc = f"{self.root}/etc/referrald"
        shutil.copytree(f"{SOURCE}/config/mappings", f"{etc}/mappings")
        write(self.here(read(SOURCE, "config/referrald.yaml")), etc, "referrald.yaml")
        write("simulator-secret\n", etc, "client-secret")
        os.chmod(f"{etc}/client-secret", 0o600)

    def configure(self, more=""):
        """The service as it works, with the mapping of the demo."""
        self.run("editor /etc/referrald/referrald.yaml /etc/referrald/mappings/dynamics-lead.yaml && referraldctl login")
        if more:
            with open(f"{self.root}/etc/referrald/referrald.yaml", "a", encoding="utf-8") as file:
                file.write(self.here(more))

    def drop(self, name, rows):
        """An export in the folder, of rows (id, changes of it)."""
        header = read(SOURCE, "tests/data/demo/leads.csv").split("\n")[0]
        lines = [header]
        for row_id, changes in rows:
            row = dict.fromkeys(header.split(","), "")
            row.update({"(Do Not Modify) Lead": row_id, "Topic": "Storage renewal", "First Name": "Ann", "Last Name": "Miller",
                        "Company Name": f"Fabrikam {row_id}", "Email": "ann@example.com", "No. of Employees": "250", "City": "Berlin",
                        "ZIP/Postal Code": "10115", "Country/Region": "Germany", "Est. Value": "1000.00", "Currency": "EUR",
                        "Est. Close Date": "06/19/2027", "Status Reason": "Contacted", "Deal Type": "Private"}, **changes)
            lines.append(",".join(row.values()))
        write("\n".join(lines) + "\n", self.root, "var/spool/referrald/leads", name)

    def run(self, text, *codes):
        """A step of the test's own, before a page."""
        done = subprocess.run(["bash", "-c", self.here(text)], env=self.environment, cwd=self.home, capture_output=True, text=True, timeout=LIMIT)
        if done.returncode not in (codes or (0,)):
            sys.exit(f"before the page: {text}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def fault(self, names):
        self.run(f"curl -sf $SIMULATOR/__simulator/faults -d '{json.dumps({'next': names})}'")

    def idle(self, command):
        """Waits until the daemon has taken an export that was put into its folder, and holds the ledger no more."""
        if not os.path.exists(f"{self.root}/run/pid"):
            return
        dropped = re.search(r"^install .* (/var/spool/referrald/leads/\S+)$", command)
        lock, until = f"{self.root}/var/lib/referrald/ledger.db.lock", time.monotonic() + LIMIT
        while time.monotonic() < until and (
                dropped and os.path.exists(self.root + dropped[1]) or os.path.exists(lock) and os.path.getsize(lock)):
            time.sleep(0.02)

    def close(self):
        if self.shell:
            self.shell.close()
        pid_file = f"{self.root}/run/pid"
        if os.path.exists(pid_file):
            end(int(read(pid_file)))
        if self.simulator:
            self.simulator.terminate()
            self.simulator.wait(LIMIT)
        self.chat.shutdown()
        shutil.rmtree(self.folder)


def end(pid):
    """Ends a process that this test has started, and waits for it."""
    for how in signal.SIGTERM, signal.SIGKILL:
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                os.kill(pid, 0)
                state = read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[0]
            except (ProcessLookupError, FileNotFoundError):
                return
            if state == "Z":
                return
            time.sleep(0.02)


class Shell:
    """One bash for a page, so that what a command exports, or where it goes to, holds for the next."""

    def __init__(self, world, folder):
        self.world, self.out, self.err = world, f"{world.folder}/out", f"{world.folder}/err"
        self.answers, there = os.pipe()
        self.bash = subprocess.Popen(["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, cwd=folder, env=world.environment,
                                     pass_fds=[there], text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(there)
        self.to = there

    def run(self, text):
        """Returns exit code, standard output, standard error."""
        write(self.world.here(text) + "\n", self.world.folder, "command")
        # Each command has files of its own, since what goes on in the background still writes.
        self.out, self.err = (tempfile.mkstemp(dir=self.world.folder)[1] for _ in range(2))
        self.bash.stdin.write(f". {self.world.folder}/command >{self.out} 2>{self.err} </dev/null; echo $? >&{self.to}\n")
        self.bash.stdin.flush()
        if not select.select([self.answers], [], [], LIMIT)[0]:
            return None, read(self.out), read(self.err) + f"\n(it did not end within {LIMIT} s)"
        return int(os.read(self.answers, 100)), read(self.out), read(self.err)

    def background(self):
        self.run("jobs -p")
        return [int(pid) for pid in read(self.out).split()]

    def close(self):
        if self.bash.poll() is None:
            for pid in self.background():
                end(pid)
            self.bash.stdin.close()
            try:
                self.bash.wait(5)
            except subprocess.TimeoutExpired:
                self.bash.kill()
                self.bash.wait()


def as_compared(lines):
    """Without what may differ: numbers, times, ids, blanks."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", "\n".join(lines))
    text = re.sub(r"(\d+[smhd] )*\d+[smhd]\b", "TIME", text)
    return [re.sub(r"\s+", " ", re.sub(r"\d[\d,.]*", "N", line)).strip() for line in text.strip().split("\n")]


def prints(expected, got):
    """Are the page's lines printed? A line … is any number of lines."""
    pattern = "".join("(?:.*\n)*" if line == "…" else re.escape(line) + "\n" for line in as_compared(expected))
    return re.fullmatch(pattern, "\n".join(as_compared(got.split("\n"))) + "\n") is not None


# --- The pages ------------------------------------------------------------------------------------------------


def readme(world):
    return commands_of("README.md", "Five minutes to try it yourself"), SOURCE


def install(world):
    world.start_simulator("--device-interval", "1", "--require-secret")
    world.install()
    shutil.copy(f"{SOURCE}/tests/data/demo/leads.csv", world.home)
    return commands_of("docs/install.md"), world.home


def backfill(world):
    world.start_simulator("--device-interval", "1")
    world.install()
    world.configure()
    return commands_of("docs/backfill.md"), SOURCE


def operation(world):
    world.start_simulator("--device-interval", "1")
    world.install()
    world.configure("status_page: 127.0.0.1:8321\n")
    shutil.copy(f"{SOURCE}/tests/data/demo/leads.csv", f"{world.root}/var/spool/referrald/leads")
    world.run("referraldctl --log-format json sync 2>>$ROOT/journal/referrald", 1)
    world.run("systemctl start referrald.service")
    # It has to look first whether somebody has signed in.
    world.run("timeout 20 bash -c 'until curl -sf http://127.0.0.1:8321/readyz; do read -rt 0.1 <> <(:) || true; done'")
    write("", world.home, "referrald_0.1.0_amd64.deb")
    return commands_of("docs/operation.md"), world.home


def after_operation(world):
    """notify.command, as the page has written it, tells the chat of an export that cannot be read."""
    Chat.heard.clear()
    with open(f"{world.root}/etc/referrald/referrald.yaml", "a", encoding="utf-8") as file:
        file.write(world.here("notify: { command: /usr/local/bin/tell-operations }\n"))
    world.run("systemctl restart referrald")
    write("a,b\n1,2\n", world.root, "var/spool/referrald/leads/wrong.csv")
    with Chat.came:
        Chat.came.wait_for(lambda: Chat.heard, LIMIT)
    if not Chat.heard or Chat.heard[0][0] != "/hooks/0123456789" or "wrong.csv" not in Chat.heard[0][1]["text"]:
        return [f"the chat was not told of an export that cannot be read: {Chat.heard}"]
    return []


def troubleshooting(world):
    world.start_simulator("--device-interval", "1")
    world.install()
    world.configure("status_page: 127.0.0.1:8321\n")
    # Rows of every kind. LEAD-1002 is refused, and LEAD-1003 a conflict.
    world.drop("leads-1.csv", [(f"LEAD-{n}", {}) for n in range(1001, 1006)])
    world.run("referraldctl sync")
    world.run(r"""
      token=$(curl -sf $SIMULATOR/contoso.onmicrosoft.com/oauth2/v2.0/token -d grant_type=refresh_token \
        -d refresh_token=simulator-refresh-token -d client_id=00000000-0000-0000-0000-000000000000 \
        -d scope=https://api.partner.microsoft.com/.default | sed -E 's/.*"access_token":"([^"]*)".*/\1/')
      id=$(referraldctl show LEAD-1003 --json | sed -nE 's/.*"own":\{"referral_id":"([^"]*)".*/\1/p')
      url=$SIMULATOR/v1.0/engagements/referrals/$id
      etag=$(curl -sf -D - -o /dev/null -H "Authorization: Bearer $token" $url | sed -nE 's/^ETag: ([^\r]*).*/\1/ip')
      curl -sf -X PATCH $url -H "Authorization: Bearer $token" -H "If-Match: $etag" -H 'Content-Type: application/json' \
        -d '[{"op": "replace", "path": "/name", "value": "Changed in the portal"}]'""")
    world.drop("leads-2.csv", [("LEAD-1002", {"Company Name": "Northwind"}), ("LEAD-1003", {"Topic": "Storage and backup"}),
                               ("LEAD-1006", {"Country/Region": "Atlantis"})])
    world.run("referraldctl sync", 1)
    world.run("referraldctl show LEAD-1002 | grep -q refused && referraldctl show LEAD-1003 | grep -q conflict")
    # An export that is set aside, then one that the guard stops.
    write("a,b\n1,2\n", world.root, "var/spool/referrald/leads/leads-3.csv")
    world.run("sed -i 's/max_creates: 1000/max_creates: 3/' /etc/referrald/referrald.yaml && systemctl start referrald.service")
    world.run("within export-set-aside")
    world.drop("leads-4.csv", [(f"LEAD-{n}", {}) for n in range(2001, 2006)])
    world.run("within guard-stopped")
    return commands_of("docs/troubleshooting.md"), world.home


def after_troubleshooting(world):
    """The conflict is settled as it was said, and what the guard stopped is there."""
    state = json.loads(world.run("referraldctl show LEAD-1003 --json"))["state"]
    names = world.run("curl -sf $SIMULATOR/__simulator/referrals")
    wrong = [] if state == "synced" else [f"LEAD-1003 is {state}"]
    return wrong + [f"{what} is not at the simulator" for what in ("Storage and backup", "LEAD-2005") if what not in names]


PAGES = {"README": readme, "install": install, "backfill": backfill, "operation": operation, "troubleshooting": troubleshooting}
AFTER = {"operation": after_operation, "troubleshooting": after_troubleshooting}
FILES = {"README": ("README.md", "Five minutes to try it yourself")} | {
    name: (f"docs/{name}.md", None) for name in PAGES if name != "README"}


def run_page(name, referrald, simulator, verbose):
    listed, failed, ran, skipped = elsewhere(), [], 0, []
    begin = time.monotonic()
    world = World(referrald, simulator)
    try:
        commands, folder = PAGES[name](world)
        world.shell = Shell(world, folder)
        for command in commands:
            failed += [f"{command}\n  {wrong}" for wrong in check_words(command)]
            if command.plain in listed:
                continue
            missing = [tool for tool in ("jq", "sqlite3", "journalctl", "curl", "openssl", "ps")
                       if re.search(rf"(^|[|;&] *|\s){tool}\s", command.text) and not shutil.which(tool)]
            if missing:
                skipped.append(f"{missing[0]} is missing: {command.plain}")
                continue
            why = unknown(command, world.here(command.text).replace(world.root, "ROOT"))
            if why:
                failed.append(f"{command}\n  {why}")
                continue
            edit = re.search(r"(\w+: \S+)$", command.comment) if command.plain.startswith("editor ") else None
            code, out, err = world.shell.run((f"EDIT='{edit[1]}' " if edit else "") + command.text)
            ran += 1
            if command.plain.endswith("&") and code == 0:
                until = time.monotonic() + LIMIT
                while "listening on" not in out and time.monotonic() < until:
                    time.sleep(0.02)
                    out = read(world.shell.out)
            world.idle(command.plain)
            if verbose:
                print(f"[{time.monotonic() - begin:.1f} s] $ {command.text}\n{world.there(out + err)}", end="")
            if code != command.code:
                failed.append(f"{command}\n  ended with {code}, not {command.code}\n" + world.there(out + err))
                if code in (None, 127):
                    break
            elif command.output is not None and not prints(command.output, world.there(out)):
                failed.append(f"{command}\n  does not print what the page shows, but:\n" + world.there(out))
        if not failed and world.simulator:
            world.run("partner-center-simulator report $SIMULATOR")  # ends with 1 if anything is there twice
        if not failed and name in AFTER:
            failed += AFTER[name](world)
        if ran < 10 and not failed:
            failed.append(f"only {ran} commands were found in {name}")
    finally:
        world.close()
    for reason in skipped:
        print("SKIPPED:", reason)
    for failure in failed:
        print(failure.rstrip() + "\n")
    print(f"{name}: {ran} commands were run in {time.monotonic() - begin:.1f} s, {len(failed)} are wrong")
    return not failed


def main():
    if sys.argv[1:] == ["--unused"]:
        known = {command.plain for page in FILES.values() for command in commands_of(*page)}
        unused = [line for line in elsewhere() if line not in known]
        for line in unused:
            print(f"elsewhere.txt: in no page: {line}")
        return not unused
    if sys.argv[1] == "--journal":
        for name in sys.argv[2:]:
            for command in commands_of(*FILES[name]):
                if command.plain.startswith("journalctl") and " -f" not in command.plain:
                    print(re.sub(r"\s*\n\s*", " ", re.sub(r" \| .*", "", command.text, flags=re.S)))
        return True
    verbose = sys.argv[1] == "--verbose"
    referrald, simulator, *names = sys.argv[2 if verbose else 1:]
    return all([run_page(name, referrald, simulator, verbose) for name in names or PAGES])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
