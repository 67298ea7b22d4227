"""The initial import: Yuki's contacts come to Tribe."""
