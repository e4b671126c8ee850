"""Reading an export and converting every row, the result thrown away."""
import json

from . import peers
from .measurement import Contender, Group, sample_of
from .processes import Failure


class Reading(Group):
    name = "read"

    def __init__(self, workspace, sizes):
        super().__init__(workspace, sizes)
        contender = self.add
        contender("referrald", "**referrald plan**, all rows new", self.plan)
        contender("miller", "Miller, `--icsv --ojson cat`", lambda: ["mlr", "--icsv", "--ojson", "cat", self.file],
                  lambda: peers.missing_programs("mlr"))
        contender("node", "Node, csv-parse to JSON lines", lambda: peers.node_script("convert.mjs", self.file),
                  lambda: peers.missing_modules("csv-parse"))
        contender("python", "Python, csv to JSON lines", lambda: peers.python_script("convert.py", self.file))
        contender("duckdb", "DuckDB, 2 threads: counts the rows, hashes all columns", self.duckdb,
                  lambda: peers.missing_modules("@duckdb/node-api"))
        contender("sha256sum", "sha256sum", lambda: ["sha256sum", self.file])
        contender("wc", "wc -l", lambda: ["wc", "-l", self.file])

    def add(self, name, title, command, missing=lambda: None):
        """`command` is one, or measures by itself."""
        def measure():
            made = command()
            return sample_of(self.workspace.run(made)) if isinstance(made, list) else made
        self.contenders.append(Contender(name, title, measure, missing, rows=self.sizes.rows))

    @property
    def title(self):
        size = self.file.stat().st_size / 1e6
        return f"Read and convert {self.sizes.rows:,} rows × 21 columns, {size:,.0f} MB"

    @property
    def file(self):
        return self.workspace.export(self.sizes.rows)

    def plan(self):
        return plan(self.workspace, self.sizes.rows)

    def duckdb(self):
        output = self.workspace.folder / "count"
        usage = self.workspace.run(peers.node_script("scan.mjs", self.file), output=output)
        if int(output.read_text()) != self.sizes.rows:
            raise Failure(f"DuckDB counted {output.read_text().strip()} rows")
        return sample_of(usage)


def plan(workspace, rows):
    """Of an export of which nothing is known yet."""
    folder = workspace.scratch("plan")
    workspace.configure(folder, workspace.export(rows))
    output = folder / "plan.json"
    usage = workspace.referrald(folder, "plan", "--json", output=output)
    created = json.loads(output.read_text(encoding="utf-8"))["created"]
    if created != rows:
        raise Failure(f"referrald plan would create {created} of {rows} rows")
    return sample_of(usage)
