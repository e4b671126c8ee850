"""How well a configured rate is kept, by when requests arrive at the service."""
import statistics

from .measurement import Contender, Group, Sample
from .processes import Failure
from .service import expect

BURST = 5  # as configured by default
PACES = ((50, BURST), (100, BURST), (2000, BURST), (2000, 100))  # a second, burst
TIMED = 100  # the rate of which lags are told


class Rates(Group):
    name = "rate"

    def __init__(self, workspace, sizes):
        super().__init__(workspace, sizes)
        for rate, burst in PACES:
            self.contenders.append(Contender(
                f"{rate}-{burst}", f"{rate}/s, burst {burst}",
                lambda rate=rate, burst=burst: self.sync_at(rate, burst)))

    @property
    def title(self):
        return f"Rate kept, for {self.sizes.rate_seconds} s"

    def sync_at(self, rate, burst):
        rows = rate * self.sizes.rate_seconds
        folder = self.workspace.scratch("rate")
        arrivals_file = folder / "arrivals"
        with self.workspace.service(arrivals_file) as service:
            self.workspace.configure(folder, self.workspace.export(rows), service.url, f"{rate}/s", burst)
            usage = self.workspace.sync(folder)
            expect(service.counts(), creates=rows, distinct=rows)
            arrivals = [int(line) / 1e9 for line in arrivals_file.read_text(encoding="ascii").split()]
        if len(arrivals) <= rows:
            raise Failure("the service recorded fewer arrivals than it counted")
        steady = arrivals[2 * burst:]
        lags = sorted(lags_of(steady, rate, burst))
        return Sample(usage.seconds, figures={
            "rate": (len(steady) - 1) / (steady[-1] - steady[0]),
            "window": most_within(arrivals, 1.0),
            "p50": statistics.median(lags),
            "p99": lags[min(len(lags) - 1, len(lags) * 99 // 100)],
            "max": lags[-1],
        })

    def lines(self, samples):
        lines = []
        for rate, burst in PACES:
            mine = samples.get(f"{rate}-{burst}")
            if not mine:
                continue
            title = f"{rate}/s, burst {burst}: "
            lines.append(self.figure_line(title + "in the long run", mine, "rate",
                                          lambda value, rate=rate: f"{value:.2f}/s ({value / rate - 1:+.1%})"))
            lines.append(self.figure_line(title + f"most in any second, of {rate + burst} allowed", mine, "window",
                                          lambda value: f"{value:.0f}"))
            if rate != TIMED:
                continue
            for name, words in (("p50", "half of them"), ("p99", "99 %"), ("max", "all")):
                lines.append(self.figure_line(f"{title}behind the grid of {1000 / rate:.0f} ms, {words} at most",
                                              mine, name, lambda value: f"{value * 1000:.2f} ms"))
        return lines


def most_within(arrivals, seconds):
    """The most arrivals in any window of that length."""
    most = first = 0
    for last, arrival in enumerate(arrivals):
        while arrival - arrivals[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def lags_of(arrivals, rate, burst):
    """How long after its due time each request arrived; the burst is spent when the first does.

    They are due at even distances. After one so late that the bucket was full meanwhile, the due times
    go on from when it became full: what it cost is seen in that request and in the rate, and not in all
    that follow. The least lag counts as 0: a delay that all have cannot be seen."""
    period = 1 / rate
    room = (burst - 1) * period
    due = arrivals[0]
    lags = []
    for arrival in arrivals:
        lags.append(arrival - due)
        due = max(due, arrival - room) + period
    least = min(lags)
    return [lag - least for lag in lags]
