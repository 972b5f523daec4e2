"""One suite that every connector keeps; a connector enters it with a bench."""
