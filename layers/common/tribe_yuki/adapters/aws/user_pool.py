"""The people of the console in Amazon Cognito. Only the operator's command invites and removes them."""

from dataclasses import dataclass
from typing import Any, override

from tribe_yuki.adapters.aws.refusals import AwsError, aws_errors, code_of, say_why
from tribe_yuki.console.store import UserPool
from tribe_yuki.core.errors import ConnectorError, Defect, Gone, Retryable

_PASSING = frozenset({"InternalErrorException", "TooManyRequestsException", "LimitExceededException"})


@dataclass(frozen=True, slots=True)
class CognitoPeople(UserPool):
    """One user pool, whose people sign in with their e-mail address."""

    client: Any
    pool_id: str

    @override
    def subject_of(self, email: str) -> str | None:
        try:
            with aws_errors(_ours):
                found = self.client.admin_get_user(UserPoolId=self.pool_id, Username=email)
        except Gone:
            return None
        return _attribute(found["UserAttributes"], "sub")

    @override
    def email_of(self, subject: str) -> str | None:
        with aws_errors(_ours):
            found = self.client.list_users(UserPoolId=self.pool_id, Filter=f'sub = "{subject}"', Limit=1)["Users"]
        return _attribute(found[0]["Attributes"], "email") if found else None

    @override
    def invite(self, email: str) -> str:
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        with aws_errors(_ours):
            made = self.client.admin_create_user(
                UserPoolId=self.pool_id,
                Username=email,
                UserAttributes=attributes,
                DesiredDeliveryMediums=["EMAIL"],
            )
        return _attribute(made["User"]["Attributes"], "sub")

    @override
    def remove(self, email: str) -> None:
        with aws_errors(_ours):
            self.client.admin_delete_user(UserPoolId=self.pool_id, Username=email)


def _attribute(attributes: list[dict[str, str]], name: str) -> str:
    return next((attribute["Value"] for attribute in attributes if attribute["Name"] == name), "")


def _ours(error: AwsError) -> ConnectorError:
    code = code_of(error)
    if code == "UserNotFoundException":
        return Gone("person_unknown", "there is no such person")
    if not code or code in _PASSING:
        return Retryable("people_unavailable", say_why(error))
    return Defect("people_refused", say_why(error))
