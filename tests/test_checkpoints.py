"""Weights from names, enum members and files: what loads, what is refused, and in which words."""

import hashlib
import http.server
import io
import os
import pathlib
import threading
import zipfile

import pytest
import torch
from safetensors.torch import save_file

import resnet_edu
from resnet_edu import checkpoints, weights
from resnet_edu.checkpoints import CheckpointError
from resnet_edu.peer import import_torchvision
from resnet_edu.variants import ARCHITECTURES


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return resnet_edu.resnet18(num_classes=10).state_dict()


def same(net, state):
    return all(torch.equal(value, state[name]) for name, value in net.state_dict().items())


WRAPPED = {
    "plain": lambda s: s,
    "state_dict": lambda s: {"state_dict": s, "epoch": 3},
    "model": lambda s: {"model": s, "args": {"lr": 0.1}},
    "module": lambda s: {f"module.{k}": v for k, v in s.items()},
    "both": lambda s: {"state_dict": {f"module.{k}": v for k, v in s.items()}},
    "half": lambda s: {k: v.half() if v.is_floating_point() else v for k, v in s.items()},
    "old": lambda s: {k: v for k, v in s.items() if "num_batches" not in k},
}


@pytest.mark.parametrize("form", WRAPPED)
def test_forms_that_load(tmp_path, state, form):
    file = tmp_path / "net.pth"
    torch.save(WRAPPED[form](state), file)
    net = resnet_edu.resnet18(weights=file)
    assert net.fc.out_features == 10, "the number of classes comes from the file"
    if form == "half":
        assert torch.equal(net.conv1.weight, state["conv1.weight"].half().float())
    else:
        assert same(net, state)


def test_safetensors_and_a_path_as_text(tmp_path, state):
    save_file(state, tmp_path / "net.safetensors")
    assert same(resnet_edu.resnet18(weights=str(tmp_path / "net.safetensors")), state)


class Bomb:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return pathlib.Path.touch, (self.target,)


def test_a_pickle_that_runs_code_is_refused_and_not_run(tmp_path):
    trace = tmp_path / "executed"
    torch.save({"conv1.weight": Bomb(trace)}, tmp_path / "bomb.pth")
    with pytest.raises(CheckpointError, match=r"bomb\.pth.*Nothing in it was\s+executed"):
        resnet_edu.resnet18(weights=tmp_path / "bomb.pth")
    assert not trace.exists()


def edited(state, **changes):
    return {k: changes.get(k.replace(".", "_"), v) for k, v in state.items()}


def renamed(state):
    return {k.replace("layer", "stage"): v for k, v in state.items()}


UNFIT = {
    "renamed": (renamed, r"layer1\.0\.conv1\.weight: expected \(64, 64, 3, 3\), found nothing"),
    "shape": (
        lambda s: edited(s, bn1_weight=torch.ones(65)),
        r"bn1\.weight: expected \(64,\), found \(65,\)",
    ),
    "dtype": (
        lambda s: edited(s, bn1_weight=torch.ones(64, dtype=torch.int64)),
        r"bn1\.weight: expected torch\.float32, found torch\.int64",
    ),
    "complex": (
        lambda s: edited(s, bn1_weight=torch.ones(64, dtype=torch.complex64)),
        r"found torch\.complex64",
    ),
    "nan": (
        lambda s: edited(s, bn1_bias=torch.full((64,), float("nan"))),
        r"bn1\.bias: expected finite values, found 64 of 64",
    ),
    "sparse": (
        lambda s: edited(s, fc_bias=torch.ones(10).to_sparse()),
        r"fc\.bias: expected a plain tensor",
    ),
    "meta": (
        lambda s: edited(s, fc_bias=torch.ones(10, device="meta")),
        r"fc\.bias: expected a plain tensor",
    ),
    "extra": (
        lambda s: s | {"layer5.weight": torch.ones(2)},
        r"layer5\.weight: expected nothing, found \(2,\)",
    ),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_file_that_does_not_fit(tmp_path, state, kind):
    change, words = UNFIT[kind]
    file = tmp_path / "wrong.pth"
    torch.save(change(state), file)
    net = resnet_edu.resnet18(num_classes=10)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    with pytest.raises(CheckpointError, match=words) as error:
        checkpoints.load(net, checkpoints.read_state_dict(file), str(file), "resnet18")
    assert "wrong.pth" in str(error.value)
    assert same(net, before), "the model must be left as it was"


@pytest.mark.parametrize("other", [name for name in ARCHITECTURES if name != "resnet50"])
def test_the_owner_of_a_checkpoint_is_recognised(tmp_path, other):
    with torch.device("meta"):
        entries = getattr(resnet_edu, other)().state_dict()
        net = resnet_edu.resnet50()
    with pytest.raises(CheckpointError, match=f"checkpoint of {other}: build {other}") as error:
        checkpoints.load(net, entries, "file.pth", "resnet50", ARCHITECTURES)
    assert str(error.value).count("expected") <= checkpoints.SHOWN


def test_other_number_of_classes(tmp_path, state):
    torch.save(state, tmp_path / "ten.pth")
    with pytest.raises(ValueError, match="num_classes is 10 here, and 1000 was given"):
        resnet_edu.resnet18(weights=tmp_path / "ten.pth", num_classes=1000)
    with pytest.raises(CheckpointError, match="build with num_classes=10"):
        checkpoints.load(resnet_edu.resnet18(), state, "ten.pth", "resnet18", ARCHITECTURES)


def zip_of_something_else(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "hello")


def truncated(file):
    buffer = io.BytesIO()
    torch.save(resnet_edu.resnet18(num_classes=2).state_dict(), buffer)
    file.write_bytes(buffer.getvalue()[:100_000])


UNREADABLE = {
    "zip": zip_of_something_else,
    "truncated": truncated,
    "empty": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("not a checkpoint"),
    "list": lambda file: torch.save([torch.ones(1)], file),
    "nested": lambda file: torch.save({"net": {"a": torch.ones(1)}}, file),
    "tensor": lambda file: torch.save(torch.ones(1), file),
    "nothing": lambda file: torch.save({}, file),
    "folder": lambda file: file.mkdir(),
}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read(tmp_path, kind, suffix):
    file = tmp_path / f"odd{suffix}"
    UNREADABLE[kind](file)
    with pytest.raises(CheckpointError, match="odd"):
        resnet_edu.resnet18(weights=file)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.pth: there is no such file"):
        resnet_edu.resnet18(weights=tmp_path / "none.pth")


def test_rows_are_torchvisions(judge):
    theirs = {}
    for name in ARCHITECTURES:
        enum = judge.get_model_weights(name)
        for member in enum:
            metrics = member.meta["_metrics"]["ImageNet-1K"]
            (resize,) = member.transforms().resize_size
            row = (member.url, metrics["acc@1"], metrics["acc@5"], resize, member == enum.DEFAULT)
            theirs[name, member.name] = row
    ours = {
        (r.network, r.name): (r.url, r.acc1, r.acc5, r.resize, r.default) for r in weights.ROWS
    }
    assert ours == theirs
    assert {row.num_classes for row in weights.ROWS} == {1000}


class Served(http.server.BaseHTTPRequestHandler):
    """Serves ``server.body``; ``server.sent`` bytes of it, to act a connection that is cut."""

    def do_GET(self):
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body[: self.server.sent])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A real server on this machine, standing in for the address of the published weights."""
    buffer = io.BytesIO()
    torch.manual_seed(1)
    torch.save(resnet_edu.resnet18().state_dict(), buffer)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        server.body, server.sent, server.asked = buffer.getvalue(), None, 0
        digits = hashlib.sha256(server.body).hexdigest()[:8]
        row = weights.Weights("resnet18", "IMAGENET1K_V1", digits, 1.0, 2.0, 256)
        monkeypatch.setattr(weights, "ROWS", (row,))
        monkeypatch.setattr(weights, "HOME", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def cached(tmp_path):
    return sorted(p for p in (tmp_path / "hub").rglob("*") if p.is_file())


@pytest.mark.parametrize("name", ["IMAGENET1K_V1", "DEFAULT", "ResNet18_Weights.IMAGENET1K_V1"])
def test_download_once_then_from_the_cache(server, tmp_path, name, capfd):
    first = resnet_edu.resnet18(weights=name, progress=True)
    assert "100" in capfd.readouterr().err, "no progress bar"
    second = resnet_edu.resnet18(weights=name, progress=False)
    assert server.asked == 1
    assert same(first, second.state_dict())
    assert len(cached(tmp_path)) == 1


def test_download_with_a_wrong_hash_keeps_nothing(server, tmp_path):
    server.body += b"x"
    with pytest.raises(CheckpointError, match="invalid hash value"):
        resnet_edu.resnet18(weights="DEFAULT", progress=False)
    assert cached(tmp_path) == []


def test_a_cut_connection_keeps_nothing_and_the_next_try_works(server, tmp_path):
    server.sent = len(server.body) // 2
    with pytest.raises(CheckpointError, match="could not be downloaded whole"):
        resnet_edu.resnet18(weights="DEFAULT", progress=False)
    assert cached(tmp_path) == []
    server.sent = None
    resnet_edu.resnet18(weights="DEFAULT", progress=False)
    assert len(cached(tmp_path)) == 1


def test_no_server_at_all(server):
    weights.HOME = "http://127.0.0.1:1/"
    with pytest.raises(CheckpointError, match="could not be downloaded"):
        resnet_edu.resnet18(weights="DEFAULT", progress=False)


def test_a_damaged_file_in_the_cache_is_named(server, tmp_path):
    resnet_edu.resnet18(weights="DEFAULT", progress=False)
    (file,) = cached(tmp_path)
    os.truncate(file, 1000)
    with pytest.raises(CheckpointError) as error:
        resnet_edu.resnet18(weights="DEFAULT", progress=False)
    assert "delete it" in error.value.__notes__[0]


def test_another_number_of_classes_is_refused_before_any_download(server):
    with pytest.raises(ValueError, match="num_classes is 1000"):
        resnet_edu.resnet18(weights="DEFAULT", num_classes=10)
    assert server.asked == 0


def test_torchvision_enum_members(judge, server, monkeypatch):
    member = judge.ResNet18_Weights.IMAGENET1K_V1
    seen = []

    def record(url, progress):
        seen.append(url)
        return resnet_edu.resnet18().state_dict()

    monkeypatch.setattr(checkpoints, "_download", record)
    resnet_edu.resnet18(weights=member)
    assert seen == [member.url]
    with pytest.raises(TypeError, match="ResNet18_Weights, which is another network's"):
        resnet_edu.resnet34(weights=member)


@pytest.mark.parametrize("odd", [True, 3, b"DEFAULT", object()])
def test_anything_else_is_a_type_error(odd):
    with pytest.raises(TypeError, match="published name"):
        resnet_edu.resnet18(weights=odd)


def test_unknown_name_reads_as_a_sentence():
    with pytest.raises(KeyError) as error:
        resnet_edu.resnet50(weights="IMAGENET1K_V3")
    assert str(error.value).startswith("resnet50 has no weights called 'IMAGENET1K_V3': use")


def test_a_frozen_norm_takes_a_usual_file(tmp_path):
    import_torchvision()
    from torchvision.ops.misc import FrozenBatchNorm2d

    model = resnet_edu.resnet18()
    torch.save(model.state_dict(), tmp_path / "r.pth")
    frozen = resnet_edu.resnet18(weights=tmp_path / "r.pth", norm_layer=FrozenBatchNorm2d)
    assert torch.equal(frozen.layer1[0].conv1.weight, model.layer1[0].conv1.weight)
    assert torch.equal(frozen.bn1.running_var, model.bn1.running_var)


def test_a_counter_saved_as_a_float_is_converted(tmp_path):
    state = {key: value.float() for key, value in resnet_edu.resnet18().state_dict().items()}
    torch.save(state, tmp_path / "averaged.pth")
    loaded = resnet_edu.resnet18(weights=tmp_path / "averaged.pth")
    assert loaded.bn1.num_batches_tracked.dtype == torch.int64


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda s: s.pop("fc.bias"), "holds a part of a network only"),
        (lambda s: s.pop("layer1.0.conv1.weight"), "holds a part of a network only"),
        (lambda s: s.update(extra=torch.zeros(3)), "holds more than resnet18"),
        (lambda s: s.update({"stem": s.pop("conv1.weight")}), "rename the entries"),
        (lambda s: s["fc.bias"].fill_(float("nan")), "Check that the file"),
        (lambda s: s.update({"fc.weight": s["fc.weight"][:10]}), "Check that the file"),
    ],
)
def test_the_advice_can_be_followed(tmp_path, change, advice):
    state = resnet_edu.resnet18().state_dict()
    change(state)
    torch.save(state, tmp_path / "r.pth")
    with pytest.raises(CheckpointError, match=advice):
        resnet_edu.resnet18(weights=tmp_path / "r.pth")


def test_what_is_no_weights_is_told_in_a_line(tmp_path):
    enum = import_torchvision().models.ResNet18_Weights
    for given, words in ((enum, "ResNet18_Weights.DEFAULT"), ({"a": 1}, "load_state_dict")):
        with pytest.raises(TypeError, match=words) as caught:
            resnet_edu.resnet18(weights=given)
        assert len(str(caught.value)) < 300


def test_the_suffix_of_old_training_scripts_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": resnet_edu.resnet18().state_dict()}, "best.pth.tar")
    resnet_edu.resnet18(weights="best.pth.tar")
