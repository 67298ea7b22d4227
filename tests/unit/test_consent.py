"""What a pasted address of a consent must carry."""

import pytest

from tribe_yuki.admin.declined import Declined
from tribe_yuki.setup.consent import bare_code, code_of

BACK = "https://connector.example/callback"


def test_the_code_is_taken_from_an_address_with_the_state_of_this_consent() -> None:
    assert code_of(f"{BACK}?code=abc&state=mine", "mine") == "abc"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"{BACK}?code=abc", "state_differs"),
        (f"{BACK}?code=abc&state=", "state_differs"),
        (f"{BACK}?code=abc&state=theirs", "state_differs"),
        (f"{BACK}?code=abc&state=mine&state=theirs", "state_differs"),
        (f"{BACK}?code=abc&State=mine", "state_differs"),
        (f"{BACK}#code=abc&state=mine", "state_missing"),
        ("abc", "state_missing"),
        (f"{BACK}?error=access_denied&state=mine", "consent_refused"),
    ],
)
def test_anything_else_connects_nobody(address: str, code: str) -> None:
    with pytest.raises(Declined) as declined:
        code_of(address, "mine")
    assert declined.value.code == code


@pytest.mark.parametrize("given", [f"{BACK}?code=abc&state=x", "code=abc", "/callback?code=abc"])
def test_an_address_is_no_code(given: str) -> None:
    with pytest.raises(Declined, match="code alone"):
        bare_code(given)
    assert bare_code("abc-_.1") == "abc-_.1"
