"""Ours against torchvision, bit for bit: ``print(verify("resnet18"))``."""

from .config import Config
from .random_networks import configs, verify_random
from .report import Line, Report
from .verifying import verify, verify_all

__all__ = ["Config", "Line", "Report", "configs", "verify", "verify_all", "verify_random"]
