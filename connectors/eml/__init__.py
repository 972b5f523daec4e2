"""Mail as files: every message becomes one `.eml` file, so that nothing is sent by accident and nothing is lost either.

RFC 5322 files, readable by their owner only, in the folder that the option `folder` names (`outbox` below the folder for data). No
network, no credentials, no limits.
"""
