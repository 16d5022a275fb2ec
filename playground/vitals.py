"""What a process can say about itself and its machine: memory, device, temperature."""

import ctypes
import os
import socket
import sys
from pathlib import Path
from typing import Any

THERMAL = Path("/sys/class/thermal")
MEMORY = Path("/proc/self/statm")


def vitals() -> dict[str, Any]:
    """Host, process, memory in bytes, device; temperature in °C where the machine tells it."""
    told: dict[str, Any] = {"host": socket.gethostname(), "pid": os.getpid(), "memory": memory()}
    gpu = _gpu()
    heat = gpu.pop("temperature", None) if gpu else temperature()
    return told | {"device": "GPU" if gpu else "processor"} | gpu | ({"temperature": heat} if heat else {})


def memory() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        return int(MEMORY.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def give_back_memory() -> None:
    """Gives the system what this process keeps of memory that it does not use, where its C library can.

    Workers keep what they free, because to fetch it again for each batch costs a third of their speed. A
    worker that has nothing to train needs none of it.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)


def temperature() -> float | None:
    """The hottest of the machine's sensors in °C, None where it has none."""
    found = []
    for sensor in THERMAL.glob("thermal_zone*/temp"):
        try:
            found.append(int(sensor.read_text()) / 1_000)
        except (OSError, ValueError):  # a sensor that sleeps
            continue
    return max(found, default=None)


def _gpu() -> dict[str, Any]:
    """The GPU that this process trains on, empty where it uses none. Never loads PyTorch for that."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda") or not torch.cuda.is_initialized():
        return {}
    free, total = torch.cuda.mem_get_info()
    told = {"gpu": torch.cuda.get_device_name(), "gpu_memory": total - free, "gpu_memory_total": total}
    try:
        return told | {"temperature": float(torch.cuda.temperature())}
    except (ImportError, RuntimeError):  # NVIDIA's management library is not there
        return told
