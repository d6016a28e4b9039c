"""The wire, defined once: commands, events and replies as structs, close codes, limits.

The types in static/js/protocol.js, the tables in README.md and static/protocol.schema.json are
generated from this package (`make protocol`); a test fails when they are stale. A name that goes
over the wire changes only together with `VERSION`.
"""

VERSION = "chatsite.v1"
