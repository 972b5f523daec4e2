"""The sandbox's world: a company's history in three systems, and the ledger that knows what is true.

`postings` (of accounting; `crm_postings` and `gateway_postings` of the others) are plain facts, `entries` keep and add them up, `ledger` and
`truth` say what a reader must end with, and `bodies` render what the systems serve. `books` is the one way in which anything changes; what is
done there is in `invoicing`, `cash`, `charging` and `parties`. Ordinary life (`population`, `billing`, `transfers`, `collecting`,
`corrections`, `relations`, `exchange`) is planned on the `agenda`. `activity` has single activities for proofs, `hiding` and `faults` what
readers are tested with. `world` puts it all together.
"""
