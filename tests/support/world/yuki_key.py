"""The API key of Yuki: revoked in Yuki, and connected with again."""

from local.stack import demo_connection
from tests.support.world.world import CONNECTION, World
from tribe_yuki.adapters.yuki import YukiAdministration
from tribe_yuki.admin.access import Application
from tribe_yuki.setup import connect as use_case


def revoke_key(world: World) -> None:
    """Revoke the key in Yuki, which ends its sessions."""
    world.control.post(f"{world.yuki_url}/_control/keys/{demo_connection.ACCESS_KEY}/revoke").raise_for_status()


def connect_again(world: World) -> None:
    """Give the key its right back, and connect again."""
    restored = {"revoked": False}
    world.control.post(f"{world.yuki_url}/_control/keys/{demo_connection.ACCESS_KEY}", json=restored).raise_for_status()
    now = world.connections.settings(CONNECTION)
    assert now is not None
    wishes = use_case.Wishes(
        application=Application(
            "client_credentials", demo_connection.TRIBE_CLIENT_ID, demo_connection.TRIBE_CLIENT_SECRET, "read write"
        ),
        access_key=demo_connection.ACCESS_KEY,
        region=now.yuki_region,
        administration=YukiAdministration(
            now.yuki_administration_id, now.yuki_administration_name, now.yuki_domain_id, country=now.country
        ),
        administrations_in_domain=now.administrations_in_domain,
        connection_id=CONNECTION,
    )
    with world.operator() as operator:
        use_case.connect(operator, wishes)
