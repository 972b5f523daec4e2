"""Ordinary life: who the customers are, when they are billed, and how they pay; all of it planned on the agenda, day by day."""
