"""Landing: how the records of each stream become rows. `frame` is the common way; one module a stream says what is special."""
