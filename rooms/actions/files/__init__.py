"""What people upload: sending it in parts, reading it, and what becomes of it."""
