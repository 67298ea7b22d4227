"""Read the text of a PDF, within bounds: it may be large, broken, locked, or made to keep a reader busy."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

# An invoice has its total on the first pages or on the last.
FIRST_PAGES, LAST_PAGES = 4, 4
# A page has some thousand operators, in some ten thousand bytes of content.
MOST_OPERATORS = 60_000
MOST_BYTES = 4_000_000
_LONGEST_TEXT = 200_000


class _TooBusyError(Exception):
    """A document has more on its pages than any invoice."""


def pdf_text(content: bytes) -> str | None:
    """Return the text of a document's first and last pages; None when it cannot be read."""
    try:
        text = "\n".join(list(_pages(content)))
    except Exception:  # noqa: BLE001 (whatever is wrong with the paper, the invoice goes on without it)
        return None
    return text[:_LONGEST_TEXT] if text.strip() else None


def _pages(content: bytes) -> Iterator[str]:
    # It takes a while to load, and only what reads papers needs it.
    from pypdf import Configuration, PdfReader, apply_configuration  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    bounds = Configuration(
        stream_parsing_work_maximum_count=300_000,
        maximum_declared_stream_length=MOST_BYTES,
        array_based_stream_maximum_output_length=MOST_BYTES,
        zlib_maximum_output_length=MOST_BYTES,
        lzw_maximum_output_length=MOST_BYTES,
        run_length_maximum_output_length=MOST_BYTES,
        zlib_maximum_recovery_input_length=100_000,
        stream_decoding_work_maximum_length=4 * MOST_BYTES,
        page_tree_maximum_entries=5_000,
        xform_maximum_invocations_per_extraction=200,
    )
    counter = _Operators()
    with apply_configuration(bounds):
        pages = PdfReader(BytesIO(content)).pages
        last = len(pages)
        for number in sorted({*range(min(FIRST_PAGES, last)), *range(max(0, last - LAST_PAGES), last)}):
            yield pages[number].extract_text(visitor_operand_before=counter.count)


@dataclass(slots=True)
class _Operators:
    """Counts what is on the pages."""

    seen: int = 0

    def count(self, *_: object) -> None:
        self.seen += 1
        if self.seen > MOST_OPERATORS:
            raise _TooBusyError
