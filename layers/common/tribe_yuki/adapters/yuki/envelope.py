"""SOAP answers, judged by what really came back."""

from tribe_yuki.adapters.yuki.markup import (
    Element,
    UnreadableAnswer,
    child_named,
    elements,
    local_name,
    parse_untrusted,
    text_of,
)
from tribe_yuki.adapters.yuki.operations import Operation
from tribe_yuki.adapters.yuki.transport import RawAnswer

_OK = 200


class SoapFault(Exception):
    """Yuki answered with a fault. Its words are data from outside: kept apart from the exception's text."""

    def __init__(self, words: str) -> None:
        super().__init__("Yuki answered with a SOAP fault")
        self.words = words


def read_result(answer: RawAnswer, operation: Operation) -> Element | None:
    """Return the `…Result` element of an answer; None when the response has none.

    Faults count whatever the HTTP status; a result counts with status 200 alone (yuki-api 1.2). Raises SoapFault or
    UnreadableAnswer.
    """
    content = _content(answer)
    if local_name(content) == "Fault":
        raise SoapFault(_fault_words(content))
    if answer.status != _OK or local_name(content) != f"{operation.name}Response":
        raise UnreadableAnswer("the answer is not that of the operation")
    return child_named(content, f"{operation.name}Result")


def _content(answer: RawAnswer) -> Element:
    root = parse_untrusted(answer.body)
    body = child_named(root, "Body") if local_name(root) == "Envelope" else None
    content = next(elements(body), None) if body is not None else None
    if content is None:
        raise UnreadableAnswer("the answer is not a SOAP envelope")
    return content


def _fault_words(fault: Element) -> str:
    """Return faultstring (SOAP 1.1) or Reason (1.2)."""
    words = child_named(fault, "faultstring")
    return text_of(words if words is not None else child_named(fault, "Reason"))
