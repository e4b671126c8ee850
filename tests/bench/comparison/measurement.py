"""What a measurement is: groups of contenders, their samples, and the lines they become."""
import dataclasses
import statistics


@dataclasses.dataclass
class Sample:
    seconds: float
    cpu: float | None = None  # seconds of processor time
    peak: int | None = None  # bytes resident at most
    figures: dict = dataclasses.field(default_factory=dict)


def sample_of(usage, **figures):
    return Sample(usage.seconds, usage.cpu, usage.peak, figures)


@dataclasses.dataclass
class Contender:
    name: str  # for --only
    title: str
    measure: object  # () -> Sample
    missing: object = lambda: None  # () -> how to install what it needs, if that is not here
    against: str = "referrald"  # the contender that its ratio is to
    rows: int | None = None
    prepare: object = lambda: None


@dataclasses.dataclass
class Line:
    """Of the table: texts."""
    title: str
    median: str = ""
    spread: str = ""
    rate: str = ""
    ratio: str = ""
    cpu: str = ""
    peak: str = ""


class Group:
    """What is compared with one another. Subclasses fill `contenders`."""
    name = ""
    most_rounds = None

    def __init__(self, workspace, sizes):
        self.workspace = workspace
        self.sizes = sizes
        self.contenders = []

    @property
    def title(self):
        raise NotImplementedError

    def lines(self, samples):
        """Of the contenders that were measured; `samples` by their names."""
        return [self.line(contender, samples) for contender in self.contenders if contender.name in samples]

    def line(self, contender, samples):
        mine = samples[contender.name]
        seconds = statistics.median(sample.seconds for sample in mine)
        line = Line(contender.title, duration(seconds), spread([sample.seconds for sample in mine], duration))
        if contender.rows:
            line.rate = f"{contender.rows / seconds:,.0f}"
        against = samples.get(contender.against)
        if against and contender.against != contender.name:
            line.ratio = f"{seconds / statistics.median(sample.seconds for sample in against):.2f}"
        elif against:
            line.ratio = "1"
        cpu = median_of(sample.cpu for sample in mine)
        peak = median_of(sample.peak for sample in mine)
        line.cpu = duration(cpu) if cpu is not None else ""
        line.peak = f"{peak / 2**20:.1f} MiB" if peak else ""
        return line

    def figure_line(self, title, samples, name, form):
        """A line of something else that was measured beside the time."""
        values = [sample.figures[name] for sample in samples]
        return Line(title, form(statistics.median(values)), spread(values, form))


def median_of(values):
    present = [value for value in values if value is not None]
    return statistics.median(present) if present else None


def spread(values, form):
    return f"{form(min(values))} to {form(max(values))}" if len(values) > 1 else ""


def duration(seconds):
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"
