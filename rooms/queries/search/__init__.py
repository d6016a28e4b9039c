"""Search: in which rooms, between which messages, on which way, and by which rules."""
