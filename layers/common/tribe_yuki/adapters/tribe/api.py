"""What every part of Tribe's client works with."""

from tribe_yuki.adapters.tribe.application import TribeOptions
from tribe_yuki.adapters.tribe.odata import OData


class TribeApi:
    """Tribe's API behind OData; what differs between environments is in the options."""

    def __init__(self, odata: OData, options: TribeOptions | None = None) -> None:
        self._odata = odata
        self._options = options or TribeOptions()
