"""Turn Tribe's records into Yuki's and back: field tables as data, and converters."""
