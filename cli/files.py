"""Files that commands write: for the eyes of this user alone, never over or through what is there already."""

import os
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated

import typer

from tribe_yuki.admin.declined import Declined
from tribe_yuki.core.outside_text import on_one_line

ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")]
# What a spreadsheet takes for the beginning of a formula; also as East Asian keyboards write it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def demand_new(file: Path, *, force: bool) -> None:
    """Raise Declined when a file cannot be written, so that nothing is asked for in vain."""
    if not file.parent.is_dir():
        raise Declined("file_not_written", f"there is no folder {file.parent}; make it, or give another file")
    if file.is_dir():
        raise Declined("file_not_written", f"{file} is a folder; give a file in it")
    if os.path.lexists(file) and not force:
        raise Declined("file_exists", f"{file} is there already; give another name, or --force to replace it")


def write_file(file: Path, text: str, *, force: bool = False) -> None:
    """Write a file that only this user may read; raise Declined when it is there and not to be replaced.

    With `force` another file takes its name, so that a link is replaced and not followed.
    """
    demand_new(file, force=force)
    try:
        if force:
            _replace(file, text)
        else:
            _fill(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), text)
    except OSError as error:
        raise Declined("file_not_written", f"{file} cannot be written: {error.strerror}") from error


def csv_cell(text: str) -> str:
    """Return a text as a cell of a CSV file that no spreadsheet takes for a formula."""
    plain = on_one_line(text)
    return f"'{plain}" if text.startswith(_FORMULA) or plain.startswith(_FORMULA) else plain


def _replace(file: Path, text: str) -> None:
    descriptor, name = mkstemp(dir=file.parent, prefix=f".{file.name}.")  # only this user may read it
    try:
        _fill(descriptor, text)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _fill(descriptor: int, text: str) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)
