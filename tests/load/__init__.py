"""How fast the site is: `make load`. Never collected by pytest.

It starts the site and its peers on one core, is the crowd on another, and checks every delivery:
each once, in order, to everybody. A wrong result ends the run, so it is never a fast one.
"""
