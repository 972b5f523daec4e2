"""The root fields of subscriptions: what happened is read from rows by position, and each event is answered like a query."""
