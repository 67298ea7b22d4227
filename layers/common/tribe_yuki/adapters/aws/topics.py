"""The topics of those who have to act: SNS sends what is published to everybody who subscribed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tribe_yuki.adapters.aws.refusals import aws_errors, unavailable
from tribe_yuki.core.errors import Defect
from tribe_yuki.core.holds import Owner

# What SNS takes (subjects: ASCII of one line).
LONGEST_SUBJECT = 99
_NOT_ALLOWED = frozenset({"AuthorizationError", "AuthorizationErrorException", "NotFound", "NotFoundException"})


@dataclass(frozen=True, slots=True)
class Topics:
    """Publishes to the topics by their ARN; an owner without one gets nothing."""

    client: Any
    arns: Mapping[Owner, str]
    console_url: str = ""

    def has(self, owner: Owner) -> bool:
        """Whether there is a topic for an owner."""
        return owner in self.arns

    def publish(self, owner: Owner, subject: str, text: str) -> None:
        """Send a mail to everybody who subscribed to an owner's topic."""
        short = subject.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]
        refused = Defect("topic_refused", f"SNS refused; check the {owner} topic and the role")
        with aws_errors(unavailable("topic_unavailable", "SNS", "", **dict.fromkeys(_NOT_ALLOWED, refused))):
            self.client.publish(TopicArn=self.arns[owner], Subject=short, Message=text)
