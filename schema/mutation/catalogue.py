"""All mutations."""

from collections.abc import Mapping

from schema.mutation.connections import CONNECTION_MUTATIONS
from schema.mutation.declaring import Mutation
from schema.mutation.exports import EXPORT_MUTATIONS
from schema.mutation.identity import IDENTITY_MUTATIONS
from schema.mutation.jobs import JOB_MUTATIONS
from schema.mutation.rejections import REJECTION_MUTATIONS
from schema.mutation.tokens import TOKEN_MUTATIONS

MUTATIONS: Mapping[str, Mutation] = {
    **TOKEN_MUTATIONS,
    **CONNECTION_MUTATIONS,
    **JOB_MUTATIONS,
    **IDENTITY_MUTATIONS,
    **REJECTION_MUTATIONS,
    **EXPORT_MUTATIONS,
}
"""Every field of the mutation type."""
