"""From a selection to statements: what a type is over our tables, which rows an operation asks for, and how they are fetched set by set."""
