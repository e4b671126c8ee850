"""How long it takes until something happens."""
import signal

from .measurement import Contender, Group, Sample, sample_of
from .resyncing import synced

SMALL = 100


class Start(Group):
    name = "start"

    def __init__(self, workspace, sizes):
        super().__init__(workspace, sizes)
        self.contenders.append(Contender(
            "status", f"`status`, a ledger of {sizes.rows:,} rows",
            lambda: sample_of(workspace.referrald(synced(workspace, sizes.rows), "status")),
            prepare=lambda: synced(workspace, sizes.rows)))
        for rows in (SMALL, sizes.rows):
            self.contenders.append(Contender(
                f"sync-{rows}", f"`sync` of {rows:,} new rows, until its first request is there",
                lambda rows=rows: self.until_first_request(rows)))

    @property
    def title(self):
        return "Start, from the call of the program"

    def lines(self, samples):
        lines = super().lines(samples)
        for rows in (SMALL, self.sizes.rows):
            if mine := samples.get(f"sync-{rows}"):
                title = f"`sync` of {rows:,} new rows, until the first referral is there"
                lines.append(self.figure_line(title, mine, "first_create", lambda value: f"{value * 1000:.0f} ms"))
        return lines

    def until_first_request(self, rows):
        folder = self.workspace.scratch("start")
        with self.workspace.service() as service:
            self.workspace.configure(folder, self.workspace.export(rows), service.url)
            usage = self.workspace.sync(folder, until=lambda: service.counts()["creates"] > 0,
                                        allowed=(0, 2, -signal.SIGTERM))
            counts = service.counts()
        return Sample((counts["first_ns"] - usage.began) / 1e9,
                      figures={"first_create": (counts["first_create_ns"] - usage.began) / 1e9})
