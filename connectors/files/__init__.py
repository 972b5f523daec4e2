"""Files: CSV, TSV, XLSX and JSON Lines under a declared mapping of columns (ST7). No network, no credentials, no limits.

`docs/files.md` tells how a mapping is written.
"""
