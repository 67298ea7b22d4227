"""The dashboard of the template, drawn as a page from the metrics of the local stack.

There is no second definition: `readings` takes the deployed dashboard from the emulator's CloudWatch, with the metrics
and alarms that it names, and `page` draws just that, as one file without scripts.
"""
