"""Who is asking."""

from dataclasses import dataclass

from hub.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: the token's name and role."""

    name: str
    role: Role
    token_id: int
