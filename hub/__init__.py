"""The receivables engine: values, tables, store, plugin host, sync, figures. Imports no connector and no API."""
