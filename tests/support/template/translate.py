"""Translate templates as SAM does: each line of the input is a job in JSON, each line of the output the resources made.

A job is `{"template": text, "parameters": {name: value}}`. Run with the interpreter of the SAM CLI's environment, whose
translator is the one that AWS runs; one process takes many jobs, because starting it takes longer than a translation.
"""

import json
import sys
from typing import Any

from samtranslator.translator.transform import transform  # type: ignore[import-not-found]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-not-found]


class NoManagedPolicies:
    """The template names none of AWS's own policies."""

    def load(self) -> dict[str, str]:
        """Return no policies by their names."""
        return {}


def translate(text: str, values: dict[str, str]) -> dict[str, Any]:
    """Return the resources that CloudFormation gets."""
    template = yaml_parse(text)
    for one in template["Resources"].values():
        for key in {"CodeUri", "ContentUri"} & set(one.get("Properties", {})):
            # What `sam deploy` puts there: a place in a bucket, another one for other contents.
            one["Properties"][key] = "s3://bucket/" + one["Properties"][key].replace("/", "-")
    defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
    resources: dict[str, Any] = transform(template, defaults | values, NoManagedPolicies())["Resources"]
    return resources


for line in sys.stdin:
    job = json.loads(line)
    sys.stdout.write(json.dumps(translate(job["template"], job["parameters"]), default=str) + "\n")
    sys.stdout.flush()
