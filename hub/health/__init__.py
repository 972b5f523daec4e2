"""The agreed formulas: amounts, figures, conversion. They live here only, so that no two readers can disagree on a number."""
