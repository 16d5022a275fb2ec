"""Exported scripts: alone, they build the same network, answer the same and learn the same."""

import ast

import pytest
import torch

from tests.trainer.scripts import Both, performed, renamed
from tests.trainer.test_layers import CASES, assembled
from tests.trainer.trainings import WITH_EVERYTHING, a_job, a_job_of
from trainer import augmentation, initializers, losses, optimizers, schedules, stopping, tasks
from trainer.assembly import assemble
from trainer.datasets.idx import write_idx
from trainer.export import notebook, pytorch_script
from trainer.export.augmenting import chances, definitions
from trainer.export.building import Building
from trainer.export.folding import folded
from trainer.export.lines import Line
from trainer.job import Job
from trainer.layers import kinds
from trainer.network import Network
from trainer.probe import Probe
from trainer.problems import Problem
from trainer.sketch import Stroke, from_strokes
from trainer.templates import templates
from trainer.weights import initial, pack

SMALL = {
    "layers": [
        {"kind": "conv2d", "out_channels": 3, "kernel_size": 5, "stride": 2},
        {"kind": "tanh"},
        {"kind": "flatten"},
        {"kind": "linear", "out_features": 10},
    ]
}


def built(assembly, seed):
    """The network that the lines of a script make, with its first weights drawn from a seed."""
    building = Building(assembly)
    lines = [*building.above, *(line.text for line in (*building.wiring(False), *building.lines(False)))]
    space = {"torch": torch, "nn": torch.nn}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        exec("\n".join(lines), space)
    return space["network"]


def same(network, assembly):
    """Fails unless a network has the weights of an assembly, bit by bit, and answers alike."""
    theirs, ours = network.state_dict(), renamed(assembly.module.state_dict())
    assert theirs.keys() == ours.keys()
    assert all(torch.equal(theirs[name], ours[name]) for name in ours)
    x = torch.randn(5, *assembly.network.input)
    with torch.no_grad():
        torch.testing.assert_close(
            network.eval()(x), assembly.module.eval()(x), rtol=1e-5, atol=1e-5, equal_nan=True
        )


@pytest.mark.parametrize(("kind", "make", "shape"), CASES)
def test_a_layer_as_code_has_the_same_first_weights_answers_and_chances(kind, make, shape):
    assembly = initial(assembled(make(kinds()[kind]), shape), seed=3)
    same(built(assembly, 3), assembly)
    assert assembly.stages[-1].layer.draws == draws(assembly)


def draws(assembly):
    """Whether an assembly draws numbers while it trains."""
    with torch.random.fork_rng():
        before = torch.get_rng_state()
        assembly.module.train()(torch.full((5, *assembly.network.input), 0.5))
        return not torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("kind", initializers.kinds())
def test_first_weights_of_every_kind_are_the_same(kind):
    given = {"kind": "linear", "out_features": 7, "initializer": {"kind": kind}}
    network = Network.read({"input": [1, 3, 5], "layers": [{"kind": "flatten"}, given, given]})
    assembly = initial(assemble(network), seed=11)
    same(built(assembly, 11), assembly)


QUICK = ("small-cnn", "sixteen", "tiny-vit", "twenty-skips")
TEMPLATES = [pytest.param(name, marks=[] if name in QUICK else pytest.mark.long) for name in templates()]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_learns_and_answers_as_here(name, folders):
    both = Both(a_job_of(name, epochs=1, optimizer={"kind": "adam"}, seed=77), folders)
    both.told_the_same()
    both.told_exactly()
    both.answers_the_same()


@pytest.mark.parametrize("name", TEMPLATES)
def test_w01_the_code_runs_alone_and_answers_a_drawing_as_the_program_does(name, folders):
    both = Both(a_job(network=name, epochs=1, dataset={"kind": "stripes", "size": 100}), folders)
    assert both.script.lines <= 50
    network = both.space["network"].eval()
    ours = both.assembly.stages
    assert sum(w.numel() for w in network.parameters()) == sum(stage.parameters for stage in ours)
    network.load_state_dict(renamed(both.weights))
    drawing = from_strokes([Stroke(points=((140, 50), (138, 140), (141, 230)))]).picture
    told = Probe(both.assembly.network, both.weights).look(drawing).probabilities
    with torch.no_grad():
        theirs = network(torch.tensor(drawing).view(1, 1, 28, 28) / 255).softmax(1)[0]
    assert theirs.tolist() == pytest.approx(told, abs=1e-5)


@pytest.mark.parametrize("name", templates())
def test_a_template_is_at_most_50_lines_that_need_pytorch_alone(name):
    job = a_job_of(name)
    script = pytorch_script(job)
    assert script.lines <= 50
    assert max(map(len, script.text.splitlines())) <= 110
    reads = {"gzip", "sys"} if job.dataset.code() is None else {"math"}
    assert set(imported(script.text)) == reads | {"torch"}


def imported(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


ODD = {"weight_decay": 0.03, "momentum": 0.6, "beta1": 0.8, "eps": 1e-6, "lr_decay": 0.1, "rho": 0.7}


@pytest.mark.parametrize("kind", optimizers.kinds())
def test_an_optimizer_as_code_takes_the_same_steps(kind, folders):
    fields = optimizers.kinds()[kind].model_fields
    for values in ({}, {name: value for name, value in ODD.items() if name in fields}):
        Both(a_job(network=SMALL, epochs=1, optimizer={"kind": kind, **values}), folders).learned_the_same(
            1e-3
        )


@pytest.mark.parametrize("network", ["small-cnn", "sixteen"])
@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw"])
def test_the_curve_has_the_same_bits(kind, network, folders):
    Both(a_job(network=network, epochs=3, optimizer={"kind": kind}), folders).told_exactly()


TWO_OPTIMIZERS = pytest.param("muon", 0.001, marks=pytest.mark.long)


@pytest.mark.parametrize(("optimizer", "lr"), [("sgd", 0.02), TWO_OPTIMIZERS])
@pytest.mark.parametrize("kind", schedules.kinds())
def test_a_schedule_as_code_gives_the_same_rates(kind, optimizer, lr, folders):
    given = {"kind": kind, **({"patience": 1, "min_delta": 0.9} if kind == "plateau" else {})}
    given |= {"then": "cosine"} if kind == "warmup" else {"every": 1} if kind == "step" else {}
    given_optimizer = {"kind": optimizer, "lr": lr}
    both = Both(a_job(network=SMALL, epochs=3, optimizer=given_optimizer, schedule=given), folders)
    both.learned_the_same(1e-3)


TASKS = {
    "classify": [*SMALL["layers"]],
    "two_classes": [*SMALL["layers"][:-1], {"kind": "linear", "out_features": 1}],
    "pictures": [
        {"kind": "flatten"},
        {"kind": "linear", "out_features": 784},
        {"kind": "reshape", "shape": "1, 28, 28"},
    ],
}
ENDS = {"nll": "log_softmax", "kl_div": "log_softmax", "bce": "sigmoid", "l1": "sigmoid"}
LOSSES = [(loss, task) for task, cls in tasks.kinds().items() for loss in cls.losses()]
QUICK_LOSSES = {
    ("cross_entropy", "classify"), ("kl_div", "classify"), ("hinge", "two_classes"), ("huber", "angle"),
    ("sum_of_squares", "ink"), ("mse", "value"), ("bce", "restore"), ("mse", "denoise"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "task", "odd"),
    [
        pytest.param(*pair, odd, marks=[] if odd and pair in QUICK_LOSSES else pytest.mark.long)
        for pair in LOSSES
        for odd in (False, True)
    ],
)
def test_a_loss_as_code_is_the_same_for_every_task(kind, task, odd, folders):
    family = tasks.kinds()[task].family
    layers = TASKS.get(task) or TASKS["pictures" if family == "pictures" else "two_classes"]
    end = [{"kind": ENDS[kind]}] if kind in ENDS and task != "angle" else []
    own, fields = losses.kinds()[kind].model_fields, {"kind": task}
    given = {name: value for name, value in ODD_LOSS.items() if odd and name in own}
    if odd and task == "classify":
        fields["encoding"] = "one_hot"
    at = len(layers) - (family == "pictures")
    job = a_job(
        network={"layers": [*layers[:at], *end, *layers[at:]]}, epochs=1, task=fields,
        loss={"kind": kind, **given}, optimizer={"kind": "sgd"},
    )  # fmt: skip
    Both(job, folders).learned_the_same()


ODD_LOSS = {
    "label_smoothing": 0.2, "class_weights": [1, 2, 3, 0.5, 1, 1, 4, 1, 1, 0], "margin": 0.3, "p": 2,
    "delta": 0.2,
}  # fmt: skip


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
@pytest.mark.parametrize("restore", [True, False])
@pytest.mark.parametrize("kind", stopping.kinds())
def test_a_stopping_as_code_stops_at_the_same_epoch(kind, restore, metric, folders):
    given = {"kind": kind, "patience": 2, "metric": metric, "restore": restore, "min_delta": 0.07}
    job = a_job(network=SMALL, epochs=30, early_stopping=given, optimizer={"kind": "sgd", "lr": 0.03})
    both = Both(job, folders)
    both.learned_the_same()
    assert len(both.printed) < 30


@pytest.mark.parametrize(
    "fields",
    [
        {"network": WITH_EVERYTHING, "epochs": 2},
        {
            "seeds": {"kind": "apart", "weights": 5, "shuffle": 2**53 - 1, "dropout": 8},
            "network": WITH_EVERYTHING,
        },
        {"l1": 0.003, "l2": 0.01, "max_norm": 0.9},
        {"clip_value": 0.01, "clip_norm": 0.05},
        {"batch_size": 13},  # 170 images: a last batch of one is left out
        {"test": "on_request", "dataset": {"kind": "stripes", "size": 120}},
        {"stratified": True, "label_noise": 0.3},
        {"imbalance": {"kind": "rare_class", "which": 3, "share": 0.2}, "batch_size": 13},
        {"imbalance": {"kind": "rare_class", "which": 3, "share": 0.2}, "sampling": "weighted"},
        {"imbalance": {"kind": "rare_class", "which": 3, "share": 0.2}, "sampling": "oversampled"},
        {"normalization": "standardized", "permuted": True},
        {"shuffle": False, "normalization": "standardized"},
        {"augmentation": [{"kind": "shift", "probability": 0.6}], "normalization": "standardized"},
    ],
    ids=lambda fields: ",".join(fields),
)
def test_what_else_a_job_says_is_in_its_script(fields, folders):
    Both(a_job(**{"network": SMALL, "optimizer": {"kind": "sgd"}, **fields}), folders).learned_the_same()


def frozen(*more):
    first = {"kind": "conv2d", "name": "global", "out_channels": 3, "frozen": True}
    return {"layers": [first | dict(more), {"kind": "batch_norm"}, *SMALL["layers"][1:]]}


@pytest.mark.parametrize("more", [(), (("frozen_epochs", 1),)])
def test_what_is_frozen_stays_so_in_the_script(more, folders):
    both = Both(a_job(network=frozen(*more), epochs=2, optimizer={"kind": "sgd"}), folders)
    both.learned_the_same()
    first = initial(assemble(Network.read(frozen(*more))), seed=42).module.state_dict()["global.weight"]
    assert torch.equal(both.space["network"].state_dict()["global.weight"], first) == (not more)


BRANCHING = [
    {"kind": "flatten"},
    {"kind": "linear", "name": "x", "out_features": 20},
    {"kind": "relu", "name": "lambda"},
    {"kind": "linear", "name": "return", "out_features": 20, "inputs": ["x"]},
    {"kind": "multiply", "inputs": ["lambda", "return"]},
    {"kind": "concat", "inputs": ["multiply1", "x", "lambda"]},
    {"kind": "dropout"},
    {"kind": "linear", "name": "torch", "out_features": 10},
    {"kind": "add", "name": "logits", "inputs": ["torch", "torch"]},
]


@pytest.mark.parametrize("softmax", [[], [{"kind": "softmax"}]])
@pytest.mark.parametrize("layers", [BRANCHING, SMALL["layers"]])
def test_branches_odd_names_and_a_softmax_at_the_end(layers, softmax, folders):
    both = Both(a_job(network={"layers": [*layers, *softmax]}), folders)
    both.learned_the_same()
    both.answers_the_same()


def test_a_skip_connection_reads_as_a_person_writes_it():
    text = pytorch_script(a_job(network="twenty-skips")).text
    assert "x = self.bend0(self.first(self.flatten1(x)))" in text
    assert 'x = getattr(self, f"bend{i}")(getattr(self, f"hidden{i}")(x)) + x' in text
    assert "nn.Sequential()" in pytorch_script(a_job(network="small-cnn")).text


def test_every_layer_has_its_line():
    script = pytorch_script(a_job(network="small-cnn"))
    lines = script.text.splitlines()
    assert lines[script.layers["conv2"]] == "network.conv2 = nn.Conv2d(8, 16, 3, padding=1)"
    assert len(script.layers) == 8
    branching = pytorch_script(a_job(network={"layers": BRANCHING}))
    lines = branching.text.splitlines()
    assert lines[branching.layers["x"]] == "network.x = nn.Linear(784, 20)"
    assert lines[branching.layers["logits"]] == "        return x + x"


def test_only_lines_with_numbers_in_a_row_become_a_loop():
    texts = ["network.a1 = nn.ReLU()", "network.a2 = nn.ReLU()", "network.a4 = nn.ReLU()", "network.b = 1"]
    lines = [Line(text) for text in texts]
    assert folded(lines) == lines
    lines[2] = Line("network.a3 = nn.ReLU()")
    assert [line.text for line in folded(lines)] == [
        "for i in range(1, 4):",
        '    setattr(network, f"a{i}", nn.ReLU())',
        "network.b = 1",
    ]


def test_it_begins_with_weights_that_are_given(folders, tmp_path):
    job = a_job(network="tiny-vit", epochs=1, optimizer={"kind": "sgd", "lr": 1e-9})
    trained = initial(assemble(job.network), seed=123)
    file = tmp_path / "own.safetensors"
    file.write_bytes(pack(trained.module))
    write_idx(job.dataset.load(folders), tmp_path / "idx")
    text = pytorch_script(job, weights=str(file)).text
    space, _ = performed(text, tmp_path / "idx")
    torch.testing.assert_close(
        space["network"].state_dict(), renamed(trained.module.state_dict()), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("kind", augmentation.kinds())
def test_every_augmentation_as_code_draws_and_changes_the_same(kind):
    """Alone and for some pictures, and after a move that it is sampled with."""
    pictures = torch.rand(9, 1, 28, 28, generator=torch.Generator().manual_seed(4))
    one, few = ({"kind": kind, "probability": probability} for probability in (1, 0.5))
    for given in ([one], [few, one], [{"kind": "zoom"}, few, {"kind": "noise"}]):
        job = a_job(augmentation=given)
        space = {"torch": torch, "nn": torch.nn, "epoch": 3, "at": 5}
        exec("\n".join(definitions(job.augmentation, 28)), space)
        found = space["augmented"](pictures, eval(chances(8), space))
        torch.testing.assert_close(
            found, augmentation.Augmenter(job.augmentation, 8)(pictures, 3, 5), rtol=0, atol=2e-5
        )


def test_a_script_says_what_it_has_no_room_for():
    given = [{"kind": kind} for kind in ("rotate", "blur", "erase", "mixup")]
    with pytest.raises(Problem) as caught:
        pytorch_script(a_job(network="cnn-32-32-128", augmentation=given))
    assert caught.value.where == ("augmentation",) and "rotate, blur, erase, mixup" in caught.value.message
    assert pytorch_script(a_job(network="small-cnn", augmentation=[{"kind": "noise"}])).lines <= 50


def test_what_only_the_images_tell_is_refused_in_a_schedule():
    rare = {"imbalance": {"kind": "rare_class"}, "schedule": {"kind": "cosine"}}
    with pytest.raises(Problem) as caught:
        pytorch_script(a_job(network=SMALL, **rare))
    assert caught.value.where == ("schedule",) and "rare" in caught.value.message


def test_a_notebook_holds_the_same(folders, monkeypatch, capsys):
    job = a_job(network="sixteen", epochs=1)
    write_idx(job.dataset.load(folders), folders.cache / "mnist")
    told = notebook(job)
    assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in told["cells"]}) == len(told["cells"])
    monkeypatch.chdir(folders.cache)
    space = {}
    with torch.random.fork_rng():
        for cell in told["cells"]:
            if cell["cell_type"] == "code":
                exec(cell["source"], space)
    assert capsys.readouterr().out.startswith("epoch 1: loss")
    assert "linear3.weight" in space["network"].state_dict()


@pytest.mark.parametrize(
    ("layers", "where"),
    [
        ([{"kind": "flatten"}, {"kind": "linear", "out_features": 9}], ("network", "layers", 1)),
        (
            [{"kind": "flatten"}, {"kind": "linear", "out_features": 10, "frozen": True}],
            ("network", "layers"),
        ),
    ],
)
def test_what_cannot_be_trained_is_told_at_its_place(layers, where):
    with pytest.raises(Problem) as caught:
        pytorch_script(Job.read({"network": {"layers": layers}, "dataset": {"kind": "mnist"}}))
    assert caught.value.where == where
