"""The networks that come with the program."""

import pytest

from trainer.checking import check
from trainer.templates import template, templates

PARAMETERS = {
    "softmax-regression": 7_850,
    "mlp-512-64": 435_402,
    "sixteen": 13_002,
    "small-cnn": 9_098,
    "cnn-32-32-128": 211_690,
    "lenet": 431_080,
}


@pytest.mark.parametrize("name", templates())
def test_every_template_is_whole(name):
    assert check(template(name).network)["problem"] is None


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_a_template_has_the_size_that_its_name_is_known_for(name, parameters):
    assert check(template(name).network)["parameters"] == parameters
