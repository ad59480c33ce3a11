"""Handwritten digits, 8 x 8 pixels, as they come with scikit-learn: no download."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Digits:
    """1437 images to train on and 360 to test: ``(N, 1, 8, 8)``, mean 0, deviation 1."""

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor


@functools.cache
def digits() -> Digits:
    """The data, split in the same way every time, a fifth of each digit to test.

    Raises ``ImportError`` that says what to install when scikit-learn is missing.
    Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998, CC BY 4.0.
    """
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise ImportError("the labs need scikit-learn: pip install scikit-learn") from error
    images, labels = load_digits(return_X_y=True)
    split = train_test_split(images, labels, test_size=360, random_state=0, stratify=labels)
    train_images, test_images, train_labels, test_labels = map(torch.as_tensor, split)
    mean, deviation = train_images.mean(), train_images.std()

    def prepared(flat: Tensor) -> Tensor:
        return ((flat - mean) / deviation).float().unflatten(1, (1, 8, 8))

    return Digits(prepared(train_images), train_labels, prepared(test_images), test_labels)
