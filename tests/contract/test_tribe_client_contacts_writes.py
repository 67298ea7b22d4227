"""Relations are created once with their roles, and only what is given is written to them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.simulator import Request, Response, json_response
from tests.contract import tribe_seed as seed
from tests.contract.tribe_calls import Counting
from tests.contract.tribe_scripted_server import guid, listing
from tests.contract.tribe_scripted_server import tribe as scripted_tribe
from tests.contract.tribe_world import World, world
from tribe_yuki.adapters.tribe import Refused, TribeClient, TribeOptions
from tribe_yuki.domain.contact import ContactKind, RoleKind, TribeAddress, TribeRelation
from tribe_yuki.domain.errors import Conflict, Defect, Gone, OutcomeUnknown, RateLimited, Retryable
from tribe_yuki.domain.new_relation import NewRelation
from tribe_yuki.mapping.field_tables import CODE_FIELD, FIELDS, Direction, TextField
