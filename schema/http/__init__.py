"""GraphQL over HTTP: who asks, what is asked, how it is answered. It knows nothing of the types behind the schema."""
