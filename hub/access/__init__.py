"""Who may do what: principals, tokens, roles and the policy of every member of the API."""
