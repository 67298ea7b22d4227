import json
from pathlib import Path
from typing import Any

import pytest

from tribe_yuki.webhooks.signature import equals_any, has_signature_form, is_signed, sign

DATA = Path(__file__).parents[1] / "data" / "tribe"
VECTORS = json.loads((DATA / "signature-vectors.json").read_text(encoding="utf-8"))["vectors"]
OTHER_READINGS = ("A_wrong_base64_of_hex_text", "B_sha512_body_then_secret_base64", "C_sha512_secret_then_body_base64")
SECRET = "simulator-secret-0001"

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])


@each_vector
def test_signs_like_the_published_recipe(vector: dict[str, Any]) -> None:
    assert sign(vector["body"].encode(), vector["secret"]) == vector["A_hmac_sha512_base64_of_bytes"]


@each_vector
@pytest.mark.parametrize("reading", OTHER_READINGS)
def test_refuses_every_other_reading(vector: dict[str, Any], reading: str) -> None:
    assert not is_signed(vector["body"].encode(), vector[reading], [vector["secret"]])


@pytest.mark.parametrize("secrets", [("old", SECRET), (SECRET, "new"), (SECRET,)])
def test_accepts_any_of_several_secrets(secrets: tuple[str, ...]) -> None:
    assert is_signed(b"{}", sign(b"{}", SECRET), secrets)


def test_accepts_nothing_without_secrets() -> None:
    assert not is_signed(b"{}", sign(b"{}", ""), [])


def test_one_changed_byte_breaks_the_signature() -> None:
    body = bytearray(VECTORS[3]["body"].encode())
    signature = sign(bytes(body), SECRET)
    body[40] ^= 1

    assert not is_signed(bytes(body), signature, [SECRET])


def test_refuses_another_spelling_of_the_same_bytes() -> None:
    # The last character before "==" carries four bits that decoding ignores.
    signature = sign(b"{}", SECRET)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spelled = f"{signature[:85]}{alphabet[alphabet.index(signature[85]) ^ 1]}=="

    assert has_signature_form(spelled)
    assert not is_signed(b"{}", spelled, [SECRET])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "A" * 86,
        "A" * 88,
        "A" * 85 + "==",
        "A" * 87 + "==",
        "A" * 86 + "==\n",
        " " + "A" * 86 + "==",
        "A" * 85 + "-==",
        "é" * 86 + "==",
        ",".join(["A" * 86 + "=="] * 2),
    ],
)
def test_knows_what_cannot_be_a_signature(text: str) -> None:
    assert not has_signature_form(text)


@pytest.mark.parametrize("text", ["tökén", "\ud800", ""])
def test_compares_any_text_without_failing(text: str) -> None:
    assert not equals_any(text, ["token"])


def test_compares_texts_that_are_not_ascii() -> None:
    assert equals_any("tökén", ["other", "tökén"])


@pytest.mark.parametrize("secret", ["\udcff", "half \ud800 of one", "caf\u00e9"])
def test_no_secret_raises(secret: str) -> None:
    signature = sign(b"{}", secret)
    assert is_signed(b"{}", signature, ["another", secret])
    assert not is_signed(b"{}", signature, ["another"])
    assert equals_any(secret, [secret])
