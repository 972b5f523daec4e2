"""What connectors to systems over HTTP share: one client, its limits, changing tokens, ways of paging, cursors, and payloads read by field."""
