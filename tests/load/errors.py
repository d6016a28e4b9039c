"""What ends a run: a wrong result is never a fast one."""


class Wrong(Exception):
    """Something was lost, doubled, out of order, refused or too late."""
