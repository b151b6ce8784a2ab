"""What a task has another service write: where the results of a job go, and whom its end is told.

Keys are those that the service itself makes of the prefix that it is given. Pages of the API, by service:
https://docs.aws.amazon.com/textract/latest/dg/API_OutputConfig.html
https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
https://docs.aws.amazon.com/comprehend/latest/dg/API_OutputDataConfig.html
https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
https://docs.aws.amazon.com/polly/latest/dg/API_StartSpeechSynthesisTask.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.model.path_conditions import Alternatives, Requires
from recursion_lint.model.text import ANY, Text, literal, split_text, strip_prefix, text
from recursion_lint.services.declaration import Output
from recursion_lint.services.registry import declared
from recursion_lint.services.s3.folders import folder
from recursion_lint.services.stepfunctions.states_language import argument
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node


class Place(NamedTuple):
    """Objects that a job writes: the bucket, a key pattern, and what must hold."""

    bucket: Text
    key: Text
    requires: Requires


_COMPREHEND = (
    *("DocumentClassification", "DominantLanguageDetection", "EntitiesDetection", "EventsDetection"),
    *("KeyPhrasesDetection", "PiiEntitiesDetection", "SentimentDetection", "TargetedSentimentDetection"),
    "TopicsDetection",
)
_GROUPS = (
    "FileGroupSettings",
    "HlsGroupSettings",
    "DashIsoGroupSettings",
    "MsSmoothGroupSettings",
    "CmafGroupSettings",
)
_TOPIC = (Output(topic="NotificationChannel.SnsTopicArn"), Output(topic="NotificationChannel.SNSTopicArn"))
"""https://docs.aws.amazon.com/textract/latest/dg/API_NotificationChannel.html"""

_TEXTRACT = Output("OutputConfig.S3Bucket", "OutputConfig.S3Prefix", default="textract_output")
_MODEL_OUTPUT = Output("OutputDataConfig.S3OutputDataConfig.S3Uri")
_UNDECLARED: dict[str, tuple[Output, ...]] = {
    **{
        f"textract:start{work}": (_TEXTRACT, *_TOPIC)
        for work in ("DocumentAnalysis", "DocumentTextDetection", "LendingAnalysis", "ExpenseAnalysis")
    },
    "transcribe:startTranscriptionJob": (
        Output("OutputBucketName", "OutputKey", keys="file", ending=".json"),
    ),
    "transcribe:startMedicalTranscriptionJob": (
        Output("OutputBucketName", "OutputKey", keys="file", ending=".json"),
    ),
    "transcribe:startMedicalScribeJob": (Output("OutputBucketName", keys="file", ending=".json"),),
    "transcribe:startCallAnalyticsJob": (Output("OutputLocation", keys="file", ending=".json"),),
    **{
        f"comprehend:start{work}Job": (Output("OutputDataConfig.S3Uri", ending="output/output.tar.gz"),)
        for work in _COMPREHEND
    },
    "translate:startTextTranslationJob": (Output("OutputDataConfig.S3Uri"),),
    "bedrock:createModelInvocationJob": (_MODEL_OUTPUT,),
    "bedrock:createModelCustomizationJob": (Output("OutputDataConfig.S3Uri"),),
    "bedrock:invokeModel": (Output("Output.S3Uri", keys="key"),),
    "bedrockruntime:startAsyncInvoke": (_MODEL_OUTPUT,),
    "bedrockdataautomationruntime:invokeDataAutomationAsync": (Output("OutputConfiguration.S3Uri"),),
    "polly:startSpeechSynthesisTask": (
        Output("OutputS3BucketName", "OutputS3KeyPrefix", keys="prefix"),
        Output(topic="SnsTopicArn"),
    ),
    "athena:startQueryExecution": (Output("ResultConfiguration.OutputLocation"),),
    "mediaconvert:createJob": tuple(
        Output(f"Settings.OutputGroups.*.OutputGroupSettings.{group}.Destination", keys="prefix")
        for group in _GROUPS
    ),
    "rekognition:startMediaAnalysisJob": (
        Output("OutputConfig.S3Bucket", "OutputConfig.S3KeyPrefix", keys="prefix"),
    ),
    **{
        f"rekognition:start{work}": _TOPIC
        for work in (
            *("CelebrityRecognition", "ContentModeration", "FaceDetection", "FaceSearch"),
            *("LabelDetection", "PersonTracking", "SegmentDetection", "TextDetection"),
        )
    },
    "sagemaker:createTransformJob": (Output("TransformOutput.S3OutputPath"),),
    "sagemaker:createTrainingJob": (Output("OutputDataConfig.S3OutputPath"),),
    "sagemaker:createProcessingJob": (Output("ProcessingOutputConfig.Outputs.*.S3Output.S3Uri"),),
    "rds:startExportTask": (Output("S3BucketName", "S3Prefix"),),
}
"""Calls of services that have no declaration."""


def places(resolver: Resolver, action: str, arguments: Node | None, requires: Requires) -> Iterator[Place]:
    """The objects that the job which ``action`` starts with these arguments writes."""
    for output in _outputs(action):
        for value, needed in _values(resolver, arguments, output.bucket, requires):
            if not output.prefix:
                bucket, key = _parts(strip_prefix(value, "s3://") or value)
                yield Place(bucket, _keys(output, key), needed)
                continue
            prefixes = tuple(_values(resolver, arguments, output.prefix, needed)) or (((), needed),)
            for prefix, also in prefixes:
                yield Place(value, _keys(output, _plain(prefix)), also)


def topics(resolver: Resolver, action: str, arguments: Node | None, requires: Requires) -> Alternatives:
    """The topics that are told how the job ends."""
    return tuple(
        found for output in _outputs(action) for found in _values(resolver, arguments, output.topic, requires)
    )


def _outputs(action: str) -> tuple[Output, ...]:
    service, _, call = action.partition(":")
    return declared(service).outputs.get(call) or _UNDECLARED.get(action, ())


def _keys(output: Output, given: Text) -> Text:
    """The pattern of the keys that the service makes of what it is given."""
    if output.keys == "folder":
        return text([*folder(given or text([output.default])), output.inside, ANY, output.ending])
    if output.keys == "prefix":
        return text([*given, ANY])
    last = given[-1] if given else "/"
    ended = isinstance(last, str) and last.endswith(output.ending or "/")
    whole = ended if output.keys == "file" else not ended
    return given if whole else text([*given, ANY, output.ending])


def _parts(uri: Text) -> tuple[Text, Text]:
    fields = split_text(uri, "/", 1)
    return fields[0], fields[1] if len(fields) == 2 else ()


def _plain(prefix: Text) -> Text:
    """A prefix that is a URI or begins with a slash, as the key has it."""
    return strip_prefix(prefix, "/") or ((ANY,) if literal(prefix) == "/" else prefix)


def _values(
    resolver: Resolver, node: Node | None, path: str, requires: Requires
) -> Iterator[tuple[Text, Requires]]:
    """The values of an argument inside of others; nothing where it is not there, or computed with all around it."""
    if node is None or not path:
        return
    step, _, rest = path.partition(".")
    if step == "*":
        for item, needed in resolver.items(node, requires):
            yield from _values(resolver, item, rest, needed)
    elif not rest:
        yield from argument(resolver, node, step, requires)
    elif node.kind == "map":
        for child, needed in resolver.branches(node.get(step), requires):
            yield from _values(resolver, child, rest, needed)
