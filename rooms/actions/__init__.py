"""Operations: check, limit, write, announce. Synchronous, keyword-only, with an actor; every door
calls the same ones, and only they (and presence) broadcast."""
