"""The close codes that this server sends by itself (RFC 6455, 7.4)."""

NORMAL = 1000
NO_CODE = 1005  # what ASGI reports for a close frame without a code
TOO_BIG = 1009  # what autobahn uses; we send 4413, which clients can tell from a proxy's 1009
INTERNAL_ERROR = 1011
RESTART = 1012
SILENT = 4408
FRAME_TOO_LARGE = 4413
FLOODING = 4429
