"""Mutations of API tokens."""

from collections.abc import Mapping

from hub.commands import tokens
from schema.mutation.declaring import InputField, Mutation, Result, id_input, shown

TOKEN_MUTATIONS: Mapping[str, Mutation] = {
    "apiTokenCreate": Mutation(
        description="Make an API token. Its secret is in the answer, and nowhere else: a repetition with the same key does not show it again.",
        command=tokens.create_token,
        input={
            "name": InputField(type="String!", description="Who or what will use it; 1 to 200 characters."),
            "role": InputField(type="Role!", description="What it may do follows from it."),
            "expiresAt": InputField(type="DateTime", description="From when on it is worthless; without it, it does not expire."),
        },
        payload={
            "apiToken": shown("ApiToken", "The token."),
            "secret": Result(type="String", description="What its user sends as bearer token; null when nothing was done, or when it was shown before."),
        },
    ),
    "apiTokenRevoke": Mutation(
        description="Make an API token worthless from now on. Revoking it again changes nothing.",
        command=tokens.revoke,
        input={"id": id_input("ApiToken", "The token.")},
        payload={"apiToken": shown("ApiToken", "The token.")},
    ),
}
"""Making and revoking."""
