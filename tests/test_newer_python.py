"""Python of 3.12 and later, read by any Python: what stands in braces of f-strings, and type parameters."""

from __future__ import annotations

import ast
import glob
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from handler_code import only, python, writes

from recursion_lint.code.syntax.newer_python import parse_newer

F_STRINGS = [
    ('f"{event["key"]}"', "f\"{event['key']}\""),
    ("f'{a['b']}' f\"{c[\"d\"]!r:>{w[\"x\"]}}\" 'tail'", "f\"{a['b']}{c['d']!r:>{w['x']}}tail\""),
    ('f"{"-".join(z)}" + y', "f\"{'-'.join(z)}\" + y"),
    (r'''f"{'\n'.join(z)}"''', 'f"{NEWLINE.join(z)}"'),
    ('f"a{f"{h["i"]}"}b"', "f'''a{f\"{h['i']}\"}b'''"),
    ('f"{ {"a": 1}["a"] }"', "f\"{ {'a': 1}['a'] }\""),
    ('f"{a != "x"} {k[1:2]["q"]} {{}} {x = }"', "f\"{a != 'x'} {k[1:2]['q']} {{}} {x = }\""),
    ('f"{(lambda z: z["a"])(1)}" if k else"n"', "f\"{(lambda z: z['a'])(1)}\" if k else 'n'"),
    (r'''rf"\d{x["a"]}\{y["b"]}"''', r'''rf"\d{x['a']}\{y['b']}"'''),
    ('f"""{d["""x"""]}"""', 'f"""{d["x"]}"""'),
    ('f"{x["a"]}" + "# f\'{" + f"{x["b"]}"  # f"{', 'f"{x[\'a\']}" + "# f\'{" + f"{x[\'b\']}"'),
]


@pytest.mark.parametrize(("newer", "older"), F_STRINGS)
def test_braces_of_f_strings(newer: str, older: str) -> None:
    tree = parse_newer(f"value = {newer}")
    assert tree is not None
    wanted = ast.dump(ast.parse(f"value = {older}"))
    assert ast.dump(tree) == wanted.replace("Name(id='NEWLINE', ctx=Load())", "Constant(value='\\n')")


LINES = '''\
import boto3
value = f"{
    first(1)  # a comment with } and "
}" + second()
third()
text = f"""
{fourth(x["a"],
  fifth())} {sixth("""a""")}
"""
seventh()
'''


def test_lines_stay_the_same() -> None:
    tree = parse_newer(LINES)
    assert tree is not None
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert {call.func.id: call.lineno for call in calls if isinstance(call.func, ast.Name)} == {
        "first": 3,
        "second": 4,
        "third": 5,
        "fourth": 7,
        "fifth": 8,
        "sixth": 8,
        "seventh": 10,
    }


def test_types_are_left_out() -> None:
    newer = '''
    type Names[T: (int, str)] = list[T]
    type Plain = dict[str, "int"]
    type = 3
    class Box[T]:
        async def put[S: "x[1]"](self, a: S, b=type[0]):
            def inner[
                U
            ](u): return u
    text = """
    type X = 3
    def f[T](x):
    """
    '''
    older = '''
    Names = list[T]
    Plain = dict[str, "int"]
    type = 3
    class Box:
        async def put(self, a: S, b=type[0]):
            def inner(u): return u
    text = """
    type X = 3
    def f[T](x):
    """
    '''
    tree = parse_newer(dedent(newer))
    assert tree is not None
    assert ast.dump(tree) == ast.dump(ast.parse(dedent(older)))


@pytest.mark.parametrize(
    "source",
    ["print 'x'", 'f"{a', 'f"{a["b]}"', "x = 'a\nb'", 'f"{}"', 'f"{a!}"', 'f"{x["a"] = }"', "f'{" * 60, "def f[T(x): pass"],
)  # fmt: skip
def test_what_is_no_python_is_none(source: str) -> None:
    assert parse_newer(source) is None


def _later_python() -> str | None:
    shims = [shutil.which(f"python3.{minor}") for minor in (14, 13, 12)]
    built = sorted(glob.glob(str(Path.home() / ".pyenv/versions/3.1[2-9].*/bin/python")))
    for one in (*shims, *built):
        if one and not subprocess.run([one, "-c", ""], capture_output=True, check=False).returncode:
            return one
    return None


def test_a_later_python_reads_the_same() -> None:
    """The grammar of a later Python as the oracle, where the machine has one."""
    later = sys.executable if sys.version_info >= (3, 12) else _later_python()
    if later is None:
        pytest.skip("needs Python 3.12 or later")
    source = "".join(f"value = {newer}\n" for newer, _ in F_STRINGS) + LINES
    show = "import ast, sys\nprint('\\n'.join(sorted(type(n).__name__ for n in ast.walk(ast.parse(sys.stdin.read())))))"
    done = subprocess.run(
        [later, "-W", "ignore", "-c", show], input=source, capture_output=True, text=True, check=True
    )
    tree = parse_newer(source)
    assert tree is not None
    wanted = [name for name in done.stdout.split() if name != "Constant"]
    found = sorted(type(node).__name__ for node in ast.walk(tree))
    assert [name for name in found if name != "Constant"] == wanted


def test_a_handler_in_the_syntax_of_a_later_python() -> None:
    source = """
    import boto3
    def handler(event, context):
        boto3.client("s3").put_object(Bucket="b", Key=f"{"a"}/{event["key"]}")
    """
    found = python(source)
    assert writes(found) == ["s3.PutObject 'b' 'a/'+event:key"]
    assert only(found).line == 4
