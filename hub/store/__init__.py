"""The store: engine and unit of work, bulk writes, migrations, named queries. The only place that talks SQL dialects."""
