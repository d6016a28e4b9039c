"""The one application of the tutorial."""
