"""Print a template as SAM translates it: `python translate.py template.yaml REPLACED REPLACEMENT Parameter=value …`.

Run with the interpreter of the SAM CLI's environment, whose translator is the one that AWS runs.
"""

import json
import sys
from pathlib import Path

from samtranslator.translator.transform import transform  # type: ignore[import-not-found]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-not-found]


class NoManagedPolicies:
    """The template names none of AWS's own policies."""

    def load(self) -> dict[str, str]:
        """Return no policies by their names."""
        return {}


def main(path: str, replaced: str, replacement: str, *values: str) -> None:
    """Translate the template after replacing one text by another."""
    template = yaml_parse(Path(path).read_text().replace(replaced, replacement))
    for one in template["Resources"].values():
        for key in {"CodeUri", "ContentUri"} & set(one.get("Properties", {})):
            # What `sam deploy` puts there: a place in a bucket, another one for other contents.
            one["Properties"][key] = "s3://bucket/" + one["Properties"][key].replace("/", "-")
    defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
    translated = transform(template, defaults | dict(value.split("=") for value in values), NoManagedPolicies())
    json.dump(translated["Resources"], sys.stdout, default=str)


main(*sys.argv[1:])
