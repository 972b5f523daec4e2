"""The GraphQL API: types over the hub's tables, the plan that reads a whole selection, limits, and the HTTP view."""
