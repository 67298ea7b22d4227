"""The topics of those who have to act: SNS sends what is published to everybody who subscribed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tribe_yuki.core.errors import Defect, Retryable
from tribe_yuki.core.holds import Owner

# What SNS takes (subjects: ASCII of one line).
LONGEST_SUBJECT = 99
_NOT_ALLOWED = frozenset({"AuthorizationError", "AuthorizationErrorException", "NotFound", "NotFoundException"})


@dataclass(frozen=True, slots=True)
class Topics:
    """Publishes to the topics by their ARN; an owner without one gets nothing."""

    client: Any
    arns: Mapping[Owner, str]

    def has(self, owner: Owner) -> bool:
        """Tell whether there is a topic for an owner."""
        return owner in self.arns

    def publish(self, owner: Owner, subject: str, text: str) -> None:
        """Send a mail to everybody who subscribed to an owner's topic."""
        short = subject.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]
        try:
            self.client.publish(TopicArn=self.arns[owner], Subject=short, Message=text)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code in _NOT_ALLOWED:
                raise Defect("topic_refused", f"SNS answered {code}; check the {owner} topic and the role") from error
            raise Retryable("topic_unavailable", f"SNS answered {code}") from error
        except BotoCoreError as error:
            raise Retryable("topic_unavailable", f"SNS was not reached: {type(error).__name__}") from error
