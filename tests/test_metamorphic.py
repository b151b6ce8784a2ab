"""The same system, written in another way, has the same loops."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from systems import (
    LITERALS,
    Channel,
    Function,
    Grant,
    Source,
    Style,
    System,
    as_yaml,
    child,
    parts,
    systems,
    template,
)

from recursion_lint import rules
from recursion_lint.assessment.assess import assess
from recursion_lint.config import Config
from recursion_lint.model.findings import Finding
from recursion_lint.report import render
from recursion_lint.run import collect as intake
from recursion_lint.run.lint import lint

Loop = tuple[str, str, frozenset[str]]
QUICK = settings(max_examples=40, deadline=None)


class Seen(NamedTuple):
    """Loops that grants name (rule, confidence, resources), and those that only a broad grant closes.

    Of each broad grant the shortest loop is told: what matters is whose grant it is.
    """

    specific: frozenset[Loop]
    broad: frozenset[Loop]
    by: frozenset[str]
    nothing: bool

    def resources(self) -> frozenset[tuple[str, frozenset[str]]]:
        return frozenset((rule, resources) for rule, _, resources in self.specific)


def findings(paths: Iterable[str], text: str | None = None) -> list[Finding]:
    texts = {} if text is None else {intake.STDIN: text}
    taken = intake.collect(list(paths), Config(), texts)
    assert taken.problems == ()
    return [one for one in assess(taken.all_facts(), rules).findings if one.rule.endswith("-loop")]


def seen(found: Iterable[Finding], besides: frozenset[str] = frozenset()) -> Seen:
    specific, broad, by = set(), set(), set()
    for one in found:
        loop = (one.rule, one.confidence, frozenset(node.resource for node in one.cycle) - besides)
        wide = [hop.source for hop in one.hops if hop.evidence == "broad"]
        (broad if wide else specific).add(loop)
        by |= set(wide)
    return Seen(frozenset(specific), frozenset(broad), frozenset(by), not (specific or broad))


def loops(value: Any) -> Seen:
    found = seen(findings(["-"], json.dumps(value)))
    event(f"specific loops: {min(len(found.specific), 3)}, broad: {min(len(found.broad), 2)}")
    return found


def renamed(system: System, names: dict[str, str]) -> System:
    return System(
        tuple(one._replace(id=names[one.id]) for one in system.channels),
        tuple(one._replace(id=names[one.id]) for one in system.functions),
    )


def ids(system: System) -> list[str]:
    return [one.id for one in (*system.channels, *system.functions)]


@QUICK
@given(systems(), st.data())
def test_other_logical_ids(system: System, data: st.DataObject) -> None:
    old = ids(system)
    new = data.draw(st.permutations([f"Thing{at}" for at in range(len(old))]))
    names = dict(zip(old, new, strict=True))
    back = {after: before for before, after in names.items()}
    before, after = loops(template(system)), loops(template(renamed(system, names)))
    told = {
        (rule, confidence, frozenset(back[one] for one in resources))
        for rule, confidence, resources in after.specific
    }
    assert told == before.specific
    assert {back[one] for one in after.by} == before.by


@QUICK
@given(systems(), st.sampled_from([Style(), Style(raw=True, attached=True)]), st.data())
def test_another_order_of_resources(system: System, style: Style, data: st.DataObject) -> None:
    first = template(system, style)
    order = data.draw(st.permutations(sorted(first["Resources"])))
    second = first | {"Resources": {name: first["Resources"][name] for name in order}}
    assert loops(first) == loops(second)


@QUICK
@given(systems(), st.booleans())
def test_yaml_and_json(system: System, raw: bool) -> None:
    value = template(system, Style(raw=raw))
    assert seen(findings(["-"], as_yaml(value))) == loops(value)


@QUICK
@given(systems())
def test_a_reference_and_a_name(system: System) -> None:
    def named(by_name: bool) -> System:
        functions = tuple(
            function._replace(
                grants=tuple(
                    one._replace(by_name=by_name and bool(system.channels[one.channel].named))
                    for one in function.grants
                )
            )
            for function in system.functions
        )
        return system._replace(functions=functions)

    assert loops(template(named(True))) == loops(template(named(False)))


@QUICK
@given(systems())
def test_serverless_and_raw_resources(system: System) -> None:
    assert loops(template(system)) == loops(template(system, Style(raw=True)))


@QUICK
@given(systems(), st.booleans())
def test_policies_inside_a_role_and_attached_to_it(system: System, raw: bool) -> None:
    assert loops(template(system, Style(raw))) == loops(template(system, Style(raw, attached=True)))


@QUICK
@given(systems(), st.booleans())
def test_a_function_in_a_nested_stack(system: System, raw: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outer, inner = Path(folder, "template.yaml"), Path(folder, "child.yaml")
        style = Style(raw, moved=0)
        outer.write_text(as_yaml(template(system, style)), encoding="utf-8")
        inner.write_text(as_yaml(child(system, style)), encoding="utf-8")
        apart = seen(findings([str(outer)]), frozenset({"Child"}))
    whole = loops(template(system, Style(raw)))
    assert apart.specific == whole.specific
    assert {one.removeprefix("Child/") for one in apart.by} == whole.by


UNRELATED = {
    "Type": "AWS::Lambda::EventSourceMapping",
    "Properties": {
        "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:elsewhere",
        "FunctionName": "of-another-stack",
    },
}


@QUICK
@given(systems(), st.sampled_from([UNRELATED, {"Type": "AWS::S3::Bucket"}, {"Type": "AWS::SNS::Topic"}]))
def test_an_unrelated_resource(system: System, unrelated: Any) -> None:
    before = template(system)
    for added in (
        {"Aside": unrelated} | before["Resources"],
        before["Resources"] | {"Zero": unrelated},
    ):
        assert loops(before | {"Resources": added}) == loops(before)


def no_more(after: Seen, before: Seen) -> None:
    """``after`` has no loop that ``before`` has not; one finding of ``before`` may tell several loops of one cause."""
    known = before.resources()
    told = known | {(rule, resources) for rule, _, resources in before.broad}
    for rule, resources in after.resources():
        assert any(rule == other and resources <= more for other, more in told)
    new = after.by - before.by
    for rule, _, resources in after.broad:
        if new & resources:
            assert (rule, resources) in known


@QUICK
@given(systems(), st.data())
def test_fewer_rights_make_no_loop(system: System, data: st.DataObject) -> None:
    places = [(f, g) for f, one in enumerate(system.functions) for g in range(len(one.grants))]
    assume(places)
    at, which = data.draw(st.sampled_from(places))
    function = system.functions[at]
    grant = function.grants[which]
    narrower = [function.grants[:which] + function.grants[which + 1 :]]
    if grant.scope == "channel" and system.channels[grant.channel].kind == "s3":
        narrower.append(
            (*function.grants[:which], grant._replace(scope="keys"), *function.grants[which + 1 :])
        )
    if grant.scope == "keys" and grant.keys == "in/*":
        narrower.append(
            (*function.grants[:which], grant._replace(keys="in/new/*"), *function.grants[which + 1 :])
        )
    changed = function._replace(grants=data.draw(st.sampled_from(narrower)))
    less = system._replace(functions=(*system.functions[:at], changed, *system.functions[at + 1 :]))
    no_more(loops(template(less)), loops(template(system)))


@QUICK
@given(systems())
def test_naming_one_channel_instead_of_all_makes_no_loop(system: System) -> None:
    functions = tuple(
        one._replace(
            grants=tuple(
                grant._replace(scope="channel" if grant.scope == "*" else grant.scope) for grant in one.grants
            )
        )
        for one in system.functions
    )
    before = loops(template(system))
    if before.nothing:
        assert loops(template(system._replace(functions=functions))).nothing


@QUICK
@given(systems(), st.data())
def test_without_a_filter_no_loop_goes(system: System, data: st.DataObject) -> None:
    places = [
        (f, s)
        for f, one in enumerate(system.functions)
        for s, source in enumerate(one.sources)
        if source.prefix or source.suffix or source.filter or not source.enabled
    ]
    assume(places)
    at, which = data.draw(st.sampled_from(places))
    function = system.functions[at]
    opened = function.sources[which]._replace(prefix="", suffix="", filter="", enabled=True)
    sources = (*function.sources[:which], opened, *function.sources[which + 1 :])
    changed = function._replace(sources=sources)
    more = system._replace(functions=(*system.functions[:at], changed, *system.functions[at + 1 :]))
    no_more(loops(template(system)), loops(template(more)))


@settings(max_examples=15, deadline=None)
@given(systems())
def test_two_runs_say_the_same(system: System) -> None:
    text = as_yaml(template(system))
    assert render(lint(["-"], stdin=text), "json") == render(lint(["-"], stdin=text), "json")


@settings(max_examples=25, deadline=None)
@given(systems(), st.data())
def test_the_order_of_files(system: System, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = write_parts(system, folder)
        first = findings(paths)
        assert findings(data.draw(st.permutations(paths))) == first
        event(f"loops over several templates: {min(len(first), 3)}")


def test_the_number_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grants = tuple(Grant(at, 0, "channel") for at in range(2))
    workers = tuple(
        Function(f"Worker{at}", (Source(at),), (grants[1 - at],), None, False, "") for at in range(2)
    )
    channels = tuple(Channel(f"Channel{at}", "sqs", "literal", LITERALS[at]) for at in range(2))
    paths = write_parts(System(channels, workers), str(tmp_path))
    one = lint(paths, Config(jobs=1))
    monkeypatch.setattr(intake, "WORTH_A_PROCESS", 1)
    two = lint(paths, Config(jobs=2))
    assert len(one.findings) == 1
    assert render(one, "json") == render(two, "json")


def write_parts(system: System, folder: str) -> list[str]:
    system = system._replace(channels=tuple(one._replace(named="literal") for one in system.channels))
    paths = []
    for at, part in enumerate(parts(system)):
        paths.append(str(Path(folder, f"part{at}.json")))
        Path(paths[-1]).write_text(json.dumps(part, indent=1), encoding="utf-8")
    return paths
