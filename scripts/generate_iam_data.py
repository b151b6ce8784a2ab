"""Write the IAM tables in ``recursion_lint/iam/policies/data/`` from the packages that carry them.

    pip install --upgrade aws-sam-translator moto
    python scripts/generate_iam_data.py            # write the files
    python scripts/generate_iam_data.py --check    # exit 1 when a file differs from what would be written

``aws-sam-translator`` gives the SAM policy templates and the connector profiles, ``moto`` the AWS managed
policies (both Apache-2.0). Only their data files are read: neither is imported, so boto3 is not needed. Which actions
matter is what the services declare as their ``writes``, and a few more.

In the files a statement has the IAM keys, abbreviated: ``Effect`` is left out when it is ``Allow``,
``Resource`` when it is ``*``, a list is one string with spaces, and an action without ``service:`` has that
of the one before it. In the policy templates ``{Name}`` is a parameter. The managed policies keep only the
statements by which a role can cause an event; a condition that the linter cannot decide is ``true`` there.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from recursion_lint.services.registry import all_services

DATA = Path(__file__).resolve().parent.parent / "recursion_lint" / "iam" / "policies" / "data"

# What can cause an event beside the writes that the services declare: work whose events no declared channel carries,
# deliveries that a declaration reads from resources, settings that bring events later. By IAM service prefix.
FURTHER_WRITES = {
    "appsync": "EventPublish GraphQL",
    "athena": "StartQueryExecution",
    "cloudwatch": "PutMetricData SetAlarmState",
    "codepipeline": "RetryStageExecution",
    "events": "PutPartnerEvents StartReplay",
    "execute-api": "Invoke ManageConnections",
    "glue": "NotifyEvent StartCrawler",
    "lambda": "InvokeWebFunctionEndpoint",
    "s3": "PutLifecycleConfiguration ReplicateDelete ReplicateObject ReplicateTags",
    "scheduler": "CreateSchedule UpdateSchedule",
    "ses": "SendBounce",
    "sqs": "StartMessageMoveTask",
    "textract": "StartDocumentAnalysis StartDocumentTextDetection StartExpenseAnalysis StartLendingAnalysis",
    "transcribe": "StartCallAnalyticsJob StartMedicalTranscriptionJob StartTranscriptionJob",
}


def loop_writes() -> dict[str, str]:
    """The actions by which a role can cause an event that some trigger listens to, by IAM service prefix."""
    found = {prefix: set(names.split()) for prefix, names in FURTHER_WRITES.items()}
    for service in all_services():
        if service.writes:
            found.setdefault(service.prefix or service.name, set()).update(service.writes)
    return {prefix: " ".join(sorted(names)) for prefix, names in sorted(found.items())}


LOOP_ACTIONS = tuple(
    f"{service}:{name}" for service, names in loop_writes().items() for name in names.split()
)

# Condition keys that say which events a grant can produce.
DECIDABLE_KEYS = (
    "aws:SourceArn",
    "dynamodb:",
    "events:",
    "lambda:SourceFunctionArn",
    "s3:ObjectCreationOperation",
    "s3:RequestObjectTag/",
    "s3:if-none-match",
    "ses:",
    "states:",
)

STATEMENT_KEYS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
Statement = dict[str, Any]


# --- reading the packages -------------------------------------------------------------------------


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name} is not installed (see the head of {Path(__file__).name})")
    return Path(spec.origin).parent


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_managed_policies() -> dict[str, Any]:
    """moto keeps the policies as JSON in one string constant: take it from the syntax tree."""
    path = package_folder("moto") / "iam" / "aws_managed_policies.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            policies: dict[str, Any] = json.loads(ast.literal_eval(node.value))
            return policies
    raise SystemExit(f"{path.name}: no policies found")


def source(package: str) -> dict[str, str]:
    return {"package": package, "version": version(package), "license": "Apache-2.0"}


# --- statements -----------------------------------------------------------------------------------


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def joined(values: Iterable[str]) -> str:
    """The values in order, without doubles, in one string."""
    unique = sorted(set(values))
    if any(not one or " " in one for one in unique):
        raise SystemExit(f"a value that cannot be stored: {unique}")
    return " ".join(unique)


def plain(value: Any) -> Any:
    """Replace each ``Fn::Sub`` in a template's value by its text, with ``{Parameter}`` for the variables."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return "{" + value["Ref"] + "}"
    if "Fn::Sub" not in value:
        return {key: plain(item) for key, item in value.items()}
    text, variables = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
    return re.sub(r"\$\{(?!AWS::)([^}]*)\}", lambda found: str(plain(variables[found[1]])), str(text))


def statement(raw: Statement) -> Statement:
    """The statement as it is stored: no ``Sid``, resources and conditions as plain strings."""
    unexpected = raw.keys() - STATEMENT_KEYS
    if unexpected:
        raise SystemExit(f"a statement with unknown keys: {sorted(unexpected)}")
    out: Statement = {} if raw["Effect"] == "Allow" else {"Effect": raw["Effect"]}
    for key in ("Action", "NotAction", "Resource", "NotResource"):
        if key in raw:
            out[key] = joined(plain(as_list(raw[key])))
    if out.get("Resource") == "*":
        del out["Resource"]
    if raw.get("Condition"):
        out["Condition"] = plain(raw["Condition"])
    return out


# --- which statements of a managed policy matter --------------------------------------------------


def covers(pattern: str, action: str) -> bool:
    """IAM's match of an action: case-insensitive, with ``*`` and ``?`` (``[`` cannot occur in an action)."""
    return fnmatchcase(action.lower(), pattern.lower())


@cache
def loop_relevant(pattern: str) -> bool:
    return any(covers(pattern, action) for action in LOOP_ACTIONS)


def whole_service(pattern: str) -> bool:
    return pattern == "*" or pattern.endswith(":*")


def kept_allow(raw: Statement) -> Statement | None:
    if "NotAction" in raw:
        excluded = as_list(raw["NotAction"])
        return raw if any(not any(covers(p, a) for p in excluded) for a in LOOP_ACTIONS) else None
    # ``service:*`` on everything stays whatever the service: rules on API calls can name any action.
    everything = as_list(raw.get("Resource", [])) == ["*"] or "NotResource" in raw
    actions = [a for a in as_list(raw["Action"]) if loop_relevant(a) or (everything and whole_service(a))]
    return {**raw, "Action": actions} if actions else None


def kept_deny(raw: Statement) -> Statement | None:
    if "NotAction" in raw:
        return raw
    actions = [a for a in as_list(raw["Action"]) if loop_relevant(a) or whole_service(a)]
    return {**raw, "Action": actions} if actions else None


def relevant_statements(document: dict[str, Any]) -> list[Statement]:
    """What the linter needs of a policy document; empty when it allows nothing that matters."""
    statements = as_list(document["Statement"])
    allowed = [one for raw in statements if raw["Effect"] == "Allow" and (one := kept_allow(raw))]
    if not allowed:
        return []
    denied = [one for raw in statements if raw["Effect"] == "Deny" and (one := kept_deny(raw))]
    kept = [statement({**raw, "Condition": decidable(raw)}) for raw in allowed + denied]
    return merged(merged(kept, "Action"), "Resource")


def decidable(raw: Statement) -> Any:
    """The condition: whole if it tells events apart, ``True`` if it does not, ``None`` if it always holds."""
    rest = {
        operator: {key: value for key, value in tests.items() if not always_holds(operator, key, value)}
        for operator, tests in raw.get("Condition", {}).items()
    }
    keys = [key for tests in rest.values() for key in tests]
    if not keys:
        return None
    if not any(key.startswith(DECIDABLE_KEYS) for key in keys):
        return True
    return {operator: tests for operator, tests in rest.items() if tests}


def always_holds(operator: str, key: str, value: Any) -> bool:
    """A demand that the resource is of the caller's account: true of all that one template creates."""
    return (
        operator in ("StringEquals", "StringEqualsIfExists", "StringLike")
        and key in ("aws:ResourceAccount", "s3:ResourceAccount")
        and as_list(value) == ["${aws:PrincipalAccount}"]
    )


def merged(statements: list[Statement], key: str) -> list[Statement]:
    """Join statements that differ only in ``key``: AWS splits them by purpose, with a ``Sid`` each."""
    groups: dict[str, Statement] = {}
    for one in statements:
        group = json.dumps([key in one, {k: v for k, v in one.items() if k != key}], sort_keys=True)
        before = groups.get(group)
        if before and key in one:
            one = {**one, key: joined(before[key].split() + one[key].split())}
        groups[group] = one
    return list(groups.values())


# --- the files ------------------------------------------------------------------------------------


def short(statements: list[Statement]) -> list[Statement]:
    """The statements with each service named once in a list of actions (``*`` sorts before all of them)."""
    return [
        {key: without_repeats(v) if key in ("Action", "NotAction") else v for key, v in one.items()}
        for one in statements
    ]


def without_repeats(actions: str) -> str:
    words, before = [], ""
    for action in actions.split():
        service, _, name = action.rpartition(":")
        words.append(name if service == before else action)
        before = service
    return " ".join(words)


def policy_templates() -> dict[str, Any]:
    raw = read_json(package_folder("samtranslator") / "policy_templates_data" / "policy_templates.json")
    templates = {
        name: {
            "parameters": list(template["Parameters"]),
            "statements": short([statement(one) for one in template["Definition"]["Statement"]]),
        }
        for name, template in sorted(raw["Templates"].items())
    }
    return {"source": source("aws-sam-translator"), "templates": templates}


def connectors() -> dict[str, Any]:
    """Profiles that attach an identity policy to a role, as ``"source type > destination type"``.

    The other kinds (topic, queue and function policies) allow a service principal to deliver; no role gains.
    """
    raw = read_json(package_folder("samtranslator") / "model" / "connector_profiles" / "profiles.json")
    profiles = {}
    for start, destinations in sorted(raw["Permissions"].items()):
        for end, profile in sorted(destinations.items()):
            if profile["Type"] != "AWS_IAM_ROLE_MANAGED_POLICY":
                continue
            properties = profile["Properties"]
            entry: dict[str, Any] = {"role": "source" if properties["SourcePolicy"] else "destination"}
            for category, policy in sorted(properties["AccessCategories"].items()):
                entry[category] = short([statement(one) for one in policy["Statement"]])
            profiles[f"{start} > {end}"] = entry
    return {"source": source("aws-sam-translator"), "connectors": profiles}


def managed_policies() -> dict[str, Any]:
    policies: dict[str, list[Statement]] = {}
    nothing: dict[str, list[str]] = {}
    for name, raw in sorted(read_managed_policies().items()):
        path = raw["Path"].lstrip("/")
        # A template cannot attach a service-linked role's policy; a boundary is a ceiling and grants nothing.
        if path == "aws-service-role/" or name.endswith("PermissionsBoundary"):
            continue
        kept = relevant_statements(raw["Document"])
        if kept:
            policies[path + name] = short(kept)
        else:
            brand = next((brand for brand in ("AWS", "Amazon") if name.startswith(brand)), "")
            nothing.setdefault(path + brand, []).append(name[len(brand) :])
    return {
        "source": source("moto"),
        "actions": loop_writes(),
        "nothing_relevant": {prefix: " ".join(names) for prefix, names in sorted(nothing.items())},
        "policies": dict(sorted(policies.items())),
    }


def lines(table: dict[str, Any]) -> Iterator[str]:
    """JSON with one line for each entry of each table, so that a new version gives a readable difference."""
    yield "{"
    for number, (key, value) in enumerate(table.items()):
        comma = "," if number + 1 < len(table) else ""
        if key == "source":
            yield f"{json.dumps(key)}: {json.dumps(value)}{comma}"
            continue
        yield f"{json.dumps(key)}: {{"
        entries = [f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in value.items()]
        yield ",\n".join(entries)
        yield "}" + comma
    yield "}"


def generate() -> dict[str, str]:
    """File name -> its whole text, from the packages installed now."""
    tables = {
        "managed_policies.json": managed_policies(),
        "sam_connectors.json": connectors(),
        "sam_policy_templates.json": policy_templates(),
    }
    return {name: "\n".join(lines(table)) + "\n" for name, table in tables.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate the IAM tables of recursion-lint.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when a file is out of date"
    )
    check = parser.parse_args().check
    stale = 0
    for name, text in generate().items():
        path = DATA / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{name} is out of date")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{name}: {len(text.encode())} bytes")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
