"""Code in a zip that lies in the repository: what is read of it, and what of hostile archives is not."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from recursion_lint.code.by_name.names_only import names_read
from recursion_lint.code.location import zip_archives
from recursion_lint.code.location.function_source import FunctionSource, Located, NotLocated
from recursion_lint.code.location.handlers import files_for, locate
from recursion_lint.code.location.source_files import SourceTree, Unreadable
from recursion_lint.code.location.zip_archives import texts_within
from recursion_lint.config import Config
from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

PYTHON = "def handler(event, context):\n    return event\n"
NODE = "exports.handler = async (event) => event;\n"
Tree = Callable[[Mapping[str, "str | bytes"]], SourceTree]


def packed(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return whole.getvalue()


def opened(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Unreadable(str(problem)) from None


def unpacked(path: str, most: int) -> bytes:
    return Path(path).read_bytes()


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Writes files below a folder that becomes the current one."""
    monkeypatch.chdir(tmp_path)

    def written(files: Mapping[str, str | bytes]) -> SourceTree:
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
        return SourceTree(".", opened, unpacked)

    return written


def in_s3(archive: str, **more: object) -> FunctionSource:
    """A function of an archive in S3."""
    asked = FunctionSource("cfn/t.yaml", "Worker", "python3.13", "index.handler", "elsewhere", archive)
    return asked._replace(**{"distinct": False, **more})


def found(there: SourceTree, of: FunctionSource) -> tuple[str, str]:
    located = locate(of, there)
    assert isinstance(located, Located), located
    return located.file, located.sure


def missed(there: SourceTree, of: FunctionSource) -> str:
    located = locate(of, there)
    assert isinstance(located, NotLocated), located
    return located.reason


def test_code_in_s3_lies_in_the_repository_as_an_archive_of_the_same_name(tree: Tree) -> None:
    there = tree({"src/OrderReview.zip": packed({"index.py": PYTHON, "more/__init__.py": PYTHON})})
    assert found(there, in_s3("OrderReview.zip")) == ("src/OrderReview.zip/index.py", "guess")
    package = in_s3("OrderReview.zip", handler="more.handler")
    assert found(there, package) == ("src/OrderReview.zip/more/__init__.py", "guess")
    assert missed(there, in_s3("OrderReviews.zip"))
    for handler in ("index.main", "gone.handler", "../index.handler"):
        reason = missed(there, in_s3("OrderReview.zip", handler=handler))
        assert reason == f"src/OrderReview.zip holds no {handler}"
    for handler in ("index", ""):
        assert "names no function" in missed(there, in_s3("OrderReview.zip", handler=handler))


def test_an_archive_is_read_where_the_template_names_its_path(tree: Tree) -> None:
    there = tree({"build/function.zip": packed({"src/index.js": NODE})})
    local = in_s3("../build/function.zip", kind="local", runtime="nodejs22.x", handler="src/index.handler")
    assert found(there, local) == ("build/function.zip/src/index.js", "guess")
    assert missed(there, local._replace(where="../build/other.zip"))


def test_source_that_is_not_packed_goes_first(tree: Tree) -> None:
    there = tree({"src/order-review.zip": packed({"index.py": PYTHON}), "order-review/index.py": PYTHON})
    assert found(there, in_s3("order-review.zip"))[0] == "order-review/index.py"
    there = tree({"more/order-review/index.py": PYTHON})
    both = "2 files fit equally: look at more/order-review/index.py or order-review/index.py"
    assert missed(there, in_s3("order-review.zip")) == both


def test_an_archive_of_any_function_s_name_is_none_of_a_known_one(tree: Tree) -> None:
    there = tree({"src/lambda.zip": packed({"index.py": PYTHON})})
    assert missed(there, in_s3("lambda.zip"))


def test_of_two_archives_of_one_name_none_is_read(tree: Tree) -> None:
    one = packed({"index.py": PYTHON})
    there = tree({"a/review.zip": one, "b/review.zip": one})
    assert missed(there, in_s3("review.zip")) == "2 files fit equally: look at a/review.zip or b/review.zip"
    there = tree({"c/template.yaml": "", "c/tax.zip": one})
    assert missed(there, in_s3("tax.zip"))


def test_code_in_an_archive_sees_nothing_beside_it(tree: Tree) -> None:
    there = tree({"review.zip": packed({"index.py": PYTHON, "own.py": "x = 1\n"}), "helper.py": "x = 1\n"})
    located = locate(in_s3("review.zip"), there)
    assert isinstance(located, Located)
    files = files_for(located, there)
    assert files.read("review.zip/own.py") == "x = 1\n"
    assert not files.exists("helper.py")
    assert files.unique("helper.py") is None


def test_modules_in_an_archive_are_those_in_it_and_in_layers(tree: Tree) -> None:
    index = 'require("./lib/own"); require("../beside"); require("library"); exports.handler = () => 1;\n'
    data = packed({"index.js": index, "lib/own.js": NODE, "node_modules/library/index.js": NODE})
    there = tree({"zips/review.zip": data, "zips/beside.js": NODE, "layer/nodejs/own.js": NODE, "x.js": NODE})
    located = locate(in_s3("review.zip", runtime="nodejs22.x", file="t.yaml", layers=("layer",)), there)
    assert isinstance(located, Located)
    read = names_read(located, files_for(located, there))
    assert [gap.reason for gap in read.gaps] == ["the module ../beside is missing"]
    assert list(read.files) == ["zips/review.zip/index.js", "zips/review.zip/lib/own.js"]
    files = files_for(located, there)
    assert files.read("layer/nodejs/own.js") == NODE
    assert files.read("x.js") is None
    assert files.tree.is_folder("zips/review.zip/lib")
    assert not files.tree.is_folder("zips")
    assert files.tree.below("zips/review.zip", (".js",)) == tuple(read.files)


def refused(data: bytes) -> str:
    with pytest.raises(Unreadable) as problem:
        texts_within(data)
    return problem.value.reason


def flagged(data: bytes, at: int, value: int) -> bytes:
    """An archive with a byte of its only member's entry in the directory changed."""
    start = data.index(b"PK\x01\x02") + at
    return data[:start] + bytes([value]) + data[start + 1 :]


def test_hostile_archives_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("../index.py", "/index.py", "a/../../index.py", "c:index.py", "a\\index.py"):
        assert "leads out" in refused(packed({name: PYTHON, "app.py": PYTHON}))
    link = zipfile.ZipInfo("index.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "leads out" in refused(whole.getvalue())
    plain = packed({"index.py": PYTHON})
    assert refused(flagged(plain, 8, 1)) == "is encrypted"
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(whole, "a") as archive:
        archive.writestr("index.py", PYTHON)
    assert refused(whole.getvalue()) == "holds two files of one name"
    for broken in (b"", b"PK", plain[:-30], plain.replace(b"PK\x03\x04", b"XX\x03\x04")):
        assert refused(broken) == "is no zip that can be read"
    monkeypatch.setattr(zip_archives, "MAX_MEMBERS", 1)
    assert texts_within(plain) == {"index.py": PYTHON}
    assert refused(packed({"a.py": "", "b.txt": ""})).startswith("holds 2 files")


def test_what_an_archive_unpacks_to_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = {f"m{at}.py": "#" * 1_400_000 for at in range(6)}
    assert "unpacks to more" in refused(packed(bomb))
    large = packed({"index.py": PYTHON, "large.py": "#" * 1_600_000, "data.bin": b"\0" * 20_000_000})
    assert texts_within(large) == {"index.py": PYTHON}
    # A member that is longer than it says is cut there, and its checksum then tells.
    said = packed({"index.py": "#" * 300})
    assert refused(flagged(flagged(said, 24, 10), 25, 0)) == "is no zip that can be read"
    assert texts_within(packed({"index.py": b"a\0b", "app.py": b"\xff\xfe\xfd"})) == {}
    assert texts_within(packed({"index.py": PYTHON}, zipfile.ZIP_LZMA)) == {}


def test_a_large_archive_is_not_opened(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tree({"review.zip": packed({"index.py": PYTHON})})
    assert found(there, in_s3("review.zip"))
    monkeypatch.setattr(zip_archives, "MAX_ARCHIVE_BYTES", 20)
    assert "archives over 20 bytes" in missed(there, in_s3("review.zip"))
    Path("tax.zip").symlink_to("/etc/hostname")
    assert missed(SourceTree(".", opened, unpacked), in_s3("tax.zip"))


TEMPLATE = """\
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Source:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Code: {S3Bucket: builds, S3Key: code/order-review.zip}
      Environment: {Variables: {JOBS: !Ref Jobs}}
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: send
          PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}]}
"""
SENDS = """\
import os

import boto3


def again(event):
    boto3.client("sqs").send_message(QueueUrl=os.environ["JOBS"], MessageBody="again")
"""
CALLS = "import sending\n\n\ndef handler(event, context):\n    sending.again(event)\n"


def of_the_run(there: Mapping[str, str | bytes], tree: Tree) -> Finding:
    tree(there)
    (finding,) = lint(["cfn"], Config()).findings
    return finding


def test_code_in_an_archive_is_judged_as_a_guess(tree: Tree) -> None:
    unread = of_the_run({"cfn/t.yaml": TEMPLATE}, tree)
    writes = of_the_run({"zips/order-review.zip": packed({"index.py": CALLS, "sending.py": SENDS})}, tree)
    assert (unread.severity, writes.severity) == ("error", "warning")
    (code,) = [hop.code for hop in writes.hops if hop.code is not None]
    assert code.verdict == "conditional"
    assert code.span is not None
    assert (code.span.file, code.span.line) == ("zips/order-review.zip/sending.py", 7)
    assert list(code.read) == ["zips/order-review.zip/index.py", "zips/order-review.zip/sending.py"]
    never = of_the_run({"zips/order-review.zip": packed({"index.py": PYTHON})}, tree)
    assert never.severity == "info"
    assert [hop.code.verdict for hop in never.hops if hop.code is not None] == ["never"]
