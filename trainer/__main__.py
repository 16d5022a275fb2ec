"""`python -m trainer`: train a job, find better settings, check a network, read digits. JSON on stdout."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trainer import checking, datasets, speeds, weights
from trainer.calibration import calibrate
from trainer.carrying import WEIGHTS, carry
from trainer.catalogue import catalogue
from trainer.datasets.base import Folders
from trainer.datasets.idx import write_idx
from trainer.entry import read_entry
from trainer.export import FORMATS, keras_script, notebook, pytorch_script
from trainer.export.trained import FORMS, Trained, taken
from trainer.finding import find_rate
from trainer.job import Job
from trainer.network import Network
from trainer.preparation import Preparation
from trainer.probe import Probe
from trainer.problems import Problem
from trainer.sketch import from_image
from trainer.studies.study import Study
from trainer.studying import carry_study

ROOT = Path(__file__).parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 where it was done, 2 where a person has something to mend."""
    options = _parser().parse_args(arguments)
    work: Callable[[argparse.Namespace], int] = options.work
    try:
        return work(options)
    except Problem as problem:
        print(f"trainer: {problem}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trainer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    training = commands.add_parser("train", help="train a job; prints its transcript, one event a line")
    training.add_argument("job", type=Path, help="a job as JSON")
    training.add_argument(
        "--out", type=Path, required=True, help="folder for job, events, weights, checkpoint"
    )
    training.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    training.set_defaults(work=_train)

    studying = commands.add_parser(
        "study", help="try a job with other settings; prints what each trial came to, one line each"
    )
    studying.add_argument("study", type=Path, help="a study as JSON: a job, its space, a budget")
    studying.add_argument("--out", type=Path, required=True, help="folder for all trials")
    studying.add_argument("--resume", action="store_true", help="go on with the trials in the folder")
    studying.set_defaults(work=_study)

    finding = commands.add_parser(
        "find-lr", help="try growing learning rates; prints losses and a suggestion, one event a line"
    )
    finding.add_argument("job", type=Path, help="a job as JSON")
    finding.set_defaults(work=_find_rate)

    drawing = commands.add_parser("images", help="write a data set as MNIST's four files, for a script")
    drawing.add_argument("dataset", help="its kind, like strokes")
    drawing.add_argument("--out", type=Path, required=True, help="folder for the files")
    drawing.set_defaults(work=_images)

    for parser_of_data in (training, studying, finding, drawing):
        parser_of_data.add_argument(
            "--data", type=Path, default=_folder("PLAYGROUND_DATA"), help="data sets you have"
        )
        parser_of_data.add_argument(
            "--home",
            type=Path,
            default=_folder("PLAYGROUND_HOME") or ROOT / "var",
            help="where to keep data sets",
        )

    exporting = commands.add_parser(
        "export",
        help="print a job as a script or notebook; or write its trained network as a file for elsewhere",
    )
    exporting.add_argument("job", type=Path, help="a job as JSON")
    forms = list(dict.fromkeys([*FORMATS, *FORMS]))
    exporting.add_argument("--as", dest="form", choices=forms, default="pytorch", help="what to make of it")
    exporting.add_argument("--weights", default="", help="a file of weights that it begins with, or holds")
    exporting.add_argument("--out", type=Path, help="the file to write a trained network to")
    exporting.set_defaults(work=_export)

    examining = commands.add_parser("check", help="check a network; prints shapes and sizes or the problem")
    examining.add_argument("network", type=Path, help="a network as JSON")
    examining.set_defaults(work=_check)

    predicting = commands.add_parser("predict", help="read digits from pictures; prints one line an image")
    predicting.add_argument("folder", type=Path, help="the folder of a training")
    predicting.add_argument("images", type=Path, nargs="+", help="PNG, JPEG or WebP")
    predicting.set_defaults(work=_predict)

    measuring = commands.add_parser("bench", help="measure how fast this machine trains the templates")
    measuring.add_argument("--threads", type=int, help="processor threads; empty: what was calibrated")
    measuring.add_argument("--home", type=Path, default=_folder("PLAYGROUND_HOME") or ROOT / "var")
    measuring.set_defaults(work=_bench)

    commands.add_parser("catalogue", help="print all that exists").set_defaults(work=_catalogue)
    return parser


def _folder(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Problem(f"{file} is not JSON: {error}.") from error


def _tell(thing: dict[str, Any]) -> None:
    print(json.dumps(thing, ensure_ascii=False), flush=True)


def _job(options: argparse.Namespace) -> tuple[Job, Folders]:
    """The job that was named, with a number of threads, and where its images are."""
    job = Job.read(_read(options.job))
    if job.threads is None:
        job = job.model_copy(update={"threads": calibrate(options.home)})
    return job, Folders(data=options.data, cache=options.home / "cache")


def _find_rate(options: argparse.Namespace) -> int:
    for said in find_rate(*_job(options)):
        _tell(said.describe())
    return 0


def _train(options: argparse.Namespace) -> int:
    carry(*_job(options), options.out, options.resume, _tell)
    return 0


def _study(options: argparse.Namespace) -> int:
    study = Study.read(_read(options.study))
    if study.job.threads is None:
        study = study.with_threads(calibrate(options.home))
    folders = Folders(data=options.data, cache=options.home / "cache")
    return 0 if carry_study(study, folders, options.out, options.resume, _tell) else 2


def _images(options: argparse.Namespace) -> int:
    dataset = read_entry(datasets.kinds(), "data set", {"kind": options.dataset})
    images = dataset.load(Folders(data=options.data, cache=options.home / "cache"))
    for file in write_idx(images, options.out):
        _tell({"file": str(file)})
    return 0


def _export(options: argparse.Namespace) -> int:
    """The script or notebook itself, not JSON around it: it is meant for a file."""
    job = Job.read(_read(options.job))
    if options.out or options.form not in FORMATS:
        return _take(job, options)
    if options.form == "notebook":
        _tell(notebook(job))
    elif options.form == "keras":
        print(keras_script(job.network, weights=options.weights).text, end="")
    else:
        print(pytorch_script(job, weights=options.weights).text, end="")
    return 0


def _take(job: Job, options: argparse.Namespace) -> int:
    if not (options.out and options.weights and options.form in FORMS):
        raise Problem(f"A file needs --weights and --out, and is one of {', '.join(FORMS)}.")
    trained = Trained(job, _bytes(Path(options.weights)), options.out.stem)
    options.out.write_bytes(taken(options.form, trained).content)
    _tell({"file": str(options.out)})
    return 0


def _check(options: argparse.Namespace) -> int:
    checked = checking.check(Network.read(_read(options.network)))
    _tell(checked)
    return 2 if checked["problem"] else 0


def _predict(options: argparse.Namespace) -> int:
    """Pictures that cannot be read are told with their problem and do not keep the others waiting."""
    probe, job = _trained(options.folder)
    answered = 0
    for image in options.images:
        try:
            look = probe.look(from_image(_bytes(image)).picture)
            classes = {"digit": look.digit, "probabilities": look.probabilities}
            _tell({"image": str(image), **(job.task.said(look.output, job.loss) or classes)})
            answered += 1
        except Problem as problem:
            _tell({"image": str(image), "problem": problem.describe()})
    return 0 if answered else 2


def _trained(folder: Path) -> tuple[Probe, Job]:
    job = Job.read(_read(folder / "job.json"))
    try:
        tensors, facts = weights.unpack((folder / WEIGHTS).read_bytes())
    except OSError as error:
        raise Problem(f"{folder} holds no trained weights: {error.strerror}.") from error
    return Probe(job.network, tensors, preparation=Preparation.read(facts)), job


def _bytes(image: Path) -> bytes:
    try:
        return image.read_bytes()
    except OSError as error:
        raise Problem(f"{image} cannot be read: {error.strerror}.", ("image",)) from error


def _bench(options: argparse.Namespace) -> int:
    threads = options.threads or calibrate(options.home)
    for (name, batch), seconds in speeds.measure(threads).items():
        _tell(
            {
                "network": name,
                "batch_size": batch,
                "threads": threads,
                "samples_per_second": round(batch / seconds),
            }
        )
    return 0


def _catalogue(options: argparse.Namespace) -> int:
    _tell(catalogue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
