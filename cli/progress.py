"""A bar that tells how far something is: where there is little room the bar gives way, never the words."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from cli.output import Screen


class _Count(MofNCompleteColumn):
    """How many are done, of how many where that is known."""

    def render(self, task: Task) -> Text:
        """Return `17/25`, or `17`."""
        return super().render(task) if task.total is not None else Text(str(int(task.completed)))


def progress_bar(out: Screen) -> Progress:
    """Return the bar; a task has a description that may wrap, and `left`, which says how long it will take still."""
    whole = Column(no_wrap=True)
    return Progress(
        SpinnerColumn(table_column=whole),
        TextColumn("{task.description}", markup=False, table_column=Column(overflow="fold", min_width=12)),
        BarColumn(bar_width=None, table_column=Column(max_width=40, min_width=4)),
        _Count(table_column=whole),
        TimeElapsedColumn(table_column=whole),
        TextColumn("{task.fields[left]}", markup=False, table_column=whole),
        console=out.console,
    )
