"""SNS for worlds: it keeps the mails."""

from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import EndpointConnectionError

from tests.support.world.world import World
from tribe_yuki.core.holds import Owner


@dataclass
class VirtualSns:
    """Takes mails where SNS would; `fails` calls do not get through."""

    world: World
    sent: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    fails: int = 0

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803 (SNS's names)
        """Take one mail."""
        if self.fails:
            self.fails -= 1
            raise EndpointConnectionError(endpoint_url="https://sns")
        self.sent.append((self.world.clock.now(), TopicArn, Subject, Message))

    def to(self, owner: Owner) -> list[str]:
        """Return the mails to an owner."""
        return [f"{subject}\n{text}" for _, arn, subject, text in self.sent if arn == f"arn:{owner}"]
