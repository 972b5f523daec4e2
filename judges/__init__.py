"""Outside judges of the GraphQL API: programs of others that say whether it keeps to what is agreed. Needs Node 20 or later."""
