"""API: the connector of connections that are pushed to. Integrators bring their records with the mutation `recordsPush`; nothing is read.

No network, no credentials, no options. It takes customers, contacts, invoices, credit notes, payments and exchange rates.
"""
