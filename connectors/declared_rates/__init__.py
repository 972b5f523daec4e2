"""Declared rates: exchange rates written down in `plugins.toml`, for small companies and for tests.

No network, no credentials, no limits. The options are `rates`, a list of tables with `currency`, `date` and `rate`: one unit of
`currency` is `rate` units of the workspace currency from `date` on, until the next rate of that currency.
"""
