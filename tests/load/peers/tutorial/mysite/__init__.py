"""The chat of the Channels tutorial, parts 1 to 3, with accounts, and a page of messages."""
