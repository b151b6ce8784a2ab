"""The tables of AWS's own permission names, and that they are what the generator makes of their sources."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from recursion_lint.iam.policies import predefined as catalog
from recursion_lint.iam.policies.predefined import RawStatement, connector, managed_policy, policy_template
from recursion_lint.services.registry import all_services

SCRIPT = Path(__file__).parent.parent / "scripts" / "generate_iam_data.py"
COMMAND = "python scripts/generate_iam_data.py"


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_iam_data", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = load_generator()


def table(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(catalog.DATA, f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def covers(patterns: tuple[str, ...], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def resources(statements: tuple[RawStatement, ...] | None, action: str) -> set[str]:
    """The resources on which the statements allow the action."""
    assert statements is not None
    return {
        resource
        for one in statements
        if one.effect == "Allow" and covers(one.actions, action)
        for resource in one.resources
    }


def template_resources(name: str, action: str) -> set[str]:
    template = policy_template(name)
    assert template is not None
    return resources(template.statements, action)


# --- SAM policy templates -------------------------------------------------------------------------


def test_all_policy_templates_are_there() -> None:
    names = catalog.policy_template_names()
    assert len(names) == 81
    assert list(names) == sorted(names)
    assert policy_template("S3CrudPolicyy") is None


@pytest.mark.parametrize(
    ("name", "action", "expected"),
    [
        (
            "S3CrudPolicy",
            "s3:PutObject",
            {"arn:${AWS::Partition}:s3:::{BucketName}", "arn:${AWS::Partition}:s3:::{BucketName}/*"},
        ),
        ("S3FullAccessPolicy", "s3:PutObjectTagging", {"arn:${AWS::Partition}:s3:::{BucketName}/*"}),
        ("S3FullAccessPolicy", "s3:PutLifecycleConfiguration", {"arn:${AWS::Partition}:s3:::{BucketName}"}),
        ("S3ReadPolicy", "s3:PutObject", set()),
        ("S3WritePolicy", "s3:DeleteObject", set()),
        (
            "SQSSendMessagePolicy",
            "sqs:SendMessage",
            {"arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:{QueueName}"},
        ),
        ("SQSPollerPolicy", "sqs:SendMessage", set()),
        (
            "SNSCrudPolicy",
            "sns:Publish",
            {"arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:{TopicName}*"},
        ),
        (
            "DynamoDBWritePolicy",
            "dynamodb:PutItem",
            {
                "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/{TableName}",
                "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/{TableName}/index/*",
            },
        ),
        ("DynamoDBWritePolicy", "dynamodb:DeleteItem", set()),
        (
            "LambdaInvokePolicy",
            "lambda:InvokeFunction",
            {"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:{FunctionName}*"},
        ),
        (
            "EventBridgePutEventsPolicy",
            "events:PutEvents",
            {"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/{EventBusName}"},
        ),
        (
            "DynamoDBStreamReadPolicy",
            "dynamodb:GetRecords",
            {
                "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}"
                ":table/{TableName}/stream/{StreamName}"
            },
        ),
        ("CloudWatchPutMetricPolicy", "cloudwatch:PutMetricData", {"*"}),
        ("AcmGetCertificatePolicy", "acm:GetCertificate", {"{CertificateArn}"}),
    ],
)
def test_policy_template_grants(name: str, action: str, expected: set[str]) -> None:
    assert template_resources(name, action) == expected


def test_policy_template_keeps_reads_and_wildcard_actions() -> None:
    read = policy_template("S3ReadPolicy")
    send = policy_template("SQSSendMessagePolicy")
    assert read is not None
    assert send is not None
    assert read.parameters == ("BucketName",)
    assert "s3:GetObject" in read.statements[0].actions
    assert send.statements[0].actions == ("sqs:SendMessage*",)


def test_policy_template_condition_names_its_parameter() -> None:
    template = policy_template("EFSWriteAccessPolicy")
    assert template is not None
    assert template.statements[0].condition == {
        "StringEquals": {
            "elasticfilesystem:AccessPointArn": (
                "arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}"
                ":access-point/{AccessPoint}"
            )
        }
    }


def test_every_policy_template_uses_its_parameters_and_no_other() -> None:
    for name in catalog.policy_template_names():
        template = policy_template(name)
        assert template is not None
        text = json.dumps(template.statements)
        pseudo = set(re.findall(r"\$\{([^}]*)\}", text))
        placeholders = set(re.findall(r"(?<!\$)\{([A-Za-z]\w*)\}", text))
        assert pseudo <= {"AWS::Partition", "AWS::Region", "AWS::AccountId"}, name
        assert placeholders == set(template.parameters), name
        for one in template.statements:
            assert one.effect == "Allow", name
            assert one.actions, name
            assert one.resources, name
            assert all(":" in action for action in one.actions), name


# --- connectors -----------------------------------------------------------------------------------


def test_connector_from_a_function_writes_with_its_own_role() -> None:
    grant = connector("AWS::Lambda::Function", "AWS::SQS::Queue", "Write")
    assert grant is not None
    assert grant.role == "source"
    assert resources(grant.statements, "sqs:SendMessage") == {"%{Destination.Arn}"}


def test_connector_read_holds_no_write() -> None:
    grant = connector("AWS::Lambda::Function", "AWS::S3::Bucket", "Read")
    assert grant is not None
    assert resources(grant.statements, "s3:GetObject") == {"%{Destination.Arn}", "%{Destination.Arn}/*"}
    assert not resources(grant.statements, "s3:PutObject")


def test_connector_from_a_queue_gives_to_the_function_that_reads_it() -> None:
    grant = connector("AWS::SQS::Queue", "AWS::Lambda::Function", "Write")
    assert grant is not None
    assert grant.role == "destination"
    assert grant.statements[0].resources == ("%{Source.Arn}",)
    assert not resources(grant.statements, "sqs:SendMessage")


def test_connector_keeps_several_statements() -> None:
    grant = connector("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine", "Write")
    assert grant is not None
    assert resources(grant.statements, "states:StartExecution") == {"%{Destination.Arn}"}
    assert resources(grant.statements, "states:StopExecution") == {
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:%{Destination.Name}:*"
    }


@pytest.mark.parametrize(
    ("source", "destination", "category"),
    [
        ("AWS::S3::Bucket", "AWS::Lambda::Function", "Write"),  # a function permission
        ("AWS::SNS::Topic", "AWS::SQS::Queue", "Write"),  # a queue policy
        ("AWS::Events::Rule", "AWS::SNS::Topic", "Write"),  # a topic policy
        ("AWS::Lambda::Function", "AWS::SNS::Topic", "Read"),  # no such category
        ("AWS::Lambda::Function", "AWS::SNS::Topic", "role"),  # not a category
        ("AWS::Lambda::Function", "AWS::EC2::Instance", "Write"),
    ],
)
def test_connector_without_a_role_that_gains(source: str, destination: str, category: str) -> None:
    assert connector(source, destination, category) is None


def test_connector_table_holds_every_pair_with_a_role() -> None:
    assert len(table("sam_connectors")["connectors"]) == 22


# --- AWS managed policies -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "action", "expected"),
    [
        ("service-role/AWSLambdaRole", "lambda:InvokeFunction", {"*"}),
        ("AmazonSQSFullAccess", "sqs:SendMessage", {"*"}),
        ("AmazonS3FullAccess", "s3:PutObject", {"*"}),
        ("AdministratorAccess", "s3:PutObject", {"*"}),
        ("AWSLambdaExecute", "s3:PutObject", {"arn:aws:s3:::*"}),
        ("AWSLambdaExecute", "s3:DeleteObject", set()),
        ("service-role/AWSLambdaSQSQueueExecutionRole", "logs:PutLogEvents", {"*"}),
        ("service-role/AWSLambdaSQSQueueExecutionRole", "sqs:SendMessage", set()),
        ("service-role/AWSLambdaSQSQueueExecutionRole", "sqs:ReceiveMessage", set()),
        ("IAMFullAccess", "iam:CreateRole", {"*"}),
    ],
)
def test_managed_policy_grants(name: str, action: str, expected: set[str]) -> None:
    assert resources(managed_policy(name), action) == expected


def test_managed_policy_keeps_the_policys_own_pattern() -> None:
    everything = managed_policy("AmazonSQSFullAccess")
    assert everything == (RawStatement("Allow", ("sqs:*",), (), ("*",), (), None),)


def test_managed_policy_with_not_action() -> None:
    statements = managed_policy("PowerUserAccess")
    assert statements is not None
    assert statements[0].actions == ()
    assert statements[0].not_actions == ("account:*", "iam:*", "organizations:*")
    assert statements[0].resources == ("*",)


def test_managed_policy_with_not_resource_has_no_resource() -> None:
    statements = managed_policy("AmazonSageMakerFullAccess")
    assert statements is not None
    beside = [one for one in statements if one.not_resources]
    assert beside
    assert all(one.resources == () for one in beside)


def test_managed_policy_condition_that_cannot_be_decided_is_marked() -> None:
    statements = managed_policy("AWSLambda_FullAccess")
    assert statements is not None
    assert [one.condition for one in statements if "lambda:*" in one.actions] == [None]
    conditions = [
        one.condition
        for name in table("managed_policies")["policies"]
        for one in managed_policy(name) or ()
        if one.condition is not None
    ]
    assert True in conditions


@pytest.mark.parametrize(
    "spelling",
    [
        "AWSLambdaRole",
        "service-role/AWSLambdaRole",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaRole",
        "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaRole",
        "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaRole",
    ],
)
def test_managed_policy_spellings(spelling: str) -> None:
    assert resources(managed_policy(spelling), "lambda:InvokeFunction") == {"*"}


@pytest.mark.parametrize(
    "known",
    [
        "AmazonS3ReadOnlyAccess",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "IAMReadOnlyAccess",
        "job-function/ViewOnlyAccess",
        "arn:aws:iam::aws:policy/aws-service-role/AWSLambdaReplicator",
    ],
)
def test_managed_policy_known_and_irrelevant(known: str) -> None:
    assert managed_policy(known) == ()


@pytest.mark.parametrize(
    "unknown",
    [
        "",
        "*",
        "MyOwnPolicy",
        "service-role/AmazonS3FullAccess",
        "arn:aws:iam::123456789012:policy/AmazonS3FullAccess",
        "arn:aws:iam::aws:policy/AWSLambdaRole",  # it has a path: AWS refuses this ARN
        "x:iam::aws:policy/AmazonS3FullAccess",
        "arn:aws:iam::aws:policy/",
        "SageMakerStudioProjectUserRolePermissionsBoundary",
    ],
)
def test_managed_policy_unknown(unknown: str) -> None:
    assert managed_policy(unknown) is None


def test_managed_policy_names_are_unambiguous() -> None:
    raw = table("managed_policies")
    quiet = [prefix + rest for prefix, text in raw["nothing_relevant"].items() for rest in text.split()]
    names = [*quiet, *raw["policies"]]
    assert len(names) > 1100
    assert len({name.rpartition("/")[2] for name in names}) == len(names)


def test_recorded_actions_cover_the_usual_channels() -> None:
    assert {
        "s3:PutObject",
        "sqs:SendMessage",
        "sns:Publish",
        "events:PutEvents",
        "dynamodb:PutItem",
        "kinesis:PutRecords",
        "firehose:PutRecord",
        "lambda:InvokeFunction",
        "states:StartExecution",
        "logs:PutLogEvents",
        "iot:Publish",
        "ses:SendEmail",
    } <= catalog.recorded_actions()
    assert "s3:GetObject" not in catalog.recorded_actions()


# --- the generator --------------------------------------------------------------------------------


def test_generator_reads_substitutions() -> None:
    value = {"Fn::Sub": ["arn:${AWS::Partition}:x:${q}*", {"q": {"Ref": "QueueName"}}]}
    assert generator.plain([value, "*", {"Ref": "Name"}, {"Fn::Sub": "${AWS::Region}"}]) == [
        "arn:${AWS::Partition}:x:{QueueName}*",
        "*",
        "{Name}",
        "${AWS::Region}",
    ]


def allow(action: Any, **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **rest}


def relevant(*statements: dict[str, Any]) -> Any:
    return generator.relevant_statements({"Statement": list(statements)})


def test_generator_keeps_what_causes_events() -> None:
    assert relevant(allow(["s3:GetObject", "s3:Put*", "sqs:SendMessage"])) == [
        {"Action": "s3:Put* sqs:SendMessage"}
    ]
    assert relevant(allow(["s3:Get*", "s3:List*"])) == []
    assert relevant({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}) == [{"NotAction": "iam:*"}]
    assert relevant({"Effect": "Allow", "NotAction": "*", "Resource": "*"}) == []


def test_generator_keeps_a_whole_service_only_on_everything() -> None:
    assert relevant(allow("wisdom:*")) == [{"Action": "wisdom:*"}]
    assert relevant(allow("wisdom:*", Resource="arn:aws:wisdom:*:*:x")) == []
    assert relevant(allow("sqs:*", Resource="arn:aws:sqs:*:*:x")) == [
        {"Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:x"}
    ]


def test_generator_keeps_denials_beside_a_grant() -> None:
    deny = {"Effect": "Deny", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::x/*"}
    assert relevant(deny) == []
    assert relevant(allow("s3:*"), deny) == [
        {"Action": "s3:*"},
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::x/*"},
    ]


def test_generator_joins_only_what_is_alike() -> None:
    one, two = "arn:aws:s3:::a/*", "arn:aws:s3:::b/*"
    assert relevant(
        allow("s3:PutObject", Resource=one),
        allow("s3:DeleteObject", Resource=one),
        allow("s3:PutObject", Resource=two),
        allow("s3:PutObject"),
    ) == [
        {"Action": "s3:DeleteObject s3:PutObject", "Resource": one},
        {"Action": "s3:PutObject", "Resource": two},
        {"Action": "s3:PutObject"},
    ]


@pytest.mark.parametrize(
    ("condition", "stored"),
    [
        ({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, None),
        # The same words under a negation never hold: they must not become an unconditional statement.
        ({"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, True),
        ({"StringEquals": {"aws:ResourceAccount": "123456789012"}}, True),
        ({"StringEquals": {"aws:ResourceTag/x": "y"}}, True),
        ({"StringEquals": {"events:source": "a.b"}}, {"StringEquals": {"events:source": "a.b"}}),
        (
            {
                "StringEquals": {"s3:ResourceAccount": "${aws:PrincipalAccount}"},
                "StringLike": {"events:source": "a*"},
            },
            {"StringLike": {"events:source": "a*"}},
        ),
    ],
)
def test_generator_reads_conditions(condition: Any, stored: Any) -> None:
    assert relevant(allow("events:PutEvents", Condition=condition))[0].get("Condition") == stored


def test_generator_and_catalog_shorten_and_restore_actions() -> None:
    for text in ("*", "s3:GetObject", "* s3:A s3:B sqs:C", "SNS:A sns:B sns:C"):
        assert " ".join(catalog._actions(generator.without_repeats(text))) == text


def test_catalog_reads_a_denial_as_the_generator_stores_it() -> None:
    deny = {"Effect": "Deny", "NotAction": ["s3:Get*", "s3:List*"], "NotResource": "arn:aws:s3:::x/*"}
    stored = generator.short(relevant(allow(["s3:PutObject", "s3:DeleteObject"]), deny))
    assert catalog._statements(stored) == (
        RawStatement("Allow", ("s3:DeleteObject", "s3:PutObject"), (), ("*",), (), None),
        RawStatement("Deny", (), ("s3:Get*", "s3:List*"), (), ("arn:aws:s3:::x/*",), None),
    )


# --- are the files up to date? --------------------------------------------------------------------


def need_sources(*names: str) -> None:
    """Skip unless the packages that the files were made from are installed, in that version."""
    for name in names:
        wanted = table(name)["source"]
        try:
            installed = importlib.metadata.version(wanted["package"])
        except importlib.metadata.PackageNotFoundError:
            installed = "not installed"
        if installed != wanted["version"]:
            pytest.skip(
                f"{name}.json was made from {wanted['package']} {wanted['version']}, here is {installed};"
                f" to compare, install that version and run: {COMMAND} --check"
            )


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("managed_policies", "managed_policies"),
        ("sam_connectors", "connectors"),
        ("sam_policy_templates", "policy_templates"),
    ],
)
def test_files_are_what_the_generator_writes(name: str, make: str) -> None:
    need_sources(name)
    text = "\n".join(generator.lines(getattr(generator, make)())) + "\n"
    stored = Path(catalog.DATA, f"{name}.json").read_text(encoding="utf-8")
    assert stored == text, f"{name}.json is out of date; run: {COMMAND}"


def declared_writes() -> set[str]:
    return {
        f"{service.prefix or service.name}:{action}"
        for service in all_services()
        if service.rule
        for action in service.writes
    }


def test_managed_policies_keep_the_actions_of_every_service() -> None:
    """Without the packages that the file is made from: a declaration that is newer than the file is noticed."""
    stored = table("managed_policies")["actions"]
    kept = {f"{prefix}:{name}".lower() for prefix, names in stored.items() for name in names.split()}
    forgotten = sorted(action for action in declared_writes() if action.lower() not in kept)
    assert not forgotten, f"managed_policies.json was made without them; run: {COMMAND}"


def test_no_further_write_is_declared_by_its_service() -> None:
    further = {
        f"{prefix}:{name}" for prefix, names in generator.FURTHER_WRITES.items() for name in names.split()
    }
    assert further & declared_writes() == set(), "the declaration is enough: drop them from FURTHER_WRITES"


@pytest.mark.parametrize(
    "action", ["s3:PutObject", "sns:Publish", "lambda:InvokeFunction", "ssm:PutParameter"]
)
def test_managed_policies_lose_no_statement_about_an_action(action: str) -> None:
    """Statement by statement: what the full document says of an action is what the table says of it."""
    need_sources("managed_policies")
    for name, raw in generator.read_managed_policies().items():
        if raw["Path"] == "/aws-service-role/" or name.endswith("PermissionsBoundary"):
            continue
        stored = managed_policy(raw["Path"].lstrip("/") + name)
        assert stored is not None, name
        statements = generator.as_list(raw["Document"]["Statement"])
        full = {about for one in statements if (about := said(one, action))}
        short = {
            (one.effect, resource, one.condition is not None)
            for one in stored
            if (covers(one.actions, action) if one.actions else not covers(one.not_actions, action))
            for resource in one.resources or one.not_resources
        }
        flat = {(effect, r, conditional) for effect, listed, conditional in full for r in listed}
        allows = any(effect == "Allow" for effect, _, _ in flat)
        assert short == flat or (not allows and short <= flat), name


def said(one: dict[str, Any], action: str) -> tuple[str, tuple[str, ...], bool] | None:
    """Effect, resources and whether conditional, when a statement of a full document is about the action."""
    as_list = generator.as_list
    named = covers(tuple(as_list(one.get("Action", []))), action)
    if not (named if "Action" in one else not covers(tuple(as_list(one["NotAction"])), action)):
        return None
    conditional = any(
        not generator.always_holds(operator, key, value)
        for operator, tests in one.get("Condition", {}).items()
        for key, value in tests.items()
    )
    return one["Effect"], tuple(as_list(one.get("Resource") or one["NotResource"])), conditional
