"""Why AWS was not reached, or did not do what it was asked: a sentence that says what to do, by class or code.

Sources: botocore's classes of exceptions; the codes of "Common errors" in the AWS API references.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from tribe_yuki.core.errors import ConnectorError, Retryable

type AwsError = ClientError | BotoCoreError

_SIGN_IN = "sign in to AWS again (`aws sso login`, or new credentials in the environment), then repeat it"
# The first class that fits counts; {…} are what botocore knows of the error.
_BY_CLASS: Sequence[tuple[type[Exception], str]] = (
    (exceptions.NoRegionError, "no AWS region is named: give --region, or set AWS_REGION"),
    (exceptions.InvalidRegionError, "{region_name} is no AWS region; give one such as eu-west-1 with --region"),
    (
        exceptions.ProfileNotFound,
        "there is no AWS profile {profile}: see `aws configure list-profiles`, and give one of them with --profile",
    ),
    (
        exceptions.NoCredentialsError,
        "there are no AWS credentials: sign in (`aws sso login`, `aws configure`), or give --profile",
    ),
    (
        exceptions.PartialCredentialsError,
        "the AWS credentials are not complete, {cred_var} is missing: set it, or give --profile",
    ),
    (exceptions.CredentialRetrievalError, f"the AWS credentials could not be fetched: {_SIGN_IN}"),
    (exceptions.TokenRetrievalError, f"the AWS sign-in has ended: {_SIGN_IN}"),
    (exceptions.SSOError, f"the AWS sign-in has ended: {_SIGN_IN}"),
    (exceptions.ConfigParseError, "the AWS configuration {path} cannot be read: correct it, or give --profile"),
    (exceptions.ConfigNotFound, "there is no AWS configuration {path}: correct AWS_CONFIG_FILE"),
    (
        exceptions.ProxyConnectionError,
        "the proxy {proxy_url} cannot be reached: look at HTTPS_PROXY, and repeat it",
    ),
    (
        exceptions.SSLError,
        "AWS cannot be reached safely at {endpoint_url}, its certificate is not trusted: look at AWS_CA_BUNDLE",
    ),
    (
        exceptions.ReadTimeoutError,
        "AWS did not answer in time at {endpoint_url}: repeat it in a moment",
    ),
    (
        exceptions.ConnectionError,
        "AWS cannot be reached at {endpoint_url}: look at the network, --region and `make status`, then repeat it",
    ),
    (exceptions.HTTPClientError, "the connection to AWS broke: look at the network, and repeat it"),
)
_UNKNOWN_IDENTITY = "AWS does not know these credentials: check --profile and the environment, or sign in again"
_FORBIDDEN = "your AWS identity may not do this: use another --profile, or have it given the right"
_BUSY = "AWS asks to slow down: repeat it in a moment"
_BY_CODE: Mapping[str, str] = {
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired"), f"the AWS credentials have expired: {_SIGN_IN}"
    ),
    **dict.fromkeys(
        (
            "AuthFailure",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        _UNKNOWN_IDENTITY,
    ),
    **dict.fromkeys(
        ("AccessDenied", "AccessDeniedException", "OptInRequired", "UnauthorizedOperation"),
        _FORBIDDEN,
    ),
    **dict.fromkeys(
        ("RequestLimitExceeded", "ServiceUnavailable", "Throttling", "ThrottlingException", "TooManyRequestsException"),
        _BUSY,
    ),
}


class _Known(dict[str, object]):
    """What botocore says of an error; what it does not say reads as nothing in particular."""

    def __missing__(self, name: str) -> str:
        return "it"


def say_why(error: AwsError) -> str:
    """Return what went wrong with AWS and what to do, as a sentence."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        return _BY_CODE.get(code, f"AWS refused {error.operation_name} ({code}): check --stack, --region and --profile")
    for kind, sentence in _BY_CLASS:
        if isinstance(error, kind):
            return sentence.format_map(_Known(error.kwargs))
    return f"AWS could not be asked ({type(error).__name__}): check --region, --profile and your credentials"


@contextmanager
def aws_errors(ours: Callable[[AwsError], ConnectorError]) -> Iterator[None]:
    """Raise our error for AWS's."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise ours(error) from error


def unavailable(
    code: str, service: str, about: str = "", **by_code: ConnectorError
) -> Callable[[AwsError], ConnectorError]:
    """Return what makes Retryable of AWS's errors, but for those of its codes that have an error of their own."""

    def ours(error: AwsError) -> ConnectorError:
        if not isinstance(error, ClientError):
            return Retryable(code, say_why(error))
        answer = code_of(error)
        return by_code.get(answer) or Retryable(code, f"{service} answered {answer}{about}")

    return ours


def code_of(error: AwsError) -> str:
    """Return AWS's code of an error; nothing when AWS was not reached."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
