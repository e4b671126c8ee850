"""Syncs of what is known already: the same export again, and one in another order with changes."""
from . import peers
from .measurement import Contender, Group, sample_of
from .service import expect
from .syncing import first_sync, script, script_sync
from .workspace import copy_database


class Resync(Group):
    name = "resync"

    def __init__(self, workspace, sizes):
        super().__init__(workspace, sizes)
        needs = {"python": peers.missing_python,
                 "node": lambda: peers.missing_modules("undici", "better-sqlite3", "csv-parse")}
        titles = {"python": "Python", "node": "Node"}
        for changed in (False, True):
            what = "1 % changed, another order" if changed else "identical"
            suffix = "-changed" if changed else ""
            if sizes.rows > sizes.peer_rows:
                self.add_referrald("referrald-all" + suffix, sizes.rows, changed, what)
            reference = self.add_referrald("referrald" + suffix, sizes.peer_rows, changed, what)
            for language, missing in needs.items():
                self.contenders.append(Contender(
                    language + suffix, f"{titles[language]}, {sizes.peer_rows:,} rows, {what}",
                    lambda language=language, changed=changed: self.with_script(language, changed),
                    missing, reference, sizes.peer_rows,
                    lambda language=language: synced_by_script(workspace, language, sizes.peer_rows)))

    def add_referrald(self, name, rows, changed, what):
        self.contenders.append(Contender(
            name, f"**referrald sync**, {rows:,} rows, {what}", lambda: resync(self.workspace, rows, changed),
            against=name, rows=rows, prepare=lambda: synced(self.workspace, rows)))
        return name

    @property
    def title(self):
        return "Sync again: the identical export, or in another order with value or topic of 1 % changed"

    def lines(self, samples):
        """With the sync that made the largest ledger: it was measured, if only once."""
        lines = super().lines(samples)
        rows = self.sizes.rows
        if rows in self.workspace.ledgers:
            made = {"first": [self.workspace.ledgers[rows][1]]}
            first = Contender("first", f"the first sync of {rows:,} rows, once", None, against="first", rows=rows)
            lines.insert(0, self.line(first, made))
            lines.insert(1, self.figure_line("its ledger, for each synced row", made["first"], "ledger_bytes",
                                             lambda value: f"{value:,.0f} bytes"))
        return lines

    def with_script(self, language, changed):
        rows = self.sizes.peer_rows
        folder = self.workspace.scratch("resync-" + language)
        copy_database("referrals.db*", synced_by_script(self.workspace, language, rows), folder)
        with self.workspace.service() as service:
            export = self.workspace.export(rows, changed)
            usage = self.workspace.run(script(self.workspace, language, folder, service.url, export))
            expect_changes(self.workspace, service, rows if changed else 0)
        return sample_of(usage)


def synced(workspace, rows):
    """A folder with the ledger of that many synced rows, made once."""
    if rows not in workspace.ledgers:
        folder = workspace.scratch(f"synced-{rows}")
        workspace.ledgers[rows] = (folder, first_sync(workspace, rows, folder))
    return workspace.ledgers[rows][0]


def synced_by_script(workspace, language, rows):
    key = (language, rows)
    if key not in workspace.ledgers:
        folder = workspace.scratch(f"synced-{rows}-{language}")
        workspace.ledgers[key] = (folder, script_sync(workspace, language, rows, folder))
    return workspace.ledgers[key][0]


def resync(workspace, rows, changed):
    folder = workspace.scratch("resync")
    copy_database("ledger.db*", synced(workspace, rows), folder)
    with workspace.service() as service:
        workspace.configure(folder, workspace.export(rows, changed), service.url)
        usage = workspace.sync(folder)
        expect_changes(workspace, service, rows if changed else 0)
    return sample_of(usage)


def expect_changes(workspace, service, rows):
    changed = workspace.changed_rows(rows)
    expect(service.counts(), creates=0, updates=changed, updated=changed)
