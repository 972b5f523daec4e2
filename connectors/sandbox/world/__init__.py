"""The sandbox's world: a company's history in three systems, and the ledger that knows what is true.

`postings` (of accounting; `crm_postings` and `gateway_postings` of the others) are plain facts, `entries` keep and add them up, `ledger` and
`truth` say what a reader must end with, and `bodies` render what the systems serve. `books` and `parties` are the way in which anything
enters. `deeds` are done by `life`, which goes on by itself, and by `acts`, which prove something; `hiding` and `faults` are what readers are
tested with. `world` puts it all together.
"""

from connectors.sandbox.world.ledger import Ledger
from connectors.sandbox.world.world import World

__all__ = ["Ledger", "World"]
