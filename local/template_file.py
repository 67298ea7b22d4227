"""Read template.yaml with the short forms of CloudFormation's functions.

cfn-lint reads it too, and takes a second to be imported.
"""

from pathlib import Path
from typing import Any

import yaml

# These are keys by themselves; all other functions are keys with a prefix.
_BARE = frozenset({"Ref", "Condition"})


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]
    """Knows the tags of CloudFormation."""


def _function(loader: yaml.Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name in _BARE else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)


def read_template(path: Path) -> dict[str, Any]:
    """Return a template with every function in its long form."""
    loader = _Loader(path.read_bytes())
    try:
        loaded: dict[str, Any] = loader.get_single_data()
    finally:
        loader.dispose()
    return loaded
