#!/usr/bin/env python3
"""Write the pages of docs/ that come from the code: a rule's page is its docstring, the services are the registry's.

    python scripts/generate_docs.py            write the pages
    python scripts/generate_docs.py --check    say which are stale, and fail if any is

Pages: docs/rules/<name>.md and their index, docs/remedies.md, docs/services.md, docs/shapes.md (from
fixtures/shapes.toml), the schema of the settings, the tables of modules in docs/how-it-works.md, of prices in
docs/cost.md, of remedies in docs/cdk.md and of bounds in docs/limits.md. Run scripts/generate_remedy_examples.py first.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from recursion_lint.rules import all_rules

from recursion_lint import remedies
from recursion_lint.assessment import systems
from recursion_lint.assessment.ruleset import Rule
from recursion_lint.cli import check
from recursion_lint.code.evaluation import machine
from recursion_lint.code.location import source_files, zip_archives
from recursion_lint.config.schema import settings_schema
from recursion_lint.fleet.schema import facts_schema
from recursion_lint.graph import cycle_search
from recursion_lint.iam.evaluation import role_chaining
from recursion_lint.iam.policies.readers import READERS
from recursion_lint.model import path_conditions
from recursion_lint.remedies import catalogue
from recursion_lint.report import sarif
from recursion_lint.run import advise
from recursion_lint.services.declaration import Price, Service
from recursion_lint.services.eventbridge.caused_events import all_events
from recursion_lint.services.registry import all_services
from recursion_lint.template import limits, nested_stacks, template
from recursion_lint.template.yaml import composer, files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by scripts/generate_docs.py from {}: edit that, not this page. -->"
MODULES = (
    "<!-- Made by scripts/generate_docs.py from the folders of recursion_lint/ and their docstrings. -->"
)
PRICES = "<!-- Made by scripts/generate_docs.py from recursion_lint/services/. -->"
WORDS = "<!-- Made by scripts/generate_docs.py from recursion_lint/remedies/catalogue.py. -->"
GRANTS = "<!-- Made by scripts/generate_docs.py from recursion_lint/services/. -->"
IN_AN_APP = {
    "actor": "fn",
    "channel": "channel",
    "source": "channel",
    "consumer": "fn",
    "trigger": "`addEventNotification`, or the `eventPattern` of the rule",
    "grant": "`channel.grant…(fn)`",
    "narrowed": "call `channel.grantRead(fn)` and `channel.grantPut(fn, '<other prefix>/*')`",
    "write": "`grant…(fn)`",
    "read": "`channel.grantRead…(fn)`",
}
"""The words of a remedy for the CDK where no finding gives names."""
LIMITS = "<!-- Made by scripts/generate_docs.py from the modules that are named. -->"
UNKNOWN = "is unknown"
BOUNDS = (
    ("bytes of a template", files, "MAX_BYTES", "it is not read"),
    ("levels of YAML or JSON within each other", composer, "MAX_DEPTH", "it is not read"),
    ("letters that functions put into one value", limits, "MAX_LETTERS", f"the value {UNKNOWN}"),
    (
        "values worked out for a template and its nested stacks",
        limits,
        "MAX_STEPS",
        f"the next one {UNKNOWN}",
    ),
    ("nested stacks below a template", limits, "MAX_STACKS", "the next one is not followed"),
    ("stacks within each other", nested_stacks, "MAX_DEPTH", "deeper ones are not followed"),
    ("resources that `Fn::ForEach` makes in a template", template, "MAX_COPIES", "no more are made"),
    (
        "ways that the conditions of a resource may be",
        path_conditions,
        "MAX_ALTERNATIVES",
        f"what depends on more {UNKNOWN}",
    ),
    (
        "triggers of a loop, where loops hang together",
        cycle_search,
        "MAX_LENGTH",
        "longer ones are not listed",
    ),
    ("loops that hang together", cycle_search, "MAX_CYCLES", "the others are counted"),
    ("roles assumed one by another", role_chaining, "MAX_CHAIN", "no more are followed"),
    (
        "systems that a run's templates can be",
        systems,
        "MAX_SYSTEMS",
        "others are judged with their folders alone",
    ),
    ("bytes of one file of code", source_files, "MAX_FILE_BYTES", "the function is not read to the end"),
    ("files of code for one function", source_files, "MAX_FILES", "the function is not read to the end"),
    ("bytes of code for one function", source_files, "MAX_BYTES", "the function is not read to the end"),
    ("bytes of an archive of code", zip_archives, "MAX_ARCHIVE_BYTES", "it is not opened"),
    ("files in an archive of code", zip_archives, "MAX_MEMBERS", "none of them is read"),
    (
        "bytes of code that an archive unpacks to, in memory",
        zip_archives,
        "MAX_UNPACKED",
        "none of them is read",
    ),
    ("steps of interpreting one function", machine, "MOST_STEPS", "the function is not read to the end"),
    ("patches for one finding", remedies, "MAX_VERIFIED", "other remedies are told in words"),
    (
        "findings with patches in a report for people",
        check,
        "MAX_ADVISED",
        "the others have their remedies in words",
    ),
    ("findings of one file with patches", advise, "MAX_IN_FILE", "none of them has a patch"),
    ("results in SARIF", sarif, "_MAX_RESULTS", "the least severe are left out"),
)
"""What has a bound: in words, where it stands, and what becomes of what is beyond it."""
MILLION = 1_000_000
MANY = 8
"""More actions than this are counted, not listed."""


def pages() -> dict[str, str]:
    """Every generated page: its path below docs/ and its text."""
    made = {f"rules/{rule.name}.md": rule_page(rule) for rule in all_rules()}
    return {
        **made,
        "rules/README.md": rule_index(),
        "remedies.md": remedies_page(),
        "services.md": services_page(),
        "shapes.md": shapes_page(),
        "schema/settings-v1.schema.json": settings_schema(),
        "schema/facts-v1.schema.json": json.dumps(facts_schema(), indent=1) + "\n",
        "how-it-works.md": with_modules((ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")),
        "limits.md": with_limits((ROOT / "docs" / "limits.md").read_text(encoding="utf-8")),
        "cdk.md": with_cdk((ROOT / "docs" / "cdk.md").read_text(encoding="utf-8")),
        "cost.md": with_prices((ROOT / "docs" / "cost.md").read_text(encoding="utf-8")),
    }


def rule_page(rule: Rule) -> str:
    """A rule's page: its name and code as the title, its docstring below, and its remedies."""
    source = f"rules/{rule.name.replace('-', '_')}.py"
    levels = ", ".join(rule.severities)
    head = f"{MADE.format(source)}\n\n# {rule.name} ({rule.code})\n\nSeverity: {levels}."
    parts = [head, rule.page.strip(), catalogue.section(rule.name).strip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def rule_index() -> str:
    """The table of all rules."""
    rows = [
        (rule.code, f"[{rule.name}]({rule.name}.md)", ", ".join(rule.severities), rule.summary)
        for rule in sorted(all_rules(), key=lambda rule: rule.code)
    ]
    head = "# Rules\n\n`recursion-lint explain NAME` prints a rule's page, `recursion-lint rules` this list."
    return (
        f"{MADE.format('rules/')}\n\n{head}\n\n{table(('code', 'rule', 'severity', 'what it finds'), rows)}"
    )


def remedies_page() -> str:
    """The table of all remedies, with the rules that they fit."""
    fitting: dict[str, list[str]] = {}
    for rule, ways in catalogue.examples().items():
        for way in ways:
            link = f"[{rule}](rules/{rule}.md#{way.id})"
            fitting.setdefault(way.id, []).append(f"{link} ({way.applicability})")
    rows = [
        (f"`{name}`", kind.title, kind.cost, "<br>".join(fitting[name]))
        for name, kind in catalogue.KINDS.items()
        if name in fitting
    ]
    intro = (
        "# Remedies\n\nThe ways out of a loop that reports offer, best first, and the rules that each fits, with how\n"
        "applicable it is there at best. `check --fix` applies safe ones, `--fix --unsafe-fixes` the first unsafe one\n"
        "of a finding as well; what is manual needs more than the template. The pages of the rules have an example\n"
        "of each."
    )
    made_from = MADE.format("recursion_lint/remedies/catalogue.py")
    return f"{made_from}\n\n{intro}\n\n{table(('remedy', 'what it does', 'what it costs', 'rules'), rows)}"


def services_page() -> str:
    """Which resources are read, and which IAM actions count as writes."""
    intro = (
        "# Services\n\nWhat is read of a template, service by service. An action is *writing* when it makes an event\n"
        "that can trigger something; a grant of any other action closes no loop. Resource types of SAM are read as\n"
        "what SAM makes of them."
    )
    rows = [
        service_row(service)
        for service in all_services()
        if service.readers or service.writes or service.kinds
    ]
    read = ", ".join(f"`{kind}`" for kind in sorted(READERS) if not kind.startswith("AWS::Serverless::"))
    rows.append(("*permissions*", read.replace(", ", "<br>"), "–", "–"))
    head = ("service", "resource types read", "writing actions", "rule")
    made = f"{MADE.format('recursion_lint/services/')}\n\n{intro}\n\n{table(head, sorted(rows))}"
    told = (
        "## Events of services\n\nWhat AWS services put on the default bus about their own work, and the actions that\n"
        "cause it: a rule, or a topic that a resource names, closes a loop with them."
    )
    events = [
        (f"`{event.source}`", "<br>".join(event.types) or "any event", shortened(event.calls))
        for event in all_events()
    ]
    return f"{made}\n{told}\n\n{table(('source', 'detail types', 'caused by'), sorted(events))}"


def shortened(actions: Iterable[str]) -> str:
    """Actions as a list that ends after some of them."""
    shown = [f"`{action}`" for action in actions]
    return ", ".join(shown if len(shown) <= MANY else [*shown[:MANY], f"and {len(shown) - MANY} more"])


def service_row(service: Service) -> tuple[str, str, str, str]:
    """One line of the table of services."""
    types = sorted({*service.readers, *(kind.type for kind in service.kinds)})
    shown = "<br>".join(f"`{name}`" for name in types if not name.startswith("AWS::Serverless::")) or "–"
    prefix = service.prefix or service.name
    actions = [f"`{prefix}:{action}`" for action in service.writes]
    if len(actions) > MANY:
        actions = [*actions[:MANY], f"and {len(actions) - MANY} more"]
    rule = f"[{service.rule}](rules/{service.rule}.md)" if service.rule else "–"
    return service.name, shown, ", ".join(actions) or "–", rule


def shapes_page() -> str:
    """Each shape of a loop, with the case that shows it or the reason why it is not looked for."""
    known = tomllib.loads((ROOT / "fixtures" / "shapes.toml").read_text(encoding="utf-8"))
    rows = [(name, shape["title"], shown_case(shape)) for name, shape in known.items()]
    intro = (
        "# Shapes of loops\n\nEach case is a folder with a template, a near miss that differs in one property and\n"
        "does not fire, and both reports."
    )
    return f"{MADE.format('fixtures/shapes.toml')}\n\n{intro}\n\n{table(('shape', 'what goes round', 'case'), rows)}"


def shown_case(shape: dict[str, str]) -> str:
    """A link to a shape's case, or why there is none."""
    case = shape.get("fixture")
    return f"[{case}](../fixtures/{case}/)" if case else f"*Not looked for.* {shape['out']}"


def with_modules(page: str) -> str:
    """A page whose table of modules is made anew: every folder and module, with the first line of its docstring."""
    files = sorted((ROOT / "recursion_lint").rglob("*.py"), key=in_rooms)
    rows = [module_row(file) for file in files if "rules" not in file.relative_to(ROOT).parts]
    rows.append(("`rules/` (beside the package)", "One module for each rule: its docstring is its page"))
    head, _, rest = page.partition(MODULES)
    _, end, tail = rest.partition("\n\n<!-- end -->")
    return f"{head}{MODULES}\n\n{table(('module', 'what'), rows).rstrip()}{end}{tail}"


def with_cdk(page: str) -> str:
    """The page on the CDK, with the remedies in its words and the methods that grant the use of a channel."""
    remedies = [
        (f"`{name}`", kind.title, kind.cdk.format_map(IN_AN_APP))
        for name, kind in catalogue.KINDS.items()
        if kind.cdk
    ]
    methods = [
        (service.name, *(f"`{method}`" if method else "" for method in service.cdk))
        for service in all_services()
        if service.cdk is not None
    ]
    columns = ("service", "to write", "to read", "both", "to write under a prefix")
    for mark, rows in (
        (WORDS, table(("remedy", "what it does", "in the app"), remedies)),
        (GRANTS, table(columns, methods)),
    ):
        head, _, rest = page.partition(mark)
        _, end, tail = rest.partition("\n\n<!-- end -->")
        page = f"{head}{mark}\n\n{rows.rstrip()}{end}{tail}"
    return page


def with_prices(page: str) -> str:
    """A page whose table of prices is made anew: every service that has one."""
    rows = sorted(price_row(service.name, service.price) for service in all_services() if service.price)
    head, _, rest = page.partition(PRICES)
    _, end, tail = rest.partition("\n\n<!-- end -->")
    columns = (
        "service",
        "a million events",
        "a million runs",
        "seconds under way",
        "events a second at most",
        "page",
    )
    return f"{head}{PRICES}\n\n{table(columns, rows).rstrip()}{end}{tail}"


def with_limits(page: str) -> str:
    """A page whose table of limits is made anew: each as the module has it."""
    rows = [(words, f"{getattr(module, name):,}", beyond) for words, module, name, beyond in BOUNDS]
    head, _, rest = page.partition(LIMITS)
    _, end, tail = rest.partition("\n\n<!-- end -->")
    return f"{head}{LIMITS}\n\n{table(('what', 'at most', 'beyond it'), rows).rstrip()}{end}{tail}"


def price_row(name: str, price: Price) -> tuple[str, ...]:
    """One line of the table of prices, in dollars."""
    receipt = f", and {price.receipt * MILLION:g} a million batches received" if price.receipt else ""
    second = f", and {price.gb_second:g} a GB-second" if price.gb_second else ""
    return (
        f"`{name}`",
        f"{span(price.event, MILLION)}{receipt}",
        f"{span(price.run, MILLION)}{second}" if price.run[1] else "–",
        span(price.waits),
        f"{price.most:,}" if price.most else "–",
        f"<{price.page}>",
    )


def span(both: tuple[float, float], times: int = 1) -> str:
    """A range in words."""
    low, high = (f"{one * times:g}" for one in both)
    return low if low == high else f"{low} to {high}"


def in_rooms(file: Path) -> tuple[object, ...]:
    """Sort key: modules before the folders beside them, a folder's own docstring before its modules."""
    inner = [part for name in file.parts[:-1] for part in (1, name)]
    return (*inner, 0, "" if file.name == "__init__.py" else file.name)


def module_row(file: Path) -> tuple[str, str]:
    """A module or a folder of the package, and the first line of its docstring."""
    within = file.relative_to(ROOT / "recursion_lint")
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    name = f"{within.parent.as_posix()}/" if within.name == "__init__.py" else within.as_posix()
    return f"`{'recursion_lint/' if name == './' else name}`", doc.splitlines()[0].rstrip(".")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def stale(folder: Path) -> Iterator[str]:
    """The pages below ``folder`` that are not what the code says, and rule pages without a rule."""
    made = pages()
    for name, content in made.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            yield name
    yield from (
        f"rules/{path.name}" for path in (folder / "rules").glob("*.md") if f"rules/{path.name}" not in made
    )


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` compare them."""
    folder = ROOT / "docs"
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    old = sorted(stale(folder))
    if arguments:
        for name in old:
            print(f"docs/{name} is stale: run scripts/generate_docs.py", file=sys.stderr)
        return 1 if old else 0
    made = pages()
    for name in old:
        path = folder / name
        if name not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[name], encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
