"""All mutations."""

from collections.abc import Mapping

from schema.mutation.connections import CONNECTION_MUTATIONS
from schema.mutation.declaring import Mutation
from schema.mutation.entering import ENTERING_MUTATIONS
from schema.mutation.exports import EXPORT_MUTATIONS
from schema.mutation.identity import IDENTITY_MUTATIONS
from schema.mutation.imports import IMPORT_MUTATIONS
from schema.mutation.jobs import JOB_MUTATIONS
from schema.mutation.making import MAKING_MUTATIONS
from schema.mutation.pushing import PUSHING_MUTATIONS
from schema.mutation.rejections import REJECTION_MUTATIONS
from schema.mutation.rule_sets import RULE_SET_MUTATIONS
from schema.mutation.tokens import TOKEN_MUTATIONS

MUTATIONS: Mapping[str, Mutation] = {
    **TOKEN_MUTATIONS,
    **CONNECTION_MUTATIONS,
    **MAKING_MUTATIONS,
    **JOB_MUTATIONS,
    **IDENTITY_MUTATIONS,
    **ENTERING_MUTATIONS,
    **REJECTION_MUTATIONS,
    **PUSHING_MUTATIONS,
    **IMPORT_MUTATIONS,
    **EXPORT_MUTATIONS,
    **RULE_SET_MUTATIONS,
}
"""Every field of the mutation type."""
