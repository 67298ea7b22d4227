"""What Tribe signs webhooks with, for requests that tests make themselves."""

import json
from pathlib import Path

from tests.support.world.world import CONNECTION, SIGNATURE_HEADER, TOKEN_HEADER, World
from tribe_yuki.webhooks.signature import sign

# Tribe's own bytes about an invoice that was sent: 2026-0101 of the seed data.
BODY = (Path(__file__).parents[2] / "data" / "tribe" / "invoice-updated-to-sent.json").read_bytes()
OTHER_CONNECTION, OTHER_SECRET, OTHER_TOKEN = "filiaal-2", "secret-of-filiaal-2", "token-of-filiaal-2"
type Request = tuple[bytes, dict[str, str]]


class Keys:
    """What Tribe signs this world's webhooks with; and another connection's keys, which are stored next to them."""

    def __init__(self, world: World) -> None:
        self.client = world.aws_client("secretsmanager")
        stored = json.loads(self.client.get_secret_value(SecretId=f"local/{CONNECTION}/webhook")["SecretString"])
        self.secret, self.token = stored["secrets"][0], stored["tokens"][0]
        other = {"secrets": [OTHER_SECRET], "tokens": [OTHER_TOKEN]}
        self.client.create_secret(Name=f"local/{OTHER_CONNECTION}/webhook", SecretString=json.dumps(other))

    def request(
        self, body: bytes = BODY, *, signature: str | None = None, token: str | None = None, **others: str
    ) -> Request:
        """Return a body with its headers, right but for what is given."""
        right = sign(body, self.secret)
        headers = {
            SIGNATURE_HEADER: right if signature is None else signature,
            TOKEN_HEADER: self.token if token is None else token,
            **others,
        }
        return body, headers
