"""All mutations."""

from collections.abc import Mapping

from schema.mutation.declaring import Mutation
from schema.mutation.tokens import TOKEN_MUTATIONS

MUTATIONS: Mapping[str, Mutation] = {**TOKEN_MUTATIONS}
"""Every field of the mutation type."""
