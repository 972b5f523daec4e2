"""How the property tests of figures run: few examples of several days each, since every one asks two databases."""

from hypothesis import HealthCheck, settings

from tests.examples import examples

FEW = settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
