"""The site's own settings, with leases that end soon: a test kills a server that has jobs."""

from tests.settings import *  # noqa: F403

JOB_LEASE_SECONDS = 1.0
