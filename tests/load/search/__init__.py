"""How fast the search is: `python -m tests.load.search`. Never collected by pytest."""
