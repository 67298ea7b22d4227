"""The webhooks of a connection in Tribe: one for each type of record, however often it is run (tribe-api 4.1)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import Any, Self

from tribe_yuki.admin.context import Operator
from tribe_yuki.admin.declined import Declined
from tribe_yuki.admin.outside import Tribe, Webhook
from tribe_yuki.core.errors import Defect, OutcomeUnknown
from tribe_yuki.core.outside_text import visible
from tribe_yuki.webhooks.signature import is_encodable, is_usable

SECRET = "webhook"  # noqa: S105 (the kind of secret)

# Which route takes the events of which type of record in Tribe.
ROUTES: Mapping[str, str] = {
    "Relation.Organization": "contacts",
    "Relation.Person": "contacts",
    "Address": "contacts",
    "Relationship.Organization.CommercialRelationship.Customer": "contacts",
    "Relationship.Person.CommercialRelationship.Customer": "contacts",
    "Relationship.Organization.Supplier": "contacts",
    "Activity.Invoice": "invoices",
}
_ROUNDS = 3
# A key that is shorter can be guessed; whoever copies a secret from Tribe's page has more of it.
SHORTEST_GIVEN = 16
# The mark of a connection that tells when its webhooks were replaced last.
REPLACED = "webhooks_replaced"


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """What a connection's webhooks are signed with.

    `given` are secrets that the operator gave. `registered` are the webhooks that carry the first token under the
    header `token_header`, by id, with the secrets that Tribe told ("" where it told none). `retired` are secrets that
    were replaced: with the tokens after the first they hold for events that are still on their way.
    """

    tokens: tuple[str, ...]
    token_header: str
    given: tuple[str, ...] = ()
    registered: Mapping[str, str] = field(default_factory=dict)
    retired: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None, token_header: str) -> Self:
        """Return what a stored secret says, with a new token when there is none for this header yet."""
        stored = stored or {}
        registered: dict[str, str] = stored.get("registered", {})
        retired = tuple(filter(is_usable, stored.get("retired", [])))
        told = {*registered.values(), *retired}
        given = tuple(secret for secret in stored.get("secrets", []) if secret not in told and is_usable(secret))
        if stored.get("tokens") and stored.get("token_header") == token_header:
            return cls(tuple(stored["tokens"]), token_header, given, registered, retired)
        return cls((token_urlsafe(32),), token_header, given)

    def document(self) -> dict[str, object]:
        """Return the secret as it is stored; `tribe_webhook` reads `secrets` and `tokens`."""
        return {
            "secrets": list(dict.fromkeys([*self.given, *filter(None, self.registered.values()), *self.retired])),
            "tokens": list(self.tokens),
            "token_header": self.token_header,
            "registered": dict(self.registered),
            "retired": list(self.retired),
        }

    def replaced(self) -> Self:
        """Return it with a new token and without webhooks; what held so far is retired."""
        in_use = (*self.given, *filter(None, self.registered.values()))
        return replace(
            self,
            tokens=(token_urlsafe(32), self.tokens[0]),
            given=(),
            registered={},
            retired=tuple(dict.fromkeys(in_use)),
        )

    def without_retired(self) -> Self:
        """Return it without what was replaced."""
        return replace(self, tokens=self.tokens[:1], retired=())

    @property
    def is_replacing(self) -> bool:
        """Whether something that was replaced still holds."""
        return bool(self.retired) or len(self.tokens) > 1

    def with_given(self, secrets: Sequence[str]) -> Self:
        """Return it with further secrets that the operator read in Tribe."""
        return replace(self, given=tuple(dict.fromkeys([*secrets, *self.given])))

    def with_told(self, webhooks: Sequence[Webhook]) -> Self:
        """Return it with some webhooks that carry our token, and the secrets that Tribe tells of them."""
        told = {
            webhook.webhook_id: webhook.secret or self.registered.get(webhook.webhook_id, "") for webhook in webhooks
        }
        return replace(self, registered={**self.registered, **told})

    def only_of(self, webhooks: Sequence[Webhook]) -> Self:
        """Return it without the secrets of other webhooks."""
        ids = {webhook.webhook_id for webhook in webhooks}
        return replace(self, registered={key: value for key, value in self.registered.items() if key in ids})


@dataclass(frozen=True, slots=True)
class RegisteredWebhooks:
    """What was done: how many webhooks were made, kept and deleted, and whose secret Tribe does not tell."""

    made: int
    kept: int
    deleted: int
    without_secret: tuple[str, ...] = ()


def checked_secrets(given: Sequence[str]) -> tuple[str, ...]:
    """Return secrets that an operator gave, without blanks around them; raise Declined for a secret that is none."""
    return tuple(_checked(secret.strip()) for secret in given)


def _checked(secret: str) -> str:
    if not is_encodable(secret):
        fault = "holds what is no text; copy it from Tribe's page Webhooks again"
    elif secret and visible(secret) != secret:
        fault = "holds characters that nobody sees; copy it from Tribe's page Webhooks again"
    elif len(secret) < SHORTEST_GIVEN:
        what = f"has fewer than {SHORTEST_GIVEN} characters" if secret else "is blank"
        fault = f"{what}; copy it whole from Tribe's page Webhooks, and let --webhook-secret - ask for it"
    else:
        return secret
    raise Declined("webhook_secret_unusable", f"the secret of a webhook {fault}")


def our_address(operator: Operator, connection_id: str) -> str:
    """Return where the webhooks of a connection begin."""
    return f"{operator.deployment.webhook_base}/{connection_id}/"


def our_webhooks(operator: Operator, connection_id: str, tribe: Tribe) -> list[Webhook]:
    """Return the webhooks in Tribe that post to this connection; nobody else's are ever touched."""
    begin = our_address(operator, connection_id)
    return [webhook for webhook in tribe.webhooks() if webhook.url.startswith(begin)]


def by_place(webhooks: Sequence[Webhook]) -> dict[tuple[str, str], list[Webhook]]:
    """Return webhooks by type of record and address."""
    found: dict[tuple[str, str], list[Webhook]] = defaultdict(list)
    for webhook in webhooks:
        found[webhook.entity_type, webhook.url].append(webhook)
    return found


def wanted_places(operator: Operator, connection_id: str) -> list[tuple[str, str]]:
    """Return type of record and address of every webhook that a connection needs."""
    begin = our_address(operator, connection_id)
    return [(entity_type, begin + route) for entity_type, route in ROUTES.items()]


def register_webhooks(
    operator: Operator, connection_id: str, tribe: Tribe, given: Sequence[str] = ()
) -> RegisteredWebhooks:
    """See to exactly one webhook for each type of record, and store what they are signed with.

    The token is stored before it is registered, so that no event can come with a token that nobody knows. `given` are
    secrets that the operator read in Tribe. Raises Declined when Tribe's answers do not settle.
    """
    header = operator.deployment.token_header
    secret = WebhookSecret.read(_stored(operator, connection_id), header).with_given(given)
    done = settle(operator, connection_id, tribe, secret)
    if secret.is_replacing and (given or done.made or done.deleted):
        operator.stores(connection_id).timestamps.set(REPLACED, operator.now())
    return done


def _stored(operator: Operator, connection_id: str) -> Mapping[str, Any] | None:
    """Return the stored secret; a secret that is damaged is as good as none, and is replaced."""
    try:
        return operator.stores(connection_id).secrets.read(SECRET)
    except Defect as error:
        if error.code != "secret_malformed":
            raise
        return None


def settle(operator: Operator, connection_id: str, tribe: Tribe, secret: WebhookSecret) -> RegisteredWebhooks:
    """Store what the webhooks are to be signed with, and have Tribe list exactly those that are needed."""
    operator.stores(connection_id).secrets.write(SECRET, secret.document())
    work = _Registration(operator, connection_id, tribe, secret)
    for _ in range(_ROUNDS):
        if work.is_settled():
            return work.result()
    raise Declined("webhooks_unsettled", "Tribe lists other webhooks than were registered; run the same command again")


@dataclass(slots=True)
class _Registration:
    """Compares what Tribe lists with what is needed, until both are the same."""

    operator: Operator
    connection_id: str
    tribe: Tribe
    secret: WebhookSecret
    made: set[str] = field(default_factory=set)
    deleted: int = 0
    kept: list[Webhook] = field(default_factory=list)

    def is_settled(self) -> bool:
        """Delete what is too much and register what is missing; tell whether there was nothing to do."""
        found = by_place(our_webhooks(self.operator, self.connection_id, self.tribe))
        wanted = wanted_places(self.operator, self.connection_id)
        usable = {place: [webhook for webhook in found.get(place, []) if self._is_usable(webhook)] for place in wanted}
        self.kept = [webhooks[0] for webhooks in usable.values() if webhooks]
        ids = {webhook.webhook_id for webhook in self.kept}
        missing = [place for place, webhooks in usable.items() if not webhooks]
        new = _register(self.tribe, missing, {self.secret.token_header: self.secret.tokens[0]})
        self.made |= {webhook.webhook_id for webhook in new}
        self._store(self.secret.with_told([*self.kept, *new]))
        # Only now, so that there is a webhook at any time whose events can be checked.
        surplus = [
            webhook
            for place, webhooks in found.items()
            for webhook in webhooks
            if webhook.webhook_id not in ids
            and (place not in usable or self._can_be_checked(place, [*self.kept, *new]))
        ]
        self.deleted += _delete(self.tribe, surplus)
        return not surplus and not missing

    def result(self) -> RegisteredWebhooks:
        """Forget the secrets of other webhooks, and tell what was done."""
        self._store(self.secret.only_of(self.kept))
        silent = tuple(
            webhook.entity_type for webhook in self.kept if not self.secret.registered.get(webhook.webhook_id)
        )
        made = len(self.made)
        return RegisteredWebhooks(made, len(self.kept) - made, self.deleted, () if self.secret.given else silent)

    def _can_be_checked(self, place: tuple[str, str], webhooks: Sequence[Webhook]) -> bool:
        """Whether a place has a webhook with a secret that is known."""
        return any(
            self.secret.registered.get(webhook.webhook_id) or self.secret.given
            for webhook in webhooks
            if (webhook.entity_type, webhook.url) == place
        )

    def _is_usable(self, webhook: Webhook) -> bool:
        """Whether its events can be checked: it was made just now, or is one of ours with a known secret."""
        known = self.secret.registered.get(webhook.webhook_id)
        is_ours = known is not None and bool(webhook.secret or known or self.secret.given)
        return webhook.webhook_id in self.made or is_ours

    def _store(self, secret: WebhookSecret) -> None:
        self.secret = secret
        self.operator.stores(self.connection_id).secrets.write(SECRET, secret.document())


def _delete(tribe: Tribe, webhooks: Sequence[Webhook]) -> int:
    for webhook in webhooks:
        tribe.delete_webhook(webhook.webhook_id)
    return len(webhooks)


def _register(tribe: Tribe, places: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> list[Webhook]:
    """Register webhooks; of a webhook whose outcome is not known the next look at the list tells."""
    made = []
    for entity_type, url in places:
        try:
            made.append(tribe.register_webhook(entity_type, url, headers))
        except OutcomeUnknown:
            continue
    return made


def delete_webhooks(operator: Operator, connection_id: str, tribe: Tribe) -> int:
    """Delete the connection's webhooks in Tribe; return how many there were."""
    return _delete(tribe, our_webhooks(operator, connection_id, tribe))
