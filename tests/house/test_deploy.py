"""What is given for a server: compose.yaml, Dockerfile and the rest name only what there is."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from setup.venv import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("tables", "web", "worker-cpu", "worker-gpu")
SETTINGS = (ROOT / "playground" / "settings.py").read_text()
FOREIGN = re.compile(r"AWS_|MALLOC_|GOMP_|FORWARDED_ALLOW_IPS")  # read by boto, glibc, OpenMP, uvicorn


def test_what_a_service_needs_is_there_and_healthy():
    for name, service in SERVICES.items():
        needs = service.get("depends_on", {})
        assert set(needs) <= set(SERVICES), name
        for other, how in needs.items() if isinstance(needs, dict) else ():
            assert ("healthcheck" in SERVICES[other]) == (how["condition"] == "service_healthy"), (
                name,
                other,
            )
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), (name, source)


@pytest.mark.parametrize("name", OURS)
def test_our_processes_are_told_what_they_read_and_have_no_more_rights_than_needed(name):
    service = SERVICES[name]
    unknown = [key for key in service["environment"] if f'"{key}"' not in SETTINGS and not FOREIGN.match(key)]
    assert unknown == []
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and "ports" not in service
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"} <= set(service["environment"])


def test_the_workers_take_their_device_and_die_gracefully():
    for name, device in (("worker-cpu", "cpu"), ("worker-gpu", "cuda")):
        command = SERVICES[name]["command"]
        assert command[command.index("-Q") + 1] == device and f"{device}@%h" in command
        assert SERVICES[name]["profiles"] == [device.replace("cuda", "gpu")]
        assert SERVICES[name]["healthcheck"]["test"][-1] == "alive"
    assert "yes" in SERVICES["redis"]["command"]  # append-only


def test_the_image_runs_as_nobody_in_particular_and_copies_what_there_is():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["playground"]
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {part for line in lines if line.startswith("COPY ") for part in line.split()[1:-1]}
    assert copied == let_in and all((ROOT / name).exists() for name in copied)


def test_every_variable_is_told_in_the_docs():
    names = set(re.findall(r'env_(?:text|int|bool|list|folder|rates)\(\s*"([A-Z_]+)"', SETTINGS))
    docs = (ROOT / "docs" / "operations.md").read_text()
    assert len(names) > 15 and [name for name in sorted(names) if f"`{name}`" not in docs] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path):
    for unit in sorted((ROOT / "deploy").glob("*.service")):
        text = unit.read_text().replace("/srv/playground/.venv/bin/python", "/bin/true")
        copy = tmp_path / unit.name.replace("@", "@cpu")
        copy.write_text(text.replace("User=playground", "User=root"))
        done = subprocess.run(
            ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
        )
        told = [line for line in done.stderr.splitlines() if copy.name in line]
        assert told == []
