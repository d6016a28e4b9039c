"""Why a request to the outside had no answer."""


class Refused(Exception):
    """The site doesn't connect there, whatever would answer."""


class Unreachable(Exception):
    """There is no such host, nothing listens, or what answers isn't HTTP, or has no valid
    certificate."""


class TooSlow(Unreachable):
    """There was no whole answer in time."""
