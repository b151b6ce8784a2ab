"""What services write for those who ask them to: results of jobs, failures, files of trails, lines of logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint

Json = dict[str, Any]
RANK = {"error": 3, "warning": 2, "info": 1}
BUCKET = {"Ref": "Data"}


def got(ref: str) -> Json:
    return {"Fn::GetAtt": [ref, "Arn"]}


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties}


def role(actions: Any, where: Any = "*") -> Json:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    statement = {"Effect": "Allow", "Action": actions, "Resource": where}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    return resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]}, Policies=[policy])


def function(**more: Any) -> Json:
    code = {"S3Bucket": "b", "S3Key": "k"}
    return resource("AWS::Lambda::Function", FunctionName="fn", Role=got("Role"), Code=code, **more)


def checked(resources: Json) -> Report:
    found = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not found.problems
    return found


def worst(resources: Json) -> str:
    levels = [finding.severity for finding in checked(resources).findings]
    return max(levels, key=RANK.__getitem__, default="none")


# --- results of jobs --------------------------------------------------------------------------------------


def bucket_starts(target: Any, prefix: str = "") -> Json:
    """A bucket whose new objects under ``prefix`` start ``target`` by a rule."""
    key = {"object": {"key": [{"prefix": prefix}]}} if prefix else {}
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [BUCKET]}, **key},
    }
    switched = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    return {
        "Data": resource("AWS::S3::Bucket", BucketName="data", NotificationConfiguration=switched),
        "Rule": resource("AWS::Events::Rule", EventPattern=pattern, Targets=[{"Id": "t", "Arn": target}]),
    }


def flow(action: str, arguments: Json) -> Json:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Parameters": arguments, "End": True}
    definition = {"StartAt": "Do", "States": {"Do": task}}
    return resource(
        "AWS::StepFunctions::StateMachine", RoleArn="arn:aws:iam::1:role/r", Definition=definition
    )


def uri(key: str) -> Json:
    return {"Fn::Sub": "s3://${Data}/" + key}


OUTPUTS = [
    ("aws-sdk:textract:startDocumentAnalysis", {"OutputConfig": {"S3Bucket": BUCKET, "S3Prefix": "out"}}),
    ("aws-sdk:transcribe:startTranscriptionJob", {"OutputBucketName": BUCKET, "OutputKey": "out/"}),
    ("aws-sdk:transcribe:startTranscriptionJob", {"OutputBucketName": BUCKET, "OutputKey": "out/a.json"}),
    ("aws-sdk:comprehend:startSentimentDetectionJob", {"OutputDataConfig": {"S3Uri": uri("out")}}),
    ("athena:startQueryExecution.sync", {"ResultConfiguration": {"OutputLocation": uri("out/")}}),
    ("aws-sdk:polly:startSpeechSynthesisTask", {"OutputS3BucketName": BUCKET, "OutputS3KeyPrefix": "out/x"}),
    (
        "mediaconvert:createJob",
        {
            "Settings": {
                "OutputGroups": [{"OutputGroupSettings": {"FileGroupSettings": {"Destination": uri("out/")}}}]
            }
        },
    ),
    ("bedrock:invokeModel", {"Output": {"S3Uri": uri("out/x.json")}}),
    (
        "aws-sdk:bedrock:createModelInvocationJob",
        {"OutputDataConfig": {"S3OutputDataConfig": {"S3Uri": uri("out/")}}},
    ),
    ("aws-sdk:dynamodb:exportTableToPointInTime", {"S3Bucket": BUCKET, "S3Prefix": "out"}),
    ("aws-sdk:rds:startExportTask", {"S3BucketName": BUCKET, "S3Prefix": "out"}),
    ("aws-sdk:cloudwatchlogs:createExportTask", {"Destination": BUCKET, "DestinationPrefix": "out"}),
    (
        "aws-sdk:b2bi:startTransformerJob",
        {"OutputLocation": {"BucketName": BUCKET, "Key": "out"}, "TransformerId": "tr-1"},
    ),
    ("aws-sdk:translate:startTextTranslationJob", {"OutputDataConfig": {"S3Uri": uri("out/")}}),
    ("sagemaker:createTransformJob.sync", {"TransformOutput": {"S3OutputPath": uri("out")}}),
    (
        "aws-sdk:rekognition:startMediaAnalysisJob",
        {"OutputConfig": {"S3Bucket": BUCKET, "S3KeyPrefix": "out/"}},
    ),
]


@pytest.mark.parametrize(("action", "arguments"), OUTPUTS, ids=[action for action, _ in OUTPUTS])
def test_a_task_names_where_the_results_of_its_job_go(action: str, arguments: Json) -> None:
    machine = {"Flow": flow(action, arguments)}
    assert worst({**bucket_starts({"Ref": "Flow"}), **machine}) == "error"
    assert worst({**bucket_starts({"Ref": "Flow"}, "out/"), **machine}) == "error"
    assert worst({**bucket_starts({"Ref": "Flow"}, "in/"), **machine}) == "none"


def test_results_without_a_prefix_have_the_one_of_the_service() -> None:
    found = {"Flow": flow(OUTPUTS[0][0], {"OutputConfig": {"S3Bucket": BUCKET}})}
    assert worst({**bucket_starts({"Ref": "Flow"}, "textract_output/"), **found}) == "error"
    assert worst({**bucket_starts({"Ref": "Flow"}, "text/"), **found}) == "none"


def test_a_bucket_that_is_known_when_the_task_runs_is_noted() -> None:
    found = checked({"Flow": flow(OUTPUTS[1][0], {"OutputBucketName.$": "$.bucket"})})
    assert "learns where Do sends" in found.notes[0].message


def started(action: str, arguments: Json, allowed: Any, where: Any, prefix: str = "") -> str:
    """The worst of a machine that new objects under ``prefix`` start, whose role allows one action."""
    machine = flow(action, arguments)
    machine["Properties"]["RoleArn"] = got("Role")
    return worst({**bucket_starts({"Ref": "Flow"}, prefix), "Flow": machine, "Role": role(allowed, where)})


OF_THE_EVENT = {"Bucket.$": "$.detail.bucket.name", "Key.$": "States.Format('out/{}', $.detail.object.key)"}


@pytest.mark.parametrize(
    ("action", "arguments", "allowed", "where", "prefix", "expected"),
    [
        ("aws-sdk:s3:putObject", OF_THE_EVENT, "s3:PutObject", "arn:aws:s3:::data/*", "", "error"),
        ("aws-sdk:s3:putObject", OF_THE_EVENT, "s3:PutObject", "arn:aws:s3:::data/*", "out/", "error"),
        ("aws-sdk:s3:putObject", OF_THE_EVENT, "s3:PutObject", "arn:aws:s3:::data/*", "in/", "none"),
        ("aws-sdk:s3:putObject", OF_THE_EVENT, "s3:PutObject", "arn:aws:s3:::data/in/*", "", "none"),
        ("aws-sdk:s3:putObject", OF_THE_EVENT, "s3:PutObject", "arn:aws:s3:::data/out/a", "", "error"),
        ("aws-sdk:s3:putObject", OF_THE_EVENT, "s3:PutObject", "arn:aws:s3:::other/*", "", "none"),
        (
            "aws-sdk:s3:putObject",
            OF_THE_EVENT,
            ["s3:PutObject", "s3:GetObject"],
            "arn:aws:s3:::data/*",
            "",
            "warning",
        ),
        ("aws-sdk:s3:putObject", OF_THE_EVENT, "s3:PutObject", "*", "", "info"),
        ("aws-sdk:s3:deleteObject", OF_THE_EVENT, "s3:*", "arn:aws:s3:::data/*", "", "none"),
        ("aws-sdk:s3:getObject", OF_THE_EVENT, "s3:*", "arn:aws:s3:::data/*", "", "none"),
        (
            "aws-sdk:transcribe:startTranscriptionJob",
            {"OutputBucketName.$": "$.detail.bucket.name"},
            "s3:PutObject",
            "arn:aws:s3:::data/*",
            "",
            "error",
        ),
        ("states:startExecution", {"StateMachineArn.$": "$.next"}, "states:StartExecution", "*", "", "none"),
        ("sqs:sendMessage", {"QueueUrl.$": "$.q"}, "states:StartExecution", "*", "", "none"),
    ],
)
def test_permissions_tell_where_a_task_writes_that_learns_it_when_it_runs(
    action: str, arguments: Json, allowed: Any, where: Any, prefix: str, expected: str
) -> None:
    assert started(action, arguments, allowed, where, prefix) == expected


def test_the_role_of_a_task_whose_target_is_known_tells_nothing_more() -> None:
    elsewhere = {"Bucket": "other", "Key": "out/a"}
    assert started("aws-sdk:s3:putObject", elsewhere, "s3:PutObject", "arn:aws:s3:::data/*") == "none"


RECIPE = {
    "Job": resource(
        "AWS::DataBrew::Job", Name="job", Outputs=[{"Location": {"Bucket": BUCKET, "Key": "out/"}}]
    )
}
COPY = {
    "Job": resource("AWS::DataSync::Task", DestinationLocationArn={"Ref": "Place"}, SourceLocationArn="x"),
    "Place": resource("AWS::DataSync::LocationS3", S3BucketArn=got("Data"), Subdirectory="/out"),
}


@pytest.mark.parametrize(
    ("job", "action", "task", "arguments"),
    [
        (RECIPE, "databrew:StartJobRun", "databrew:startJobRun.sync", {"Name": "job"}),
        (
            COPY,
            "datasync:StartTaskExecution",
            "aws-sdk:datasync:startTaskExecution",
            {"TaskArn": {"Ref": "Job"}},
        ),
    ],
)
def test_a_declared_job_writes_where_it_says(job: Json, action: str, task: str, arguments: Json) -> None:
    actor = {"Fn": function(), "Role": role(action)}
    assert worst({**bucket_starts(got("Fn")), **actor, **job}) == "info"
    assert worst({**bucket_starts(got("Fn"), "in/"), **actor, **job}) == "none"
    machine = {"Flow": flow(task, arguments)}
    assert worst({**bucket_starts({"Ref": "Flow"}, "out/"), **machine, **job}) == "error"
    assert worst({**bucket_starts({"Ref": "Flow"}, "in/"), **machine, **job}) == "none"


FOLDER = {"Ref": "Folder"}
UNKNOWN_FOLDERS = {
    "a copy": {
        **COPY,
        "Place": resource("AWS::DataSync::LocationS3", S3BucketArn=got("Data"), Subdirectory=FOLDER),
        "Flow": flow("aws-sdk:datasync:startTaskExecution", {"TaskArn": {"Ref": "Job"}}),
    },
    "a task": {
        "Flow": flow("aws-sdk:rds:startExportTask", {"S3BucketName": BUCKET, "S3Prefix": FOLDER}),
    },
}


@pytest.mark.parametrize("writer", UNKNOWN_FOLDERS)
def test_a_folder_that_is_not_known_may_end_in_its_slash(writer: str) -> None:
    """``in/`` and ``in`` are the same folder: objects below it begin with ``in/``, be the parameter one or the other."""
    for prefix in ("${Folder}reports/", "${Folder}/reports/"):
        starts = bucket_starts({"Ref": "Flow"}, prefix)
        filtered = starts["Rule"]["Properties"]["EventPattern"]["detail"]["object"]
        filtered["key"] = [{"prefix": {"Fn::Sub": prefix}}]
        template = {
            "Parameters": {"Folder": {"Type": "String"}},
            "Resources": {**starts, **UNKNOWN_FOLDERS[writer]},
        }
        found = lint(["-"], stdin=json.dumps(template))
        assert not found.problems
        assert len(found.findings) == 1, prefix


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("aws/lambda/async/fn/", "error"), ("aws/lambda/async/other/", "none"), ("in/", "none")],
)
def test_a_failed_invocation_is_an_object_under_the_name_of_its_function(prefix: str, expected: str) -> None:
    config = resource(
        "AWS::Lambda::EventInvokeConfig",
        FunctionName={"Ref": "Fn"},
        Qualifier="$LATEST",
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::data"}},
    )
    found = {"Fn": function(), "Role": role("xray:PutTraceSegments"), "Config": config}
    assert worst({**bucket_starts(got("Fn"), prefix), **found}) == expected


# --- trails -----------------------------------------------------------------------------------------------


def objects(values: list[str], kind: str = "All") -> Json:
    data = [{"Type": "AWS::S3::Object", "Values": values}]
    return {"ReadWriteType": kind, "IncludeManagementEvents": False, "DataResources": data}


def invocations(value: str) -> Json:
    return {"DataResources": [{"Type": "AWS::Lambda::Function", "Values": [value]}]}


def advanced(*fields: tuple[str, str]) -> Json:
    return {"FieldSelectors": [{"Field": name, "Equals": [value]} for name, value in fields]}


DELIVERY = resource(
    "AWS::S3::BucketPolicy",
    Bucket={"Ref": "Files"},
    PolicyDocument={
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::files/*",
            }
        ]
    },
)


def trail(actions: str, where: str, selector: Json, **more: Json) -> str:
    """How bad it is that the files of a trail start a function that may do this."""
    kind = "AdvancedEventSelectors" if "FieldSelectors" in selector else "EventSelectors"
    notification = {"LambdaConfigurations": [{"Event": "s3:ObjectCreated:*", "Function": got("Fn")}]}
    return worst(
        {
            "Files": resource("AWS::S3::Bucket", BucketName="files", NotificationConfiguration=notification),
            "Fn": function(),
            "Role": role(actions, where),
            "Delivery": DELIVERY,
            "Trail": resource(
                "AWS::CloudTrail::Trail", IsLogging=True, S3BucketName={"Ref": "Files"}, **{kind: [selector]}
            ),
            **more,
        }
    )


DATA = ("eventCategory", "Data")


@pytest.mark.parametrize(
    ("actions", "where", "selector", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::files/*", objects(["arn:aws:s3"]), "error"),
        ("s3:GetObject", "arn:aws:s3:::files/*", objects(["arn:aws:s3"], "ReadOnly"), "warning"),
        ("s3:GetObject", "arn:aws:s3:::files/*", objects(["arn:aws:s3:::other/"], "WriteOnly"), "none"),
        ("s3:GetObject", "arn:aws:s3:::other/*", objects(["arn:aws:s3:::other/"], "ReadOnly"), "warning"),
        ("s3:GetObject", "arn:aws:s3:::other/*", objects(["arn:aws:s3:::other/"], "WriteOnly"), "none"),
        ("s3:PutObject", "arn:aws:s3:::other/*", objects(["arn:aws:s3:::other/"], "WriteOnly"), "warning"),
        ("s3:PutObject", "arn:aws:s3:::third/*", objects(["arn:aws:s3:::other/"], "WriteOnly"), "none"),
        ("s3:ListBucket", "*", objects(["arn:aws:s3:::other/"]), "none"),
        ("s3:GetObject", "*", objects(["arn:aws:s3:::other/"]), "info"),
        ("xray:PutTraceSegments", "*", invocations("arn:aws:lambda"), "warning"),
        ("xray:PutTraceSegments", "*", invocations("arn:aws:lambda:eu-west-1:1:function:fn"), "warning"),
        ("xray:PutTraceSegments", "*", invocations("arn:aws:lambda:eu-west-1:1:function:other"), "none"),
        (
            "xray:PutTraceSegments",
            "*",
            advanced(DATA, ("resources.type", "AWS::Lambda::Function")),
            "warning",
        ),
        (
            "s3:GetObject",
            "arn:aws:s3:::files/*",
            advanced(DATA, ("resources.type", "AWS::S3::Object"), ("readOnly", "true")),
            "warning",
        ),
    ],
)
def test_a_trail_records_what_its_files_start(
    actions: str, where: str, selector: Json, expected: str
) -> None:
    assert trail(actions, where, selector) == expected


OWN, OTHER = "arn:aws:lambda:eu-west-1:1:function:fn", "arn:aws:lambda:eu-west-1:1:function:other"


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("readOnly", "Equals", "true", "none"),
        ("readOnly", "Equals", "false", "warning"),
        ("eventName", "Equals", "Invoke", "warning"),
        ("eventName", "NotEquals", "Invoke", "none"),
        ("eventSource", "Equals", "lambda.amazonaws.com", "warning"),
        ("resources.ARN", "Equals", OWN, "warning"),
        ("resources.ARN", "Equals", OTHER, "none"),
        ("resources.ARN", "NotEquals", OWN, "none"),
        ("resources.ARN", "NotEquals", OTHER, "warning"),
        ("resources.ARN", "StartsWith", "arn:aws:lambda", "warning"),
        ("resources.ARN", "StartsWith", "arn:aws:s3", "none"),
        ("resources.ARN", "StartsWith", OWN[:-1], "warning"),
        ("resources.ARN", "StartsWith", OTHER[:-1], "none"),
        ("resources.ARN", "NotStartsWith", OWN[:-1], "none"),
        ("resources.ARN", "NotStartsWith", OTHER[:-1], "warning"),
        ("userIdentity.arn", "NotEquals", "arn:aws:sts::1:assumed-role/other/x", "info"),
    ],
)
def test_a_trail_records_the_invocations_that_its_selector_takes(
    field: str, operator: str, value: str, expected: str
) -> None:
    selector = advanced(DATA, ("resources.type", "AWS::Lambda::Function"))
    selector["FieldSelectors"].append({"Field": field, operator: [value]})
    assert trail("xray:PutTraceSegments", "*", selector) == expected


@pytest.mark.parametrize(("kind", "expected"), [("ReadOnly", "none"), ("WriteOnly", "warning")])
def test_an_invocation_is_no_read(kind: str, expected: str) -> None:
    selector = {"ReadWriteType": kind, **invocations("arn:aws:lambda")}
    assert trail("xray:PutTraceSegments", "*", selector) == expected


TABLE = "arn:aws:dynamodb:eu-west-1:1:table/items"


@pytest.mark.parametrize(
    ("action", "where", "kind", "values", "expected"),
    [
        ("dynamodb:GetItem", TABLE, "All", "arn:aws:dynamodb", "warning"),
        ("dynamodb:Query", TABLE + "/index/*", "All", TABLE, "warning"),
        ("dynamodb:GetItem", TABLE, "WriteOnly", TABLE, "none"),
        ("dynamodb:PutItem", TABLE, "WriteOnly", TABLE, "warning"),
        ("dynamodb:PutItem", TABLE, "ReadOnly", TABLE, "none"),
        ("dynamodb:PutItem", TABLE + "-more", "All", TABLE, "none"),
        ("dynamodb:PutItem", TABLE, "All", TABLE + "-more", "none"),
        ("dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/*", "All", TABLE, "info"),
        ("dynamodb:DescribeTable", TABLE, "All", TABLE, "none"),
        ("s3:GetObject", "*", "All", TABLE, "none"),
    ],
)
def test_a_trail_records_the_items_that_its_files_start(
    action: str, where: str, kind: str, values: str, expected: str
) -> None:
    data = [{"Type": "AWS::DynamoDB::Table", "Values": [values]}]
    selector = {"ReadWriteType": kind, "IncludeManagementEvents": False, "DataResources": data}
    table = resource("AWS::DynamoDB::Table", TableName="items", KeySchema=[], AttributeDefinitions=[])
    assert trail(action, where, selector, Items=table) == expected


def test_who_may_read_objects_invokes_no_function() -> None:
    other = resource("AWS::Lambda::Function", FunctionName="other", Role="arn:aws:iam::1:role/r")
    assert trail("s3:GetObject", "*", invocations(OTHER), Other=other) == "none"


def test_a_selector_that_cannot_be_decided_proves_nothing() -> None:
    selector = advanced(DATA, ("resources.type", "AWS::S3::Object"), ("readOnly", "true"))
    selector["FieldSelectors"].append({"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::1:user/u"]})
    assert trail("s3:GetObject", "arn:aws:s3:::files/*", selector) == "info"


# --- logs -------------------------------------------------------------------------------------------------


def logged(actions: Any, where: Any, group: Any = "/lines", **more: Json) -> str:
    """How bad it is that a log group starts a function that may do this."""
    subscription = {"LogGroupName": group, "FilterPattern": "", "DestinationArn": got("Fn")}
    return worst(
        {
            "Group": resource("AWS::Logs::LogGroup", LogGroupName="/lines"),
            "Subscription": resource("AWS::Logs::SubscriptionFilter", **subscription),
            "Fn": function(),
            "Role": role(actions, where),
            **more,
        }
    )


def task(driver: str, group: Any) -> Json:
    configuration = {"LogDriver": driver, "Options": {"awslogs-group": group}}
    container = {"Name": "c", "LogConfiguration": configuration}
    return resource("AWS::ECS::TaskDefinition", Family="f", ContainerDefinitions=[container])


def project(**more: Any) -> Json:
    return resource("AWS::CodeBuild::Project", Name="site", ServiceRole="r", **more)


@pytest.mark.parametrize(
    ("worker", "action", "where", "group", "expected"),
    [
        (task("awslogs", {"Ref": "Group"}), "ecs:RunTask", {"Ref": "Work"}, "/lines", "warning"),
        (task("awslogs", "/other"), "ecs:RunTask", {"Ref": "Work"}, "/lines", "none"),
        (task("awsfirelens", "/lines"), "ecs:RunTask", {"Ref": "Work"}, "/lines", "none"),
        (project(), "codebuild:StartBuild", got("Work"), "/aws/codebuild/site", "warning"),
        (project(), "codebuild:StartBuild", got("Work"), "/lines", "none"),
        (
            project(LogsConfig={"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "/lines"}}),
            "codebuild:StartBuild",
            got("Work"),
            "/lines",
            "warning",
        ),
        (
            project(LogsConfig={"CloudWatchLogs": {"Status": "DISABLED"}}),
            "codebuild:StartBuild",
            got("Work"),
            "/aws/codebuild/site",
            "none",
        ),
        (
            resource(
                "AWS::Batch::JobDefinition",
                JobDefinitionName="j",
                Type="container",
                ContainerProperties={"Image": "i"},
            ),
            "batch:SubmitJob",
            "*",
            "/aws/batch/job",
            "info",
        ),
    ],
)
def test_builds_tasks_and_jobs_log_to_their_groups(
    worker: Json, action: str, where: Any, group: str, expected: str
) -> None:
    assert logged(action, where, group, Work=worker) == expected


@pytest.mark.parametrize(
    ("actions", "selectors", "expected"),
    [
        ("ec2:CreateTags", [], "info"),
        ("secretsmanager:GetSecretValue", [], "info"),
        ("secretsmanager:GetSecretValue", [{"ReadWriteType": "WriteOnly"}], "none"),
        ("ec2:CreateTags", [{"IncludeManagementEvents": False}], "none"),
        ("ec2:CreateTags", [advanced(DATA)], "none"),
        ("ec2:CreateTags", [advanced(("eventCategory", "Management"))], "info"),
        ("logs:PutLogEvents", [], "none"),
        ("ec2:*", [], "none"),
    ],
)
def test_calls_to_the_account_come_to_the_log_group_of_a_trail(
    actions: str, selectors: list[Json], expected: str
) -> None:
    kind = "AdvancedEventSelectors" if selectors and "FieldSelectors" in selectors[0] else "EventSelectors"
    given = {kind: selectors} if selectors else {}
    audit = resource(
        "AWS::CloudTrail::Trail",
        IsLogging=True,
        S3BucketName="f",
        CloudWatchLogsLogGroupArn=got("Group"),
        **given,
    )
    assert logged(actions, "*", Audit=audit) == expected


@pytest.mark.parametrize(
    ("group", "criteria", "expected"),
    [("/shared", "", "warning"), ("/shared", 'LogGroupName NOT IN ["/shared"]', "none"), ("", "", "none")],
)
def test_an_account_policy_leads_all_groups_but_its_own_to_a_function(
    group: str, criteria: str, expected: str
) -> None:
    policy = resource(
        "AWS::Logs::AccountPolicy",
        PolicyName="p",
        PolicyType="SUBSCRIPTION_FILTER_POLICY",
        PolicyDocument={"Fn::Sub": '{"DestinationArn": "${Fn.Arn}", "FilterPattern": ""}'},
        **({"SelectionCriteria": criteria} if criteria else {}),
    )
    logging = {"LoggingConfig": {"LogGroup": group}} if group else {}
    assert worst({"Policy": policy, "Fn": function(**logging), "Role": role("xray:*")}) == expected


# --- subscriptions that code makes ------------------------------------------------------------------------


def subscribes(action: str, where: Any, **variables: Any) -> list[str]:
    transform = {
        "Type": "Lambda",
        "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": got("Reshape")}],
    }
    processing = {"Enabled": True, "Processors": [transform]}
    found = checked(
        {
            "Lines": resource(
                "AWS::KinesisFirehose::DeliveryStream",
                ExtendedS3DestinationConfiguration={"BucketARN": "b", "ProcessingConfiguration": processing},
            ),
            "Reshape": resource(
                "AWS::Lambda::Function", FunctionName="reshape", Role="arn:aws:iam::1:role/r"
            ),
            "Fn": function(Environment={"Variables": variables}),
            "Role": role(action, where),
        }
    )
    return [note.message for note in found.notes if "subscribe" in note.message]


def test_a_function_that_subscribes_any_log_group_is_told_which_to_leave_out() -> None:
    (told,) = subscribes("logs:PutSubscriptionFilter", "*", DESTINATION=got("Lines"))
    assert told == (
        "Fn may subscribe any log group to Lines when it runs (logs:PutSubscriptionFilter); that was not followed; "
        "its code must leave out the groups of that pipeline: /aws/lambda/reshape, /aws/lambda/fn"
    )
    assert subscribes("logs:Put*", "arn:aws:logs:*:*:log-group:/aws/lambda/*", DESTINATION=got("Lines")) == [
        told
    ]
    (unknown,) = subscribes("logs:PutSubscriptionFilter", "*")
    assert "to what no template names" in unknown


def test_a_function_that_names_its_log_group_or_may_do_anything_is_not_noted() -> None:
    assert not subscribes("logs:PutSubscriptionFilter", "arn:aws:logs:eu-west-1:1:log-group:/app:*")
    assert not subscribes("*", "*", DESTINATION=got("Lines"))
    assert not subscribes("logs:PutLogEvents", "*", DESTINATION=got("Lines"))


def test_groups_among_which_none_of_the_pipeline_can_be_are_not_noted() -> None:
    gateways = "arn:aws:logs:*:*:log-group:/aws/apigateway/*"
    assert not subscribes("logs:PutSubscriptionFilter", gateways, DESTINATION=got("Lines"))
    (told,) = subscribes(
        "logs:PutSubscriptionFilter", "arn:aws:logs:*:*:log-group:/aws/lambda/re*", DESTINATION=got("Lines")
    )
    assert told.endswith("that pipeline: /aws/lambda/reshape")


def test_a_policy_of_the_account_that_is_made_at_run_time_is_noted() -> None:
    (told,) = subscribes("logs:PutAccountPolicy", "*", DESTINATION=got("Lines"))
    assert "(logs:PutAccountPolicy)" in told


# --- rules ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"resources": {"ARN": ["arn:aws:s3:::data"]}}, "warning"),
        ({"resources": {"ARN": [got("Data")]}, "requestParameters": {"bucketName": [BUCKET]}}, "warning"),
        (
            {"resources": {"ARN": ["arn:aws:s3:::other"]}, "requestParameters": {"bucketName": [BUCKET]}},
            "none",
        ),
        ({"resources": {"ARN": ["arn:aws:s3:::other"]}}, "none"),
    ],
)
def test_a_recorded_call_lists_the_arn_of_its_bucket(detail: Json, expected: str) -> None:
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventName": ["PutObject"], **detail},
    }
    actions = ["s3:GetObject", "s3:PutObject"]
    found = worst(
        {
            "Data": resource("AWS::S3::Bucket", BucketName="data"),
            "Rule": resource(
                "AWS::Events::Rule", EventPattern=pattern, Targets=[{"Id": "t", "Arn": got("Fn")}]
            ),
            "Fn": function(),
            "Role": role(actions, {"Fn::Sub": "${Data.Arn}/*"}),
        }
    )
    assert found == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"account": [{"Ref": "AWS::AccountId"}]}, "warning"),
        ({"region": [{"Ref": "AWS::Region"}], "account": [{"Ref": "AWS::AccountId"}, "1"]}, "warning"),
        ({"account": ["111122223333"]}, "info"),
        ({"account": [{"Ref": "AWS::AccountId"}], "source": ["orders"]}, "info"),
    ],
)
def test_what_is_put_on_a_bus_carries_its_own_account_and_region(pattern: Json, expected: str) -> None:
    bus = resource("AWS::Events::EventBus", Name="orders")
    rule = resource(
        "AWS::Events::Rule",
        EventBusName={"Ref": "Bus"},
        EventPattern=pattern,
        Targets=[{"Id": "t", "Arn": got("Fn")}],
    )
    assert (
        worst({"Bus": bus, "Rule": rule, "Fn": function(), "Role": role("events:PutEvents", got("Bus"))})
        == expected
    )


# --- queues that tasks read -------------------------------------------------------------------------------


def redriven(*tasks: tuple[str, Json]) -> str:
    """A queue whose failures go to a dead-letter queue, and a state machine with these tasks."""
    states = {
        f"T{at}": {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Parameters": given, "End": True}
        for at, (action, given) in enumerate(tasks)
    }
    policy = {"deadLetterTargetArn": got("Failed"), "maxReceiveCount": 3}
    mapping = {"EventSourceArn": got("Jobs"), "FunctionName": {"Ref": "Fn"}}
    return worst(
        {
            "Jobs": resource("AWS::SQS::Queue", RedrivePolicy=policy),
            "Failed": resource("AWS::SQS::Queue"),
            "Elsewhere": resource("AWS::SQS::Queue"),
            "Mapping": resource("AWS::Lambda::EventSourceMapping", **mapping),
            "Fn": function(),
            "Role": role("sqs:ReceiveMessage", got("Jobs")),
            "Flow": resource(
                "AWS::StepFunctions::StateMachine",
                RoleArn="arn:aws:iam::1:role/r",
                Definition={"StartAt": "T0", "States": states},
            ),
        }
    )


RECEIVES = ("aws-sdk:sqs:receiveMessage", {"QueueUrl": {"Ref": "Failed"}})
MOVES = "aws-sdk:sqs:startMessageMoveTask"


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ([RECEIVES, ("sqs:sendMessage", {"QueueUrl": {"Ref": "Jobs"}})], "warning"),
        ([RECEIVES, ("sqs:sendMessage", {"QueueUrl": {"Ref": "Elsewhere"}})], "none"),
        ([("sqs:sendMessage", {"QueueUrl": {"Ref": "Jobs"}})], "none"),
        ([(MOVES, {"SourceArn": got("Failed")})], "warning"),
        ([(MOVES, {"SourceArn": got("Failed"), "DestinationArn": got("Jobs")})], "warning"),
        ([(MOVES, {"SourceArn": got("Failed"), "DestinationArn": got("Elsewhere")})], "none"),
        ([(MOVES, {"SourceArn.$": "$.queue"})], "none"),
    ],
)
def test_a_state_machine_brings_failed_messages_back(tasks: list[tuple[str, Json]], expected: str) -> None:
    assert redriven(*tasks) == expected
