"""`tribe-yuki activate`."""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from cli.context import ConnectionOption, JsonOption, WhoOption, WhyOption, at_work
from cli.output import screen, show
from cli.progress import progress_bar
from cli.questions import confirm
from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.setup.activate import (
    NUMBERING_UNCONFIRMED,
    VAT_ROWS_OPEN,
    Activated,
    ImportProgress,
    activate,
    import_progress,
)

LOOK_EVERY_SECONDS = 1.0
_NUMBERING_ON = "Not every new customer in Tribe has a debtor number. Are automatic debtor numbers on in Tribe"


def activate_command(
    context: typer.Context,
    connection: ConnectionOption = None,
    expected: Annotated[
        int | None, typer.Option("--expect", metavar="N", help="How many contacts `plan` counted, for the estimate.")
    ] = None,
    numbering_on: Annotated[
        bool, typer.Option("--numbering-on", help="Tribe gives out debtor numbers by itself.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for the import.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Import once more after an import that is done.")] = False,
    why: WhyOption = "",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a connection to work, beginning with the import of contacts."""
    with at_work(context, as_json=as_json, who=who) as operator:
        chosen = operator.record(operator.chosen(connection)).connection_id
        if not yes and (as_json or not confirm(f"Activate {chosen} and start the import (see `tribe-yuki plan`)")):
            raise Declined("not_confirmed", "nothing was started; say yes, or give --yes")
        start = partial(activate, operator, chosen, expected=expected, again=again, why=why)
        done = _started(start, is_asking=not yes and not as_json, numbering_on=numbering_on)
        if not detach and done.import_is != "done before" and not as_json:
            _watch(operator, chosen)
        show(done, as_json=as_json)


def _started(start: Callable[..., Activated], *, is_asking: bool, numbering_on: bool) -> Activated:
    """Activate; what only a person can say is asked for, and said by whoever does not want to be asked."""
    said = {NUMBERING_UNCONFIRMED: numbering_on, VAT_ROWS_OPEN: not is_asking}
    while True:
        try:
            return start(is_numbering_confirmed=said[NUMBERING_UNCONFIRMED], leaves_vat_open=said[VAT_ROWS_OPEN])
        except Declined as declined:
            question = _NUMBERING_ON if declined.code == NUMBERING_UNCONFIRMED else f"{declined.text}. Activate it so"
            if not is_asking or said.get(declined.code, True) or not confirm(question):
                raise
            said[declined.code] = True


def _watch(operator: Operator, connection_id: str) -> None:
    """Show how far the import is until it ends; an interrupt ends the watching, not the import."""
    with progress_bar(screen()) as bar:
        task = bar.add_task("Import", total=None, left="")
        while (progress := import_progress(operator, connection_id)) is not None:
            left = f"about {_rounded(progress)} left" if progress.left is not None else ""
            bar.update(
                task,
                description=f"Import: {progress.phase.replace('_', ' ') or 'done'}",
                completed=progress.seen,
                total=progress.expected if not progress.is_finished else progress.seen,
                left=left,
            )
            if progress.is_finished:
                return
            time.sleep(LOOK_EVERY_SECONDS)


def _rounded(progress: ImportProgress) -> str:
    seconds = int(progress.left.total_seconds()) if progress.left else 0
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"  # noqa: PLR2004 (two minutes read better so)
