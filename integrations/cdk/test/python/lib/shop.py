"""Five stacks. Three loops are planted, at the lines marked with "loop"; Archive and the report have none."""

from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from aws_cdk.aws_s3_notifications import LambdaDestination
from aws_cdk.aws_sns_subscriptions import LambdaSubscription
from constructs import Construct

HANDLERS = Path(__file__).resolve().parents[2] / "handlers"


def handler(scope: Construct, name: str, folder: str, environment: dict[str, str]) -> lambda_.Function:
    return lambda_.Function(
        scope,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="app.handler",
        code=lambda_.Code.from_asset(str(HANDLERS / folder)),
        environment=environment,
    )


class Photos(Stack):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        uploads = s3.Bucket(self, "Uploads")
        resize = handler(self, "Resize", "resize", {"BUCKET": uploads.bucket_name})
        uploads.grant_read_write(resize)
        uploads.add_object_created_notification(LambdaDestination(resize))  # loop: s3-loop


class Orders(Stack):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        jobs = sqs.Queue(self, "Jobs")
        worker = handler(self, "Worker", "worker", {"QUEUE": jobs.queue_url})
        jobs.grant_send_messages(worker)
        worker.add_event_source(SqsEventSource(jobs))  # loop: sqs-loop


class Alarms(Stack):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Alarms")


class Reports(Stack):
    """The third loop passes two stacks: the topic is in Alarms, the function and its subscription are here."""

    def __init__(self, scope: Construct, name: str, *, alarms: sns.Topic, archive: s3.Bucket) -> None:
        super().__init__(scope, name)
        escalate = handler(self, "Escalate", "escalate", {"TOPIC": alarms.topic_arn})
        alarms.grant_publish(escalate)
        alarms.add_subscription(LambdaSubscription(escalate))  # loop: sns-loop

        finished = sqs.Queue(self, "Finished")
        report = handler(self, "Report", "report", {"ARCHIVE": archive.bucket_name})
        archive.grant_put(report)
        report.add_event_source(SqsEventSource(finished))


class Archive(Stack):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.bucket = s3.Bucket(self, "Archive")
