"""Let a command take a dataclass of options as one parameter."""

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from inspect import Parameter, signature


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Show Typer each field of a command's `given` as an option, and hand the command the dataclass."""
    own = signature(command, eval_str=True)
    kind = own.parameters["given"].annotation
    names = [field.name for field in fields(kind)]

    @wraps(command)
    def run(**values: object) -> None:
        command(given=kind(**{name: values.pop(name) for name in names}), **values)

    parameters = dict(own.parameters)
    del parameters["given"]
    first, *others = parameters.values()
    shown = [
        Parameter(field.name, Parameter.POSITIONAL_OR_KEYWORD, default=field.default, annotation=field.type)
        for field in fields(kind)
    ]
    arguments = [parameter for parameter in others if parameter.default is Parameter.empty]
    options = [parameter for parameter in others if parameter not in arguments]
    vars(run)["__signature__"] = own.replace(parameters=[first, *arguments, *shown, *options])
    return run
