"""What a task has another service write: where the results of a job go, and whom its end is told.

Keys are those that the service itself makes of the prefix that it is given. Pages of the API, by service:
https://docs.aws.amazon.com/textract/latest/dg/API_OutputConfig.html
https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
https://docs.aws.amazon.com/comprehend/latest/dg/API_OutputDataConfig.html
https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
https://docs.aws.amazon.com/polly/latest/dg/API_StartSpeechSynthesisTask.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html
https://docs.aws.amazon.com/b2bi/latest/APIReference/API_StartTransformerJob.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from recursion_lint.model.path_conditions import Alternatives, Requires
from recursion_lint.model.text import ANY, Part, Text, literal, split_text, strip_prefix, text
from recursion_lint.services.s3.folders import folder
from recursion_lint.services.stepfunctions.states_language import argument
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node

Path = tuple[str, ...]


class Place(NamedTuple):
    """Objects that a job writes: the bucket, a key pattern, and what must hold."""

    bucket: Text
    key: Text
    requires: Requires


class _Output(NamedTuple):
    """Which arguments say where: ``bucket`` and ``prefix``, or ``bucket`` alone where it is an ``s3://`` URI.

    A step ``*`` of a path stands for every element of a list. ``keys`` makes patterns of the prefix.
    """

    bucket: Path
    prefix: Path | None
    keys: Callable[[Text], tuple[Text, ...]]


def _below(*tail: Part, default: str = "", always: str = "") -> Callable[[Text], tuple[Text, ...]]:
    """Keys in the folder that the prefix is: ``out`` → ``out/*``."""

    return lambda prefix: (text([*folder(prefix or text([default])), always, *(tail or (ANY,))]),)


def _beginning(*tail: Part) -> Callable[[Text], tuple[Text, ...]]:
    """Keys that begin with the prefix as it stands: ``out`` → ``out*``."""
    return lambda prefix: (text([*prefix, *(tail or (ANY,))]),)


def _named(ending: str) -> Callable[[Text], tuple[Text, ...]]:
    """The key itself where it has the ending, else a file below it or beside it."""

    def keys(key: Text) -> tuple[Text, ...]:
        whole = bool(key) and isinstance(key[-1], str) and key[-1].endswith(ending)
        return (key if whole else text([*key, ANY, ending]),)

    return keys


def _itself(key: Text) -> tuple[Text, ...]:
    return (text([*key, ANY]) if not key or str(key[-1]).endswith("/") else key,)


_JSON = _named(".json")
_S3_URI = ("OutputDataConfig", "S3Uri")
_COMPREHEND = (
    *("DocumentClassification", "DominantLanguageDetection", "EntitiesDetection", "EventsDetection"),
    *("KeyPhrasesDetection", "PiiEntitiesDetection", "SentimentDetection", "TargetedSentimentDetection"),
    "TopicsDetection",
)
_TEXTRACT = _Output(
    ("OutputConfig", "S3Bucket"), ("OutputConfig", "S3Prefix"), _below(default="textract_output")
)
_GROUPS = (
    "FileGroupSettings",
    "HlsGroupSettings",
    "DashIsoGroupSettings",
    "MsSmoothGroupSettings",
    "CmafGroupSettings",
)
_OUTPUTS: dict[str, tuple[_Output, ...]] = {
    **{
        f"textract:start{work}": (_TEXTRACT,)
        for work in ("DocumentAnalysis", "DocumentTextDetection", "LendingAnalysis", "ExpenseAnalysis")
    },
    "transcribe:startTranscriptionJob": (_Output(("OutputBucketName",), ("OutputKey",), _JSON),),
    "transcribe:startMedicalTranscriptionJob": (_Output(("OutputBucketName",), ("OutputKey",), _JSON),),
    "transcribe:startMedicalScribeJob": (_Output(("OutputBucketName",), None, _JSON),),
    "transcribe:startCallAnalyticsJob": (_Output(("OutputLocation",), None, _JSON),),
    **{
        f"comprehend:start{work}Job": (_Output(_S3_URI, None, _below(ANY, "output/output.tar.gz")),)
        for work in _COMPREHEND
    },
    "translate:startTextTranslationJob": (_Output(_S3_URI, None, _below()),),
    "bedrock:createModelInvocationJob": (
        _Output(("OutputDataConfig", "S3OutputDataConfig", "S3Uri"), None, _below()),
    ),
    "bedrock:createModelCustomizationJob": (_Output(_S3_URI, None, _below()),),
    "bedrock:invokeModel": (_Output(("Output", "S3Uri"), None, _itself),),
    "bedrockruntime:startAsyncInvoke": (
        _Output(("OutputDataConfig", "S3OutputDataConfig", "S3Uri"), None, _below()),
    ),
    "bedrockdataautomationruntime:invokeDataAutomationAsync": (
        _Output(("OutputConfiguration", "S3Uri"), None, _below()),
    ),
    "polly:startSpeechSynthesisTask": (
        _Output(("OutputS3BucketName",), ("OutputS3KeyPrefix",), _beginning()),
    ),
    "athena:startQueryExecution": (_Output(("ResultConfiguration", "OutputLocation"), None, _below()),),
    "mediaconvert:createJob": tuple(
        _Output(
            ("Settings", "OutputGroups", "*", "OutputGroupSettings", group, "Destination"), None, _beginning()
        )
        for group in _GROUPS
    ),
    "rekognition:startMediaAnalysisJob": (
        _Output(("OutputConfig", "S3Bucket"), ("OutputConfig", "S3KeyPrefix"), _beginning()),
    ),
    "sagemaker:createTransformJob": (_Output(("TransformOutput", "S3OutputPath"), None, _below()),),
    "sagemaker:createTrainingJob": (_Output(("OutputDataConfig", "S3OutputPath"), None, _below()),),
    "sagemaker:createProcessingJob": (
        _Output(("ProcessingOutputConfig", "Outputs", "*", "S3Output", "S3Uri"), None, _below()),
    ),
    "dynamodb:exportTableToPointInTime": (
        _Output(("S3Bucket",), ("S3Prefix",), _below(always="AWSDynamoDB/")),
    ),
    "b2bi:startTransformerJob": (
        _Output(("OutputLocation", "BucketName"), ("OutputLocation", "Key"), _below()),
    ),
    "rds:startExportTask": (_Output(("S3BucketName",), ("S3Prefix",), _below()),),
    "logs:createExportTask": (
        _Output(("Destination",), ("DestinationPrefix",), _below(default="exportedlogs")),
    ),
}
_TOLD: dict[str, tuple[Path, ...]] = {
    **dict.fromkeys(
        (
            *(f"textract:start{w}" for w in ("DocumentAnalysis", "DocumentTextDetection", "LendingAnalysis")),
            "textract:startExpenseAnalysis",
            *(
                f"rekognition:start{work}"
                for work in (
                    *("CelebrityRecognition", "ContentModeration", "FaceDetection", "FaceSearch"),
                    *("LabelDetection", "PersonTracking", "SegmentDetection", "TextDetection"),
                )
            ),
        ),
        (("NotificationChannel", "SnsTopicArn"), ("NotificationChannel", "SNSTopicArn")),
    ),
    "ssm:sendCommand": (("NotificationConfig", "NotificationArn"),),
    "polly:startSpeechSynthesisTask": (("SnsTopicArn",),),
}
"""Jobs that are told a topic: https://docs.aws.amazon.com/textract/latest/dg/API_NotificationChannel.html"""


def places(resolver: Resolver, action: str, arguments: Node | None, requires: Requires) -> Iterator[Place]:
    """The objects that the job which ``action`` starts with these arguments writes."""
    for output in _OUTPUTS.get(action, ()):
        for value, needed in _values(resolver, arguments, output.bucket, requires):
            if output.prefix is None:
                bucket, key = _parts(strip_prefix(value, "s3://") or value)
                for made in output.keys(key):
                    yield Place(bucket, made, needed)
                continue
            prefixes = tuple(_values(resolver, arguments, output.prefix, needed)) or (((), needed),)
            for prefix, also in prefixes:
                for made in output.keys(_plain(prefix)):
                    yield Place(value, made, also)


def topics(resolver: Resolver, action: str, arguments: Node | None, requires: Requires) -> Alternatives:
    """The topics that are told how the job ends."""
    return tuple(
        found for path in _TOLD.get(action, ()) for found in _values(resolver, arguments, path, requires)
    )


def _parts(uri: Text) -> tuple[Text, Text]:
    fields = split_text(uri, "/", 1)
    return fields[0], fields[1] if len(fields) == 2 else ()


def _plain(prefix: Text) -> Text:
    """A prefix that is a URI or begins with a slash, as the key has it."""
    return strip_prefix(prefix, "/") or ((ANY,) if literal(prefix) == "/" else prefix)


def _values(
    resolver: Resolver, node: Node | None, path: Path, requires: Requires
) -> Iterator[tuple[Text, Requires]]:
    """The values of an argument inside of others; nothing where it is not there, or computed with all around it."""
    if node is None:
        return
    if path[0] == "*":
        for item, needed in resolver.items(node, requires):
            yield from _values(resolver, item, path[1:], needed)
    elif len(path) == 1:
        yield from argument(resolver, node, path[0], requires)
    elif node.kind == "map":
        for child, needed in resolver.branches(node.get(path[0]), requires):
            yield from _values(resolver, child, path[1:], needed)
