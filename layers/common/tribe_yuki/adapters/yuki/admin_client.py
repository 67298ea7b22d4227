"""What only the operator's commands ask of Yuki."""

from tribe_yuki.adapters.yuki.answers import Result, rows
from tribe_yuki.adapters.yuki.client import YukiClient
from tribe_yuki.adapters.yuki.soap import Operation

GET_SALES_ITEMS = Operation("GetSalesItems", "Sales")


class YukiAdminClient(YukiClient):
    """A client that can also ask for what the administration sells."""

    def sales_items(self) -> int:
        """Return how many products the administration sells.

        It is the one call that needs the right for sales and books nothing. Raises what every read raises; without
        the right that is Retryable(yuki_fault_unknown), because Yuki's words for it are not known.
        """
        return self._caller.read(GET_SALES_ITEMS, _count, administrationID=self._administration())


def _count(result: Result) -> int:
    return sum(1 for _ in rows(result, "SalesItem"))
