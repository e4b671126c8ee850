"""Ten times as many rows: what takes ten times as long, and what takes more."""
from .measurement import Contender, Group
from .reading import plan
from .resyncing import resync, synced


class Growth(Group):
    name = "growth"
    most_rounds = 1

    def __init__(self, workspace, sizes):
        super().__init__(workspace, sizes)
        rows = sizes.rows
        self.add("plan", "plan, all rows new", lambda rows: plan(workspace, rows))
        if sizes.growth == "sync":
            self.add("first", "first sync", self.first_sync)
            self.add("identical", "sync of the identical export", lambda rows: resync(workspace, rows, False))
            self.add("changed", "sync in another order, 1 % changed", lambda rows: resync(workspace, rows, True))

    def add(self, name, title, measure):
        for factor in (1, 10):
            rows = factor * self.sizes.rows
            self.contenders.append(Contender(
                name if factor == 1 else f"{name}-10", f"{title}, {rows:,} rows",
                lambda rows=rows: measure(rows), against=name, rows=rows))

    @property
    def title(self):
        return "Growth of referrald: ratio of ten times as many rows to one time"

    def first_sync(self, rows):
        """The one that made the ledger."""
        synced(self.workspace, rows)
        return self.workspace.ledgers[rows][1]
