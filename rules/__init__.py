"""The rule language. Imports no sibling; it knows fields only through a catalogue that is handed to it."""
