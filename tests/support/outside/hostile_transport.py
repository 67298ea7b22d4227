"""A Yuki whose answers are changed on their way."""

from collections.abc import Callable, Mapping
from typing import override

from tribe_yuki.adapters.yuki import HttpTransport
from tribe_yuki.adapters.yuki.transport import RawAnswer


class HostileTransport(HttpTransport):
    """Lets Yuki do its work, and then changes what it answers to one operation."""

    def __init__(self, operation: str, change: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._operation = operation.encode()
        self._change = change
        self.is_hostile = True
        self.changed = 0

    @override
    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> RawAnswer:
        answer = super().post(url, body, headers)
        if not self.is_hostile or self._operation not in body:
            return answer
        changed = self._change(answer.body)
        self.changed += changed != answer.body
        return RawAnswer(answer.status, changed, answer.pause)
