"""``Tag Change on Resource``: an event for each change of tags, whichever call made it.

https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-tag.html
https://docs.aws.amazon.com/tag-editor/latest/userguide/monitor-tag-changes.html
"""

from recursion_lint.services.service_event import ServiceEvent

_TAG_RESOURCE = (
    *("athena", "backup", "batch", "cloudtrail", "codebuild", "codecommit", "codepipeline", "cognito-idp"),
    *("dynamodb", "ecr", "ecs", "eks", "elasticfilesystem", "events", "firehose", "glue", "kms", "lambda"),
    *("logs", "pipes", "scheduler", "secretsmanager", "sns", "states"),
)
_OTHERWISE = {
    "autoscaling": ("CreateOrUpdateTags", "DeleteTags"),
    "ec2": ("CreateTags", "DeleteTags"),
    "elasticloadbalancing": ("AddTags", "RemoveTags"),
    "elasticmapreduce": ("AddTags", "RemoveTags"),
    "es": ("AddTags", "RemoveTags"),
    "iam": ("TagRole", "UntagRole", "TagUser", "UntagUser", "TagPolicy", "UntagPolicy"),
    "kinesis": ("AddTagsToStream", "RemoveTagsFromStream"),
    "rds": ("AddTagsToResource", "RemoveTagsFromResource"),
    "redshift": ("CreateTags", "DeleteTags"),
    "s3": ("PutBucketTagging",),
    "sagemaker": ("AddTags", "DeleteTags"),
    "sqs": ("TagQueue", "UntagQueue"),
    "ssm": ("AddTagsToResource", "RemoveTagsFromResource"),
}

TAG_EVENT = ServiceEvent(
    "aws.tag",
    ("Tag Change on Resource",),
    {
        **{f"tag:{action}": {} for action in ("TagResources", "UntagResources")},
        **{
            f"{prefix}:{action}": {"service": (prefix,)}
            for prefix in _TAG_RESOURCE
            for action in ("TagResource", "UntagResource")
        },
        **{
            f"{prefix}:{action}": {"service": (prefix,)}
            for prefix, actions in _OTHERWISE.items()
            for action in actions
        },
    },
    names={"resources": "arn"},
)
