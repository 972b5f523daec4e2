"""Webhooks: deliveries are kept before they are answered, and the objects that their events hint at are fetched and applied once."""
