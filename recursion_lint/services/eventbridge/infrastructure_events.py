"""Events about instances, stacks, snapshots, images and findings: who causes them.

Sources and detail types: https://docs.aws.amazon.com/eventbridge/latest/ref/welcome.html
The fields of the events stand on the pages that are named before each group.
"""

from recursion_lint.services.service_event import ServiceEvent, calls

_SNAPSHOT = {"EventCategories": ("creation", "notification")}
_DELETED = {"EventCategories": ("deletion",)}
_RECREATE = ("CreateStack", "UpdateStack", "ExecuteChangeSet", "ContinueUpdateRollback", "RollbackStack")
_STACK_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "UPDATE_IN_PROGRESS")
_GROUP = {"detail.AutoScalingGroupName": "name"}
_IN_GROUP = "autoScalingGroup:*:autoScalingGroupName/"
_CAPACITY = ("SetDesiredCapacity", "UpdateAutoScalingGroup", "ExecutePolicy", "StartInstanceRefresh")
_TERMINATE = ("TerminateInstanceInAutoScalingGroup", "SetInstanceHealth", "DeleteAutoScalingGroup")


def _snapshots(kind: str, source: str) -> ServiceEvent:
    """RDS: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html"""
    made = calls("rds", f"Create{kind}", f"Copy{kind}")
    return ServiceEvent(
        "aws.rds",
        (f"RDS {source} Snapshot Event",),
        {
            **dict.fromkeys(made, _SNAPSHOT),
            f"rds:Delete{kind}": _DELETED
            if kind != "DBSnapshot"
            else {**_DELETED, "EventID": ("RDS-EVENT-0041",)},
            f"rds:Modify{kind}Attribute": {"EventCategories": ("notification",)},
        },
    )


def _database(kind: str, source: str) -> ServiceEvent:
    actions = [f"{verb}{kind}" for verb in ("Create", "Modify", "Delete", "Start", "Stop", "Reboot")]
    return ServiceEvent("aws.rds", (f"RDS {source} Event",), calls("rds", *actions))


INFRASTRUCTURE_EVENTS: tuple[ServiceEvent, ...] = (
    # https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html
    ServiceEvent(
        "aws.autoscaling",
        (
            "EC2 Instance Launch Successful",
            "EC2 Instance Launch Unsuccessful",
            "EC2 Instance-launch Lifecycle Action",
        ),
        calls("autoscaling", "CreateAutoScalingGroup", *_CAPACITY, *_TERMINATE[:2], "ExitStandby"),
        {},
        _GROUP,
        _IN_GROUP,
        "AutoScalingGroupName",
    ),
    ServiceEvent(
        "aws.autoscaling",
        (
            "EC2 Instance Terminate Successful",
            "EC2 Instance Terminate Unsuccessful",
            "EC2 Instance-terminate Lifecycle Action",
        ),
        {**calls("autoscaling", *_TERMINATE, *_CAPACITY), **calls("ec2", "TerminateInstances")},
        {},
        _GROUP,
        _IN_GROUP,
        "AutoScalingGroupName",
    ),
    ServiceEvent(
        "aws.autoscaling",
        (
            "EC2 Auto Scaling Instance Refresh Started",
            "EC2 Auto Scaling Instance Refresh Succeeded",
            "EC2 Auto Scaling Instance Refresh Checkpoint Reached",
            "EC2 Auto Scaling Instance Refresh Failed",
            "EC2 Auto Scaling Instance Refresh Cancelled",
        ),
        calls("autoscaling", "StartInstanceRefresh", "RollbackInstanceRefresh"),
        {},
        _GROUP,
        _IN_GROUP,
        "AutoScalingGroupName",
    ),
    # https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
    ServiceEvent(
        "aws.backup",
        ("Backup Job State Change",),
        calls("backup", "StartBackupJob"),
        {"state": ("CREATED", "PENDING", "RUNNING", "COMPLETED")},
        {"detail.backupVaultName": "name"},
        "backup-vault:",
        "BackupVaultName",
    ),
    ServiceEvent(
        "aws.backup",
        ("Copy Job State Change",),
        calls("backup", "StartCopyJob"),
        {"state": ("CREATED", "RUNNING", "COMPLETED")},
    ),
    ServiceEvent(
        "aws.backup",
        ("Restore Job State Change",),
        calls("backup", "StartRestoreJob"),
        {"status": ("PENDING", "RUNNING", "COMPLETED")},
    ),
    ServiceEvent(
        "aws.backup",
        ("Recovery Point State Change", "Recovery Point Change", "Recovery Point Index State Change"),
        {
            **calls("backup", "StartBackupJob", "StartCopyJob", "UpdateRecoveryPointLifecycle"),
            **calls("backup", "DeleteRecoveryPoint", status=("DELETING", "DELETED")),
        },
        {"status": ("PARTIAL", "AVAILABLE", "COMPLETED")},
    ),
    ServiceEvent(
        "aws.backup",
        ("Backup Plan State Change",),
        calls("backup", "CreateBackupPlan", "UpdateBackupPlan", "DeleteBackupPlan"),
    ),
    ServiceEvent(
        "aws.backup",
        ("Backup Vault State Change",),
        calls("backup", "CreateBackupVault", "DeleteBackupVault", "PutBackupVaultNotifications"),
    ),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/events-detail-reference.html
    ServiceEvent(
        "aws.cloudformation",
        ("CloudFormation Stack Status Change", "CloudFormation Stack State Change"),
        calls("cloudformation", *_RECREATE, "DeleteStack", "CancelUpdateStack"),
        {"status-details.status": _STACK_DONE},
        {"detail.stack-id": "arn"},
        "stack/",
    ),
    ServiceEvent(
        "aws.cloudformation",
        ("CloudFormation Resource Status Change",),
        calls("cloudformation", *_RECREATE, "DeleteStack"),
        {"status-details.status": _STACK_DONE},
        {"detail.stack-id": "arn"},
        "stack/",
    ),
    ServiceEvent(
        "aws.cloudformation",
        ("CloudFormation Drift Detection Status Change",),
        calls("cloudformation", "DetectStackDrift", "DetectStackResourceDrift"),
        {},
        {"detail.stack-id": "arn"},
        "stack/",
    ),
    ServiceEvent(
        "aws.cloudformation",
        (
            "CloudFormation StackSet Status Change",
            "CloudFormation StackSet Operation Status Change",
            "CloudFormation StackSet StackInstance Status Change",
        ),
        calls(
            "cloudformation",
            "CreateStackSet",
            "UpdateStackSet",
            "DeleteStackSet",
            "CreateStackInstances",
            "UpdateStackInstances",
            "DeleteStackInstances",
        ),
    ),
    # https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
    ServiceEvent(
        "aws.codedeploy",
        (
            "CodeDeploy Deployment State-change Notification",
            "CodeDeploy Instance State-change Notification",
        ),
        {
            **calls("codedeploy", "CreateDeployment", "ContinueDeployment"),
            **calls("codedeploy", "StopDeployment", state=("STOP",)),
        },
        {"state": ("START", "SUCCESS", "READY")},
        {"detail.application": "name"},
        "deploymentgroup:",
        "ApplicationName",
    ),
    # https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html
    ServiceEvent(
        "aws.ec2",
        ("EBS Snapshot Notification",),
        {
            **calls("ec2", "CreateSnapshot", event=("createSnapshot",)),
            **calls("ec2", "CreateSnapshots", event=("createSnapshots", "createSnapshot")),
            **calls("ec2", "CopySnapshot", event=("copySnapshot",)),
            **calls("ec2", "ModifySnapshotAttribute", event=("shareSnapshot",)),
            **calls("ec2", "LockSnapshot", event=("lockSnapshot",)),
        },
        {"result": ("succeeded",)},
    ),
    ServiceEvent(
        "aws.ec2",
        ("EBS Multi-Volume Snapshots Completion Status",),
        calls("ec2", "CreateSnapshots", event=("createSnapshots",)),
        {"result": ("succeeded",)},
    ),
    ServiceEvent(
        "aws.ec2",
        ("EBS Volume Notification",),
        {
            **calls("ec2", "CreateVolume", event=("createVolume",)),
            **calls("ec2", "DeleteVolume", event=("deleteVolume",)),
            **calls("ec2", "AttachVolume", event=("attachVolume", "reattachVolume")),
            **calls("ec2", "DetachVolume", event=("detachVolume",)),
            **calls("ec2", "ModifyVolume", event=("modifyVolume",)),
        },
        {"result": ("available", "deleted", "attached", "optimizing", "completed")},
    ),
    ServiceEvent(
        "aws.ec2",
        ("EBS Fast Snapshot Restore State-change Notification",),
        calls("ec2", "EnableFastSnapshotRestores", "DisableFastSnapshotRestores"),
    ),
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
    ServiceEvent(
        "aws.ec2",
        ("EC2 Instance State-change Notification",),
        {
            **calls("ec2", "RunInstances", "StartInstances", "CreateFleet", state=("pending", "running")),
            **calls("ec2", "StopInstances", state=("stopping", "stopped")),
            **calls("ec2", "TerminateInstances", state=("shutting-down", "terminated")),
        },
    ),
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-ami-events.html
    ServiceEvent(
        "aws.ec2",
        ("EC2 AMI State Change",),
        {
            **calls("ec2", "CreateImage", "CopyImage", "RegisterImage", State=("pending", "available")),
            **calls("ec2", "DeregisterImage", State=("deregistered",)),
            **calls("ec2", "DisableImage", State=("disabled",)),
        },
    ),
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
    ServiceEvent(
        "aws.ecr",
        ("ECR Image Action",),
        {
            **calls("ecr", "PutImage", action_type=("PUSH",)),
            **calls("ecr", "BatchDeleteImage", action_type=("DELETE",)),
        },
        {"result": ("SUCCESS",)},
        {"detail.repository-name": "name"},
        "repository/",
        "RepositoryName",
    ),
    ServiceEvent(
        "aws.ecr",
        ("ECR Image Scan",),
        calls("ecr", "StartImageScan", "PutImage"),
        {"scan-status": ("COMPLETE",)},
        {"detail.repository-name": "name"},
        "repository/",
        "RepositoryName",
    ),
    ServiceEvent("aws.ecr", ("ECR Replication Action",), calls("ecr", "PutImage")),
    # https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html
    ServiceEvent("aws.inspector2", ("Inspector2 Scan",), calls("ecr", "PutImage")),
    _snapshots("DBSnapshot", "DB"),
    _snapshots("DBClusterSnapshot", "DB Cluster"),
    _database("DBInstance", "DB Instance"),
    _database("DBCluster", "DB Cluster"),
    # https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
    ServiceEvent(
        "aws.securityhub",
        ("Security Hub Findings - Imported", "Findings Imported V2"),
        calls("securityhub", "BatchImportFindings", "BatchUpdateFindings", "BatchUpdateFindingsV2"),
    ),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    ServiceEvent(
        "aws.cloudwatch",
        ("CloudWatch Alarm State Change",),
        calls("cloudwatch", "SetAlarmState"),
        {},
        {"detail.alarmName": "name"},
        "alarm:",
        "AlarmName",
    ),
    # https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
    ServiceEvent(
        "aws.config",
        ("Config Rules Compliance Change",),
        calls("config", "StartConfigRulesEvaluation", "PutEvaluations", "PutExternalEvaluation"),
    ),
    # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_EventBridge.html
    ServiceEvent(
        "aws.dms",
        ("DMS Replication Task State Change",),
        calls("dms", *(f"{verb}ReplicationTask" for verb in ("Create", "Start", "Stop", "Modify", "Delete"))),
    ),
    # https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_cloudwatch.html
    ServiceEvent("aws.guardduty", ("GuardDuty Finding",), calls("guardduty", "CreateSampleFindings")),
)
