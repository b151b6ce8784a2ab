"""Events of AWS services about their own work: who causes them, and which rules and topics they reach."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recursion_lint.model.report import Report
from recursion_lint.run.lint import lint
from recursion_lint.services.eventbridge.caused_events import (
    all_events,
    channel_of,
    event_at,
    events_of,
)
from recursion_lint.services.registry import PLACES, all_services, by_name, telling

Json = dict[str, Any]
RANK = {"error": 3, "warning": 2, "info": 1}


def got(ref: str, attribute: str = "Arn") -> Json:
    return {"Fn::GetAtt": [ref, attribute]}


def arn(rest: str) -> Json:
    return {"Fn::Sub": "arn:${AWS::Partition}:" + rest.replace("@", "${AWS::Region}:${AWS::AccountId}")}


def role(*statements: Json, service: str = "lambda.amazonaws.com") -> Json:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    properties = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy]}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def may(actions: Any, resource: Any = "*") -> Json:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"FunctionName": "fn", "Role": got("Role"), "Code": {"S3Bucket": "b", "S3Key": "k"}},
}


def rule(pattern: Json, target: Any, **more: Any) -> Json:
    targets = [{"Id": "t", "Arn": target, **more}]
    return {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern, "Targets": targets}}


def about(service: str, kind: str, /, **detail: Any) -> Json:
    pattern: Json = {"source": [f"aws.{service}"], "detail-type": [kind]}
    fields = {name.replace("__", "-"): value for name, value in detail.items()}
    return {**pattern, "detail": fields} if fields else pattern


def checked(resources: Json) -> Report:
    found = lint(["-"], stdin=json.dumps({"Resources": resources}))
    assert not found.problems
    return found


def worst(resources: Json) -> str:
    levels = [finding.severity for finding in checked(resources).findings]
    return max(levels, key=RANK.__getitem__, default="none")


def started(pattern: Json, actions: Any, resource: Any = "*", **more: Json) -> str:
    """How bad it is that a rule with ``pattern`` starts a function that may do this."""
    return worst(
        {"Rule": rule(pattern, got("Fn")), "Role": role(may(actions, resource)), "Fn": FUNCTION, **more}
    )


# --- the table --------------------------------------------------------------------------------------------


def test_each_service_that_tells_is_listed() -> None:
    assert set(telling()) == {place.name for place in PLACES if by_name()[place.name].events}


def test_each_event_is_found_by_its_channel() -> None:
    events = all_events()
    assert len({event.name for event in events}) == len(events) > 60
    assert all(event_at(channel_of(event)) == event for event in events)
    assert all(event in events_of(event.source) for event in events)


def test_each_event_is_caused_by_something_that_it_can_say() -> None:
    for event in all_events():
        assert event.calls, event.name
        assert all(":" in call and all(said.values()) for call, said in event.calls.items()), event.name


def test_the_call_that_starts_a_target_causes_its_events() -> None:
    for service in all_services():
        calls = {call for event in service.events for call in event.calls}
        assert calls.issuperset(service.as_target.values()), service.name


# --- from functions ---------------------------------------------------------------------------------------

CAUSED = [
    (about("appflow", "AppFlow End Flow Run Report", flow__name=["daily"]), "appflow:StartFlow"),
    (about("athena", "Athena Query State Change", currentState=["SUCCEEDED"]), "athena:StartQueryExecution"),
    (about("autoscaling", "EC2 Instance Terminate Successful"), "autoscaling:SetDesiredCapacity"),
    (about("autoscaling", "EC2 Instance-launch Lifecycle Action"), "autoscaling:UpdateAutoScalingGroup"),
    (about("backup", "Copy Job State Change", state=["COMPLETED"]), "backup:StartCopyJob"),
    (about("batch", "Batch Job State Change", status=["FAILED"]), "batch:SubmitJob"),
    (about("cloudwatch", "CloudWatch Alarm State Change", alarmName=["high"]), "cloudwatch:SetAlarmState"),
    (about("config", "Config Rules Compliance Change"), "config:StartConfigRulesEvaluation"),
    (about("dms", "DMS Replication Task State Change"), "dms:StartReplicationTask"),
    (about("guardduty", "GuardDuty Finding"), "guardduty:CreateSampleFindings"),
    (
        about(
            "cloudformation",
            "CloudFormation Stack Status Change",
            status__details={"status": ["UPDATE_COMPLETE"]},
        ),
        "cloudformation:UpdateStack",
    ),
    (about("codebuild", "CodeBuild Build State Change", build__status=["FAILED"]), "codebuild:StartBuild"),
    (about("codecommit", "CodeCommit Comment on Pull Request"), "codecommit:PostCommentForPullRequest"),
    (about("codecommit", "CodeCommit Comment on Commit"), "codecommit:PostCommentReply"),
    (about("codedeploy", "CodeDeploy Deployment State-change Notification"), "codedeploy:CreateDeployment"),
    (about("codepipeline", "CodePipeline Stage Execution State Change"), "codepipeline:RetryStageExecution"),
    (
        about("datasync", "DataSync Task Execution State Change", State=["SUCCESS"]),
        "datasync:StartTaskExecution",
    ),
    (about("databrew", "DataBrew Job State Change", state=["FAILED"]), "databrew:StartJobRun"),
    (about("ec2", "EBS Snapshot Notification", event=["copySnapshot"]), "ec2:CopySnapshot"),
    (about("ec2", "EC2 Instance State-change Notification", state=["running"]), "ec2:StartInstances"),
    (about("ecr", "ECR Image Action", action__type=["PUSH"]), "ecr:PutImage"),
    (about("ecr", "ECR Image Scan", scan__status=["COMPLETE"]), "ecr:StartImageScan"),
    (
        about("ecs", "ECS Deployment State Change", eventName=["SERVICE_DEPLOYMENT_FAILED"]),
        "ecs:UpdateService",
    ),
    (about("ecs", "ECS Task State Change", lastStatus=["STOPPED"]), "ecs:RunTask"),
    (about("ecs", "ECS Container Instance State Change", status=["ACTIVE"]), "ecs:UpdateService"),
    (about("ecs", "ECS Container Instance State Change"), "ecs:StopTask"),
    (about("glue", "Glue Job State Change", jobName=["load"]), "glue:StartJobRun"),
    (about("glue", "Glue Crawler State Change", state=["Succeeded"]), "glue:StartCrawler"),
    (about("mediaconvert", "MediaConvert Job State Change", status=["COMPLETE"]), "mediaconvert:CreateJob"),
    (about("rds", "RDS DB Snapshot Event", EventCategories=["creation"]), "rds:CopyDBSnapshot"),
    (about("rds", "RDS DB Cluster Snapshot Event"), "rds:CreateDBClusterSnapshot"),
    (about("rekognition", "Rekognition Job State Change"), "rekognition:StartLabelDetection"),
    (about("securityhub", "Security Hub Findings - Imported"), "securityhub:BatchImportFindings"),
    (about("ssm", "EC2 Command Status-change Notification", status=["Failed"]), "ssm:SendCommand"),
    (about("ssm", "EC2 Automation Step Status-change Notification"), "ssm:StartAutomationExecution"),
    (about("ssm", "Parameter Store Change", operation=["Update"]), "ssm:PutParameter"),
    (about("states", "Step Functions Execution Status Change", status=["FAILED"]), "states:StartExecution"),
    (about("tag", "Tag Change on Resource", service=["ec2"]), "ec2:CreateTags"),
    (about("tag", "Tag Change on Resource", service=["ec2"]), "tag:TagResources"),
    (about("textract", "Textract Job State Change"), "textract:StartDocumentAnalysis"),
    (about("transcribe", "Transcribe Job State Change"), "transcribe:StartTranscriptionJob"),
    ({"source": ["aws.mediaconvert"], "detail": {"status": ["COMPLETE"]}}, "mediaconvert:CreateJob"),
]


@pytest.mark.parametrize(("pattern", "action"), CAUSED, ids=[f"{p['source'][0]}-{a}" for p, a in CAUSED])
def test_a_function_may_cause_what_starts_it(pattern: Json, action: str) -> None:
    assert started(pattern, action) == "info"
    assert started(pattern, action.split(":")[0] + ":*") == "info"
    assert started(pattern, action.split(":")[0] + ":Describe*") == "none"


@pytest.mark.parametrize(
    ("pattern", "action"),
    [
        (about("autoscaling", "EC2 Instance-launch Lifecycle Action"), "autoscaling:CompleteLifecycleAction"),
        (about("backup", "Backup Job State Change"), "backup:StartCopyJob"),
        (about("codecommit", "CodeCommit Pull Request State Change"), "codecommit:PostCommentForPullRequest"),
        (
            about("codecommit", "CodeCommit Comment on Pull Request", event=["commentOnPullRequestUpdated"]),
            "codecommit:PostCommentReply",
        ),
        (about("ec2", "EBS Snapshot Notification", event=["createSnapshot"]), "ec2:CopySnapshot"),
        (about("ec2", "EC2 Instance State-change Notification", state=["stopped"]), "ec2:StartInstances"),
        (about("ec2", "EC2 Instance State-change Notification"), "ec2:CreateTags"),
        (about("ecr", "ECR Image Action", action__type=["PUSH"]), "ecr:BatchDeleteImage"),
        (about("ecr", "ECR Image Action", action__type=["PUSH"]), "ecr:StartImageScan"),
        (about("ecs", "ECS Container Instance State Change"), "ecs:RegisterTaskDefinition"),
        (about("glue", "Glue Job State Change"), "glue:StartCrawler"),
        (about("rds", "RDS DB Snapshot Event", EventCategories=["creation"]), "rds:DeleteDBSnapshot"),
        (about("securityhub", "Security Hub Findings - Custom Action"), "securityhub:BatchUpdateFindings"),
        (about("ssm", "Parameter Store Change", operation=["Delete"]), "ssm:PutParameter"),
        (about("tag", "Tag Change on Resource", service=["ec2"]), "s3:PutBucketTagging"),
        (
            about("textract", "AWS API Call via CloudTrail", eventName=["StartDocumentAnalysis"]),
            "textract:StartLendingAnalysis",
        ),
        ({"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}, "ec2:CreateSnapshot"),
        (about("cloudwatch", "CloudWatch Alarm State Change"), "cloudwatch:PutMetricAlarm"),
        (about("guardduty", "GuardDuty Finding"), "guardduty:ArchiveFindings"),
    ],
)
def test_another_call_does_not_cause_it(pattern: Json, action: str) -> None:
    assert started(pattern, action) == "none"


# --- whose work it is -------------------------------------------------------------------------------------

QUERIES = "Athena Query State Change"
GROUP = {"Type": "AWS::Athena::WorkGroup", "Properties": {"Name": "own"}}
OWN_GROUP = arn("athena:@:workgroup/${Group}")
BUILDS = "CodeBuild Build State Change"
PROJECT = {"Type": "AWS::CodeBuild::Project", "Properties": {"ServiceRole": "r"}}


@pytest.mark.parametrize(
    ("names", "resource", "expected"),
    [
        (["own"], OWN_GROUP, "warning"),
        ([{"Ref": "Group"}], OWN_GROUP, "warning"),
        (["other"], OWN_GROUP, "none"),
        ([{"prefix": "o"}], OWN_GROUP, "warning"),
        ([{"anything-but": ["own"]}], OWN_GROUP, "none"),
        ([{"anything-but": [{"Ref": "Group"}]}], OWN_GROUP, "none"),
        ([{"anything-but": ["other"]}], OWN_GROUP, "warning"),
        (["own"], "*", "info"),
        (["own"], arn("athena:@:workgroup/o*"), "info"),
        (["own"], arn("athena:@:workgroup/x*"), "none"),
        (["own"], arn("s3:::bucket/*"), "none"),
    ],
)
def test_the_name_of_a_workgroup_decides(names: Any, resource: Any, expected: str) -> None:
    pattern = about("athena", QUERIES, workgroupName=names)
    assert started(pattern, "athena:StartQueryExecution", resource, Group=GROUP) == expected


@pytest.mark.parametrize(
    ("names", "resource", "expected"),
    [
        ([{"Ref": "Build"}], got("Build"), "warning"),
        ([{"anything-but": [{"Ref": "Build"}]}], got("Build"), "none"),
        ([{"prefix": "x"}], arn("codebuild:@:project/xy"), "warning"),
        ([{"prefix": "x"}], arn("codebuild:@:project/y"), "none"),
        (["x"], arn("codebuild:@:project/y"), "none"),
    ],
)
def test_the_name_of_a_project_decides(names: Any, resource: Any, expected: str) -> None:
    pattern = about("codebuild", BUILDS, project__name=names)
    assert started(pattern, "codebuild:StartBuild", resource, Build=PROJECT) == expected


@pytest.mark.parametrize(
    ("name", "granted", "expected"),
    [
        ("/in/x", "in/x", "warning"),
        ("/in/x", "out/x", "none"),
        ({"prefix": "/in/"}, "in/*", "info"),
        ({"prefix": "/in/"}, "out/*", "none"),
    ],
)
def test_the_name_of_a_parameter_begins_with_the_slash_of_its_arn(
    name: Any, granted: str, expected: str
) -> None:
    pattern = about("ssm", "Parameter Store Change", name=[name])
    assert started(pattern, "ssm:PutParameter", arn(f"ssm:@:parameter/{granted}")) == expected


@pytest.mark.parametrize(
    ("name", "granted", "expected"),
    [("shop/cart", "shop/cart", "warning"), ("shop", "shop/cart", "none"), ("shop/web", "shop/cart", "none")],
)
def test_the_name_of_a_repository_of_images_may_have_slashes(name: str, granted: str, expected: str) -> None:
    pattern = about("ecr", "ECR Image Action", action__type=["PUSH"], repository__name=[name])
    assert started(pattern, "ecr:PutImage", arn(f"ecr:@:repository/{granted}")) == expected


def test_the_name_of_an_alarm_may_have_slashes() -> None:
    pattern = about("cloudwatch", "CloudWatch Alarm State Change", alarmName=["cart/errors"])
    assert started(pattern, "cloudwatch:SetAlarmState", arn("cloudwatch:@:alarm:cart/errors")) == "warning"
    assert started(pattern, "cloudwatch:SetAlarmState", arn("cloudwatch:@:alarm:cart/delay")) == "none"


def test_executions_are_no_state_machines() -> None:
    pattern = about("states", "Step Functions Execution Status Change")
    executions = arn("states:@:execution:other:*")
    assert started(pattern, "states:RedriveExecution", executions) == "info"
    assert started(pattern, "states:StartExecution", executions) == "none"


def test_denied_and_bounded_calls_cause_nothing() -> None:
    pattern = about("athena", QUERIES)
    deny = {"Effect": "Deny", "Action": "athena:*", "Resource": "*"}
    resources = {"Rule": rule(pattern, got("Fn")), "Fn": FUNCTION}
    assert worst({**resources, "Role": role(may("athena:StartQueryExecution"))}) == "info"
    assert worst({**resources, "Role": role(may("athena:StartQueryExecution"), deny)}) == "none"


# --- from tasks and targets -------------------------------------------------------------------------------


def machine(resource: str, **arguments: Any) -> Json:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": arguments, "End": True}
    definition = {"StartAt": "Do", "States": {"Do": task}}
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "arn:aws:iam::1:role/r", "Definition": definition},
    }


@pytest.mark.parametrize(
    ("pattern", "resource", "arguments", "expected"),
    [
        (about("athena", QUERIES), "athena:startQueryExecution.sync", {"WorkGroup": "a"}, "warning"),
        (
            about("athena", QUERIES, workgroupName=["b"]),
            "athena:startQueryExecution",
            {"WorkGroup": "a"},
            "none",
        ),
        (about("glue", "Glue Crawler State Change"), "aws-sdk:glue:startCrawler", {"Name": "c"}, "warning"),
        (about("glue", "Glue Crawler State Change"), "aws-sdk:glue:getCrawler", {"Name": "c"}, "none"),
        (about("rds", "RDS DB Snapshot Event"), "aws-sdk:rds:copyDBSnapshot", {}, "warning"),
        (about("mediaconvert", "MediaConvert Job State Change"), "mediaconvert:createJob", {}, "warning"),
        (about("ssm", "EC2 Command Status-change Notification"), "aws-sdk:ssm:sendCommand", {}, "warning"),
        (
            about("tag", "Tag Change on Resource"),
            "aws-sdk:resourcegroupstaggingapi:tagResources",
            {},
            "warning",
        ),
        (
            about("states", "Step Functions Execution Status Change", status=["FAILED"]),
            "aws-sdk:sfn:stopExecution",
            {},
            "info",
        ),
    ],
)
def test_a_task_causes_what_starts_its_state_machine(
    pattern: Json, resource: str, arguments: Json, expected: str
) -> None:
    flow = {"Rule": rule(pattern, {"Ref": "Flow"}), "Flow": machine(resource, **arguments)}
    assert worst(flow) == expected


BUILT_IN = "events:@:target/"
SSM = "EC2 Command Status-change Notification"


@pytest.mark.parametrize(
    ("pattern", "target", "more", "expected"),
    [
        (about("ec2", "EBS Snapshot Notification"), arn(BUILT_IN + "create-snapshot"), {}, "warning"),
        (
            about("ec2", "EC2 Instance State-change Notification", state=["stopped"]),
            arn(BUILT_IN + "stop-instance"),
            {},
            "warning",
        ),
        (
            about("ec2", "EC2 Instance State-change Notification", state=["running"]),
            arn(BUILT_IN + "stop-instance"),
            {},
            "none",
        ),
        (about("ssm", SSM), "arn:aws:ssm:eu-west-1::document/Fix", {"RunCommandParameters": {}}, "warning"),
        (
            about("ssm", "EC2 Automation Execution Status-change Notification", Definition=["Other"]),
            arn("ssm:@:automation-definition/Fix:$DEFAULT"),
            {},
            "none",
        ),
        (about("codebuild", BUILDS), arn("codebuild:@:project/x"), {}, "warning"),
        (
            about("codebuild", BUILDS, project__name=[{"anything-but": ["x"]}]),
            arn("codebuild:@:project/x"),
            {},
            "none",
        ),
        (
            about("states", "Step Functions Execution Status Change"),
            arn("states:@:stateMachine:x"),
            {},
            "warning",
        ),
        (
            about("ecs", "ECS Task State Change"),
            arn("ecs:@:cluster/c"),
            {"EcsParameters": {"TaskDefinitionArn": arn("ecs:@:task-definition/t:1")}},
            "warning",
        ),
    ],
)
def test_a_target_causes_what_its_rule_listens_to(
    pattern: Json, target: Any, more: Json, expected: str
) -> None:
    assert worst({"Rule": rule(pattern, target, **more)}) == expected


# --- topics -----------------------------------------------------------------------------------------------


def told(actions: Any, *statements: Json, **more: Json) -> str:
    """How bad it is that a topic starts a function that may do this."""
    subscription = {"TopicArn": {"Ref": "Topic"}, "Protocol": "lambda", "Endpoint": got("Fn")}
    return worst(
        {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "AmazonTextractDone"}},
            "Elsewhere": {"Type": "AWS::SNS::Topic"},
            "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
            "Role": role(may(actions), *statements),
            "Fn": FUNCTION,
            **more,
        }
    )


PASSES = may("iam:PassRole", got("Channel"))


@pytest.mark.parametrize(
    ("actions", "service", "topic", "expected"),
    [
        ("textract:StartDocumentAnalysis", "textract", {"Ref": "Topic"}, "warning"),
        ("textract:StartDocumentAnalysis", "textract", "*", "info"),
        ("textract:StartDocumentAnalysis", "textract", {"Ref": "Elsewhere"}, "none"),
        ("textract:AnalyzeDocument", "textract", {"Ref": "Topic"}, "none"),
        ("rekognition:StartFaceSearch", "rekognition", {"Ref": "Topic"}, "warning"),
        ("rekognition:StartFaceSearch", "textract", {"Ref": "Topic"}, "none"),
        ("ssm:SendCommand", "ssm", {"Ref": "Topic"}, "warning"),
    ],
)
def test_the_end_of_a_job_is_told_by_the_role_that_is_passed(
    actions: str, service: str, topic: Any, expected: str
) -> None:
    channel = role(may("sns:Publish", topic), service=f"{service}.amazonaws.com")
    assert told(actions, PASSES, Channel=channel) == expected


def test_a_managed_role_tells_topics_that_are_called_after_the_service() -> None:
    channel = role(service="textract.amazonaws.com")
    channel["Properties"] = {
        **channel["Properties"],
        "Policies": [],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AmazonTextractServiceRole"],
    }
    assert told("textract:StartDocumentAnalysis", PASSES, Channel=channel) == "info"


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties}


TOPIC = {"Ref": "Topic"}
VAULT = resource(
    "AWS::Backup::BackupVault",
    BackupVaultName="v",
    Notifications={"SNSTopicArn": TOPIC, "BackupVaultEvents": ["BACKUP_JOB_COMPLETED"]},
)
SNAPSHOTS = resource(
    "AWS::RDS::EventSubscription", SnsTopicArn=TOPIC, SourceType="db-snapshot", EventCategories=["creation"]
)
GROUP_TOLD = resource(
    "AWS::AutoScaling::AutoScalingGroup",
    NotificationConfigurations=[
        {"TopicARN": TOPIC, "NotificationTypes": ["autoscaling:EC2_INSTANCE_TERMINATE"]}
    ],
)
HOOK = resource(
    "AWS::AutoScaling::LifecycleHook",
    AutoScalingGroupName="g",
    LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
    NotificationTargetARN=TOPIC,
)
COMMENTS = resource(
    "AWS::CodeStarNotifications::NotificationRule",
    Resource="arn:aws:codecommit:eu-west-1:1:repo",
    EventTypeIds=["codecommit-repository-comments-on-pull-requests"],
    Targets=[{"TargetType": "SNS", "TargetAddress": TOPIC}],
)


@pytest.mark.parametrize(
    ("source", "action", "expected"),
    [
        (SNAPSHOTS, "rds:CopyDBSnapshot", "info"),
        (SNAPSHOTS, "rds:DeleteDBSnapshot", "none"),
        (VAULT, "backup:StartBackupJob", "info"),
        (VAULT, "backup:StartRestoreJob", "none"),
        (GROUP_TOLD, "autoscaling:SetDesiredCapacity", "info"),
        (GROUP_TOLD, "autoscaling:DescribeAutoScalingGroups", "none"),
        (HOOK, "autoscaling:TerminateInstanceInAutoScalingGroup", "info"),
        (COMMENTS, "codecommit:PostCommentForPullRequest", "info"),
        (COMMENTS, "codecommit:PostCommentForComparedCommit", "none"),
    ],
)
def test_a_resource_tells_a_topic_of_its_work(source: Json, action: str, expected: str) -> None:
    assert told(action, Source=source) == expected
