"""Handlers in Python: which calls are found, with which targets, keys and contents, under which conditions."""

from __future__ import annotations

import pytest
from handler_code import BUCKET, KEY, conditions, gaps, only, python, shown, writes

from recursion_lint.code.calls import Unknown
from recursion_lint.code.service_jobs import may_write_objects

HEAD = """
import boto3, json, os
from urllib.parse import unquote_plus
s3 = boto3.client("s3")
"""


def handler(*lines: str, head: str = HEAD) -> str:
    """A handler with these lines as its body."""
    return head + "def handler(event, context):\n" + "".join(f"    {line}\n" for line in lines)


RECORD = (
    'r = event["Records"][0]["s3"]',
    'bucket, key = r["bucket"]["name"], unquote_plus(r["object"]["key"])',
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('s3.put_object(Bucket=bucket, Key=key, Body=b"")', f"s3.PutObject {BUCKET} {KEY}"),
        ('s3.put_object(Bucket="out", Key="a/" + key)', f"s3.PutObject 'out' 'a/'+{KEY}"),
        ('s3.put_object(Bucket=os.environ["OUT"], Key=f"a/{key}.b")', f"s3.PutObject env:OUT 'a/'+{KEY}+'.b'"),
        ('s3.put_object(Bucket=os.getenv("OUT", "x"), Key="a")', "s3.PutObject env:OUT|'x' 'a'"),
        ('s3.put_object(Bucket=os.environ.get("OUT") or "x", Key="a")', "s3.PutObject env:OUT|'x' 'a'"),
        ('s3.put_object(Bucket=bucket + "-small", Key=key)', f"s3.PutObject {BUCKET}+'-small' {KEY}"),
        ('s3.put_object(Bucket="%s-small" % bucket, Key="a/{}".format(key))', f"s3.PutObject {BUCKET}+'-small' 'a/'+{KEY}"),
        ('s3.put_object(**{"Bucket": bucket, "Key": key})', f"s3.PutObject {BUCKET} {KEY}"),
        ('s3.put_object(Bucket=bucket, Key=os.path.join("a", key))', f"s3.PutObject {BUCKET} 'a/'+{KEY}"),
        ('s3.put_object(Bucket=bucket, Key=os.path.basename(key))', f"s3.PutObject {BUCKET} basename({KEY})"),
        ('s3.put_object(Bucket=bucket, Key="/".join(["a", key, "b"]))', f"s3.PutObject {BUCKET} 'a/'+{KEY}+'/b'"),
        ('s3.put_object(Bucket=bucket, Key=key.replace("+", " "))', f"s3.PutObject {BUCKET} {KEY}"),
        ('s3.put_object(Bucket=bucket, Key=key.split(".")[0] + ".mp3")', f"s3.PutObject {BUCKET} item(split({KEY},'.'),0)+'.mp3'"),
        ('s3.upload_file("/tmp/x", bucket, key)', f"s3.PutObject {BUCKET} {KEY}"),
        ('s3.upload_fileobj(body, Bucket=bucket, Key=key)', f"s3.PutObject {BUCKET} {KEY}"),
        ('s3.copy({"Bucket": "in", "Key": key}, bucket, key)', f"s3.CopyObject {BUCKET} {KEY}"),
        ('s3.copy_object(Bucket=bucket, Key=key, CopySource=f"in/{key}")', f"s3.CopyObject {BUCKET} {KEY}"),
        ('s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})', f"s3.DeleteObjects {BUCKET} {KEY}"),
        ('boto3.resource("s3").Bucket(bucket).upload_file("/tmp/x", key)', f"s3.PutObject {BUCKET} {KEY}"),
        ('boto3.resource("s3").Bucket(bucket).put_object(Key=key, Body="")', f"s3.PutObject {BUCKET} {KEY}"),
        ('boto3.resource("s3").Object(bucket, key).put(Body="")', f"s3.PutObject {BUCKET} {KEY}"),
        ('boto3.resource("s3").Bucket(bucket).Object(key).copy_from(CopySource="x/y")', f"s3.CopyObject {BUCKET} {KEY}"),
        ('boto3.resource("s3").meta.client.upload_file("/tmp/x", bucket, key)', f"s3.PutObject {BUCKET} {KEY}"),
        ('boto3.Session().client("s3").put_object(Bucket=bucket, Key=key)', f"s3.PutObject {BUCKET} {KEY}"),
        ('boto3.session.Session(profile_name="x").client(service_name="s3").put_object(Bucket=bucket, Key=key)', f"s3.PutObject {BUCKET} {KEY}"),
        ('boto3.client("sqs").send_message(QueueUrl=os.environ["Q"], MessageBody="x")', "sqs.SendMessage env:Q"),
        ('q = boto3.client("sqs"); q.send_message(QueueUrl=q.get_queue_url(QueueName="jobs")["QueueUrl"], MessageBody="")', "sqs.SendMessage queue_url('jobs')"),
        ('boto3.resource("sqs").get_queue_by_name(QueueName=os.environ["Q"]).send_message(MessageBody="x")', "sqs.SendMessage queue_url(env:Q)"),
        ('boto3.resource("sns").Topic(os.environ["T"]).publish(Message="x")', "sns.Publish env:T"),
        ('boto3.client("lambda").invoke(FunctionName=context.function_name, Payload=b"")', "lambda.Invoke context:function_name"),
        ('boto3.client("stepfunctions").start_execution(stateMachineArn=os.environ["M"], input="{}")', "stepfunctions.StartExecution env:M"),
        ('boto3.client("events").put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])', "events.PutEvents -"),
        ('boto3.client("dynamodb").put_item(TableName="t", Item={"pk": {"S": key}})', "dynamodb.PutItem 't'"),
        ('boto3.resource("dynamodb").Table(os.environ["T"]).update_item(Key={"pk": key}, UpdateExpression="SET a = :a")', "dynamodb.UpdateItem env:T {pk:" + KEY + "}"),
        ('boto3.client("dynamodb").batch_write_item(RequestItems={os.environ["T"]: [{"PutRequest": {"Item": {}}}]})', "dynamodb.BatchWriteItem env:T"),
        ("boto3.client(\"dynamodb\").execute_statement(Statement=f\"INSERT INTO \\\"{os.environ['T']}\\\" VALUE {{}}\")", "dynamodb.ExecuteStatement env:T"),
        ('boto3.client("dynamodb").batch_execute_statement(Statements=[{"Statement": "DELETE FROM jobs WHERE id=?"}])', "dynamodb.BatchExecuteStatement 'jobs'"),
        ('boto3.client("dynamodb").execute_transaction(TransactStatements=[{"Statement": "UPDATE jobs SET a=1"}])', "dynamodb.ExecuteTransaction 'jobs'"),
        ('boto3.client("codebuild").retry_build(id="site:1f2e")', "codebuild.RetryBuild ?"),
        ('boto3.client("ssm").delete_parameters(Names=["/app/a"])', "ssm.DeleteParameters '/app/a' '/app/a'"),
        ('boto3.client("databrew").start_job_run(Name="clean")', "databrew.StartJobRun 'clean'"),
        ('boto3.client("transcribe").start_transcription_job(TranscriptionJobName="j", OutputBucketName=bucket)', f"transcribe.StartTranscriptionJob {BUCKET} 'j.json'"),
        ('boto3.client("transcribe").start_transcription_job(TranscriptionJobName="j", Media={"MediaFileUri": "u"})', "transcribe.StartTranscriptionJob kept_by_the_service() 'j.json'"),
        ('boto3.client("textract").start_document_analysis(DocumentLocation={}, FeatureTypes=["FORMS"])', "textract.StartDocumentAnalysis kept_by_the_service() ?"),
        ('boto3.client("textract").start_document_text_detection(DocumentLocation={}, OutputConfig={"S3Bucket": bucket})', f"textract.StartDocumentTextDetection {BUCKET} ?"),
        ('boto3.client("textract").start_document_analysis(DocumentLocation={}, OutputConfig={"S3Bucket": "b"} if key else None)', "textract.StartDocumentAnalysis {'b'|kept_by_the_service()} ?"),
        ('boto3.client("polly").start_speech_synthesis_task(Text="t")', "polly.StartSpeechSynthesisTask - ?"),
        ('boto3.client("athena").start_query_execution(QueryString="SELECT 1")', "athena.StartQueryExecution - ?"),
        ('boto3.client("athena").start_query_execution(QueryString="SELECT 1", ResultConfiguration={"OutputLocation": "s3://b/p/"})', "athena.StartQueryExecution 'b' 'p/'+?"),
        ('boto3.client("athena").start_query_execution(QueryString="UNLOAD (SELECT 1) TO \'s3://c/\'", ResultConfiguration={"OutputLocation": "s3://b/p/"})', "athena.StartQueryExecution {'b'|?} {'p/'+?|?}"),
        ('boto3.client("athena").start_query_execution(QueryString="INSERT INTO t SELECT 1", ResultConfiguration={"OutputLocation": "s3://b/p/"})', "athena.StartQueryExecution {'b'|?} {'p/'+?|?}"),
        ('boto3.client("transcribe").start_transcription_job(TranscriptionJobName="j", OutputBucketName=bucket, Subtitles={"Formats": ["srt", "vtt"]})', f"transcribe.StartTranscriptionJob {BUCKET} {{'j'+?+'.srt'|'j'+?+'.vtt'|'j.json'}}"),
        ('boto3.client("transcribe").start_transcription_job(TranscriptionJobName="j", OutputBucketName=bucket, OutputKey="out/a.json", Subtitles={"Formats": ["srt"]})', f"transcribe.StartTranscriptionJob {BUCKET} {{'out/a'+?+'.srt'|'out/a.json'}}"),
        ('boto3.client("transcribe").start_transcription_job(TranscriptionJobName="j", OutputBucketName=bucket, OutputKey="out/a.json", ContentRedaction={"RedactionType": "PII"})', f"transcribe.StartTranscriptionJob {BUCKET} 'out/'+?"),
        ('context.invoke("other", {"a": 1})', "lambda.Invoke 'other'"),
    ],
)  # fmt: skip
def test_calls_of_the_sdk(line: str, expected: str) -> None:
    """One call each, with the values that stand in it."""
    assert writes(python(handler(*RECORD, line))) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        's3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key})',
        "s3.get_object(Bucket=bucket, Key=key)",
        'boto3.client("dynamodb").batch_execute_statement(Statements=[{"Statement": "SELECT * FROM t"}])',
        'boto3.client("dynamodb").execute_statement(Statement="SELECT * FROM t")',
        "import aws_xray_sdk",
        "print(s3.put_object)",
    ],
)
def test_what_writes_nothing(line: str) -> None:
    assert writes(found := python(handler(*RECORD, line))) == []
    assert not found.gaps


def test_batch_writer() -> None:
    lines = (
        'table = boto3.resource("dynamodb").Table("t")',
        "with table.batch_writer() as batch:",
        '    batch.put_item(Item={"pk": "a"})',
    )
    site = only(python(handler(*lines)))
    assert (site.operation, shown(site.target), site.events) == (
        "dynamodb.BatchWriteItem",
        "'t'",
        ("INSERT", "MODIFY"),
    )
    assert shown(site.value("item")) == "{pk:'a'}"


def test_entries_are_told_apart() -> None:
    entries = (
        '[{"Source": "a", "DetailType": "b"}, {"Source": "c", "DetailType": "d", "EventBusName": "bus"}]'
    )
    found = python(handler(f'boto3.client("events").put_events(Entries={entries})'))
    assert [
        (shown(x.target), shown(x.value("source")), shown(x.value("detail_type"))) for x in found.calls
    ] == [
        ("-", "'a'", "'b'"),
        ("'bus'", "'c'", "'d'"),
    ]


def test_transactions_by_what_they_do() -> None:
    items = (
        '[{"Put": {"TableName": "a", "Item": {}}}, {"Delete": {"TableName": "b", "Key": {}}},'
        ' {"ConditionCheck": {"TableName": "c"}}]'
    )
    found = python(handler(f'boto3.client("dynamodb").transact_write_items(TransactItems={items})'))
    assert [(shown(x.target), x.events) for x in found.calls] == [
        ("'a'", ("INSERT", "MODIFY")),
        ("'b'", ("REMOVE",)),
    ]


def test_where_a_call_stands() -> None:
    site = only(python(handler('ä = 1; s3.put_object(Bucket="b",', '    Key="k")')))
    assert (site.file, site.line, site.column, site.end_line, site.end_column) == ("app.py", 6, 12, 7, 17)
    assert site.call == "s3.put_object"


# Structure --------------------------------------------------------------------------------------------------------------

PLAIN = handler(*RECORD, 's3.put_object(Bucket=os.environ["OUT"], Key="a/" + key, Body="x")')
VARIANTS = {
    "renamed": PLAIN.replace("key", "name").replace("Key", "Key").replace('["name"], unquote_plus(r["object"]["name"]', '["name"], unquote_plus(r["object"]["key"]'),
    "class": HEAD + """
class Store:
    prefix = "a/"
    def __init__(self, client=None):
        self.client = client or boto3.client("s3")
        self.bucket = os.environ["OUT"]
    def save(self, key):
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body="x")
store = Store()
def handler(event, context):
    store.save(unquote_plus(event["Records"][0]["s3"]["object"]["key"]))
""",
    "inherited": HEAD + """
class Base:
    def __init__(self, bucket):
        self.bucket = bucket
    def save(self, key):
        s3.put_object(Bucket=self.bucket, Key=self.name(key))
class Store(Base):
    def __init__(self):
        super().__init__(os.environ["OUT"])
    def name(self, key):
        return "a/" + key
def handler(event, context):
    Store().save(event["Records"][0]["s3"]["object"]["key"])
""",
    "injected": HEAD + """
class Store:
    def __init__(self, client, *, bucket):
        self._client, self._bucket = client, bucket
    def __call__(self, key):
        return self._client.put_object(Bucket=self._bucket, Key=f"a/{key}")
def handler(event, context, store=Store(s3, bucket=os.environ["OUT"])):
    for record in event.get("Records", []):
        store(record["s3"]["object"]["key"])
""",
    "resource": HEAD + """
out = boto3.resource("s3").Bucket(os.environ["OUT"])
def handler(event, context):
    [out.put_object(Key="a/" + r["s3"]["object"]["key"]) for r in event["Records"]]
""",
    "closure": HEAD + """
def saver(bucket):
    def save(key, prefix="a/"):
        s3.put_object(Bucket=bucket, Key=prefix + key)
    return save
def handler(event, context):
    list(map(lambda r: saver(os.environ["OUT"])(r["s3"]["object"]["key"]), event["Records"]))
""",
    "parameters": HEAD + """
def handler(event, context):
    params = {"Bucket": os.environ["OUT"]}
    params["Key"] = "a/" + event["Records"][0]["s3"]["object"]["key"]
    params.update(Body="x")
    s3.put_object(**params)
""",
    "decorated": HEAD + """
import functools
from aws_lambda_powertools import Logger, Tracer
logger, tracer = Logger(), Tracer()
def wrap(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        finally:
            print("done")
    return inner
@logger.inject_lambda_context(log_event=True)
@tracer.capture_lambda_handler
@wrap
def handler(event, context):
    s3.put_object(Bucket=os.environ["OUT"], Key="a/" + event["Records"][0]["s3"]["object"]["key"])
""",
    "lazy": HEAD + """
client = None
def get():
    global client
    if client is None:
        client = boto3.client("s3")
    return client
def handler(event, context):
    get().put_object(Bucket=os.environ["OUT"], Key="a/" + event["Records"][0]["s3"]["object"]["key"])
""",
    "thread": HEAD + """
from concurrent.futures import ThreadPoolExecutor
def save(key):
    s3.put_object(Bucket=os.environ["OUT"], Key="a/" + key)
def handler(event, context):
    with ThreadPoolExecutor() as pool:
        for r in event["Records"]:
            save(r["s3"]["object"]["key"])
""",
    "async": HEAD + """
import asyncio
async def save(key):
    s3.put_object(Bucket=os.environ["OUT"], Key="a/" + key)
async def main(event):
    await asyncio.gather(*[save(r["s3"]["object"]["key"]) for r in event["Records"]])
def handler(event, context):
    asyncio.run(main(event))
""",
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_the_same_call_in_another_shape(name: str) -> None:
    """However the code is laid out, the call has the same target and key."""
    found = python(VARIANTS[name])
    assert set(writes(found)) == {f"s3.PutObject env:OUT 'a/'+{KEY}"}
    assert not gaps(found)
    assert all(site.reached for site in found.calls)


MODULES = {
    "beside": ("from store import save", {"store.py": "@"}),
    "package": ("from lib import store\nsave = store.save", {"lib/__init__.py": "", "lib/store.py": "@"}),
    "folder": ("import lib.store\nsave = lib.store.save", {"lib/store.py": "@"}),
    "star": ("from store import *", {"store.py": "@"}),
    "reexported": (
        "from lib import save",
        {"lib/__init__.py": "from .store import save", "lib/store.py": "@"},
    ),
    "layer": ("from shared import save", {"layer/python/shared.py": "@"}),
    "elsewhere": ("from commons.shared import save", {"other/commons/shared.py": "@"}),
    "inside": ("def save(key):\n    from store import save as inner\n    inner(key)", {"store.py": "@"}),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_call_in_another_module(name: str) -> None:
    imported, files = MODULES[name]
    store = HEAD + 'def save(key):\n    s3.put_object(Bucket=os.environ["OUT"], Key="a/" + key)\n'
    body = imported + '\ndef handler(event, context):\n    save(event["Records"][0]["s3"]["object"]["key"])\n'
    found = python(body, {path: text.replace("@", store) for path, text in files.items()})
    assert writes(found) == [f"s3.PutObject env:OUT 'a/'+{KEY}"]
    assert [gap for gap in gaps(found) if "loaded" not in gap] == []


def test_settings_of_a_module_and_a_class() -> None:
    config = """
    import os
    from pydantic_settings import BaseSettings
    TABLE = os.environ["TABLE"]
    class Settings(BaseSettings):
        out_bucket: str
    settings = Settings()
    """
    source = handler(
        's3.put_object(Bucket=config.settings.out_bucket, Key="a")',
        'boto3.resource("dynamodb").Table(config.TABLE).put_item(Item={})',
        head=HEAD + "import config\n",
    )
    assert writes(python(source, {"config.py": config})) == [
        "s3.PutObject env:OUT_BUCKET 'a'",
        "dynamodb.PutItem env:TABLE",
    ]


def test_data_classes_of_powertools_are_the_event() -> None:
    source = HEAD + (
        "from aws_lambda_powertools.utilities.data_classes import S3Event, event_source\n"
        "@event_source(data_class=S3Event)\n"
        "def handler(event, context):\n"
        "    for record in event.records:\n"
        "        s3.put_object(Bucket=record.s3.bucket.name, Key=record.s3.get_object.key)\n"
    )
    assert writes(python(source)) == [f"s3.PutObject {BUCKET} {KEY}"]


def test_batch_processing_of_powertools() -> None:
    source = HEAD + (
        "from aws_lambda_powertools.utilities.batch import BatchProcessor, process_partial_response\n"
        "def work(record):\n"
        '    boto3.client("sqs").send_message(QueueUrl="q", MessageBody=record.body)\n'
        "def handler(event, context):\n"
        "    return process_partial_response(event=event, record_handler=work, processor=BatchProcessor())\n"
    )
    site = only(python(source))
    assert (shown(site.value("body")), site.reached) == ("event:Records.[].body", True)


def test_idempotency_is_a_condition_and_a_write() -> None:
    source = HEAD + (
        "from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent\n"
        'layer = DynamoDBPersistenceLayer(table_name=os.environ["SEEN"])\n'
        "@idempotent(persistence_store=layer)\n"
        "def handler(event, context):\n"
        '    s3.put_object(Bucket="b", Key="k")\n'
    )
    found = python(source)
    assert writes(found) == ["dynamodb.PutItem env:SEEN", "s3.PutObject 'b' 'k'"]
    assert conditions(found.calls[1]) == ["not (the event was not worked on before (idempotent))"]


HANDED = {
    "web framework": """
from fastapi import FastAPI
from mangum import Mangum
app = FastAPI()
@app.post("/a")
def save(): WRITE
handler = Mangum(app)
""",
    "thread class": """
import threading
class Work(threading.Thread):
    def run(self): WRITE
def handler(event, context):
    Work().start()
""",
    "container of classes": """
from injector import Injector, inject
class Store:
    def __init__(self, a): self.a = a
    def save(self): WRITE
def handler(event, context):
    Injector().get(Store).save()
""",
    "object at module level": """
from lib import make
class Store:
    def save(self): WRITE
handler = make(Store())
""",
    "callback in a table": """
from lib import run
def handler(event, context):
    run({"steps": [{"do": lambda: WRITE}]})
""",
    "observer": """
from lib import Bus
bus = Bus()
@bus.on("x")
def save(x): WRITE
def handler(event, context):
    bus.emit("x", 1)
""",
}


@pytest.mark.parametrize("name", HANDED)
def test_what_code_that_is_not_read_may_call(name: str) -> None:
    """Such calls are found, and it is said that they are not surely reached."""
    source = HEAD + HANDED[name].replace("WRITE", 's3.put_object(Bucket="b", Key="k")')
    packages = {"requirements.txt": "fastapi mangum injector lib"}
    found = python(source, packages)
    assert writes(found) == ["s3.PutObject 'b' 'k'"]
    assert not found.calls[0].reached
    assert not found.gaps


def test_pools_of_threads() -> None:
    lines = ("from concurrent.futures import ThreadPoolExecutor", "with ThreadPoolExecutor() as pool:",
             "    pool.submit(save, event['key'])", "    list(pool.map(save, event['keys']))")  # fmt: skip
    head = HEAD + "def save(key):\n    s3.put_object(Bucket='b', Key=key)\n"
    assert writes(python(handler(*lines, head=head)))[0] == "s3.PutObject 'b' event:key"


def test_properties_with_setters() -> None:
    source = HEAD + (
        "class A:\n    def __init__(self): self._b = 'x'\n    @property\n    def b(self): return self._b\n"
        "    @b.setter\n    def b(self, value): self._b = value + '-y'\n"
        "def handler(event, context):\n    a = A()\n    a.b = 'z'\n    s3.put_object(Bucket=a.b, Key='k')\n"
    )
    assert writes(python(source)) == ["s3.PutObject 'z-y' 'k'"]


# Conditions ---------------------------------------------------------------------------------------------------------------

PUT = 's3.put_object(Bucket="b", Key="k")'


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((PUT,), []),
        (('if event["a"]:', f"    {PUT}"), ['event["a"]']),
        (('if event["a"]: return', PUT), ['not (event["a"])']),
        (('if not event["a"]: return', PUT), ['not (not event["a"])']),
        (('if event["a"]: raise ValueError()', PUT), ['not (event["a"])']),
        (('for r in event["Records"]:', '    if r["a"]: continue', f"    {PUT}"), ['not (r["a"])']),
        (('if event["a"]:', "    if event['b']: return", PUT), ["not (event[\"a\"] and event['b'])"]),
        (('assert event["a"]', PUT), ['not (event["a"])']),
        (('event["a"] and ' + PUT,), ['event["a"]']),
        ((f'{PUT} if event["a"] else None',), ['event["a"]']),
        ((f'[{PUT} for r in event["Records"] if r["a"]]',), ['r["a"]']),
        (('while event["a"]:', f"    {PUT}"), ['event["a"]']),
        (("try:", "    x = json.loads(event['a'])", "except ValueError:", "    return", PUT), []),
    ],
)
def test_conditions_on_the_way(lines: tuple[str, ...], expected: list[str]) -> None:
    assert conditions(only(python(handler(*lines)))) == expected


def test_a_check_in_a_function_that_raises() -> None:
    source = HEAD + (
        "def check(key):\n    if key.startswith('a/'):\n        raise ValueError(key)\n"
        "def handler(event, context):\n    check(event['key'])\n    s3.put_object(Bucket='b', Key='k')\n"
    )
    assert conditions(only(python(source))) == ["not (key.startswith('a/'))"]


def test_a_check_in_a_function_that_returns_a_truth_value() -> None:
    source = HEAD + (
        "def done(key):\n    if key.startswith('a/'):\n        return True\n    return False\n"
        "def handler(event, context):\n    if done(event['key']): return\n    s3.put_object(Bucket='b', Key='k')\n"
    )
    (guard,) = only(python(source)).guards
    assert shown(guard.test) == "when(startswith(event:key,'a/'),True,False)"


def test_a_refused_write_guards_what_follows() -> None:
    lines = (
        'table = boto3.resource("dynamodb").Table("seen")',
        "try:",
        '    table.put_item(Item={"pk": event["id"]}, ConditionExpression="attribute_not_exists(pk)")',
        "except Exception:",
        "    return",
        PUT,
    )
    put, write = python(handler(*lines)).calls
    assert conditions(put) == ["not (only if attribute_not_exists(pk))"]
    assert conditions(write) == ["not (only if attribute_not_exists(pk))"]


def test_an_ignored_refusal_guards_nothing() -> None:
    lines = (
        'table = boto3.resource("dynamodb").Table("seen")',
        "try:",
        '    table.put_item(Item={"pk": event["id"]}, ConditionExpression="attribute_not_exists(pk)")',
        "except Exception:",
        "    pass",
        PUT,
    )
    assert conditions(python(handler(*lines)).calls[1]) == []


def test_error_handlers_and_questions_whether_something_is_there() -> None:
    lines = ("try:", "    work(event)", "except Exception:", f"    {PUT}")
    assert only(python(handler(*lines, head=HEAD + "def work(e): json.loads(e)\n"))).on_error
    asked = ("try:", '    s3.head_object(Bucket="b", Key="k")', "except Exception:", f"    {PUT}")
    site = only(python(handler(*asked)))
    assert not site.on_error
    assert conditions(site) == ["s3.HeadObject is refused"]


# Traps --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        HEAD + f"def unused():\n    {PUT}\ndef handler(event, context):\n    pass\n",
        handler("if False:", f"    {PUT}"),
        handler("return", PUT),
        handler("DEBUG = 0", "if DEBUG:", f"    {PUT}"),
        handler("pass") + f"if __name__ == '__main__':\n    {PUT}\n",
        HEAD + f"def other(event, context):\n    {PUT}\ndef handler(event, context):\n    return 1\n",
    ],
)
def test_code_that_is_not_reached(source: str) -> None:
    assert writes(found := python(source)) == []
    assert not found.gaps


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The value of a later round of a loop, of a later call, of a state at break or continue.
        (("last = None", 'for r in event["R"]:', "    if last:", f"        {PUT}", "    last = r"), 1),
        (("done = False", 'for r in event["R"]:', "    if done:", f"        {PUT}", "    done = True"), 1),
        (('todo = False', 'for r in event["R"]:', '    if r["a"]:', "        todo = True", "        break", "if todo:", f"    {PUT}"), 1),
        (('todo = False', 'for r in event["R"]:', '    if r["a"]:', "        todo = True", "        continue", "    todo = False", "if todo:", f"    {PUT}"), 1),
        (("todo = False", "try:", "    todo = True", '    json.loads(event["a"])', "    todo = False", "except ValueError:", "    pass", "if todo:", f"    {PUT}"), 1),
        (("n = 0", "while n < 3:", "    n = n + 1", "if n > 2:", f"    {PUT}"), 1),
    ],
)  # fmt: skip
def test_states_that_must_not_be_forgotten(lines: tuple[str, ...], expected: int) -> None:
    assert len(python(handler(*lines)).calls) == expected


def test_a_module_variable_that_an_earlier_call_has_set() -> None:
    source = HEAD + (
        "warm = False\ndef handler(event, context):\n    global warm\n"
        f"    if warm:\n        {PUT}\n    warm = True\n"
    )
    assert writes(python(source)) == ["s3.PutObject 'b' 'k'"]


def test_defaults_are_those_of_the_definition() -> None:
    lines = ("calls = []", "for name in ['x', 'y']:", "    calls.append(lambda n=name: s3.put_object(Bucket=n, Key='k'))",
             "for call in calls:", "    call()")  # fmt: skip
    assert writes(python(handler(*lines))) == ["s3.PutObject 'x' 'k'", "s3.PutObject 'y' 'k'"]


def test_many_elements_are_all_followed() -> None:
    names = [f"b{number}" for number in range(12)]
    found = python(handler(f"for name in {names}:", '    s3.put_object(Bucket=name, Key="k")'))
    assert writes(found) == ["s3.PutObject ? 'k'"]
    few = python(handler("for name in ['x', 'y']:", '    s3.put_object(Bucket=name, Key="k")'))
    assert writes(few) == ["s3.PutObject 'x' 'k'", "s3.PutObject 'y' 'k'"]


def test_branches_give_alternatives() -> None:
    lines = ('name = "x" if event["a"] else "y"', 's3.put_object(Bucket=name, Key="k")')
    assert writes(python(handler(*lines))) == ["s3.PutObject {'x'|'y'} 'k'"]


def test_a_field_set_in_one_branch_is_perhaps_absent() -> None:
    lines = ("m = {}", 'if event["a"]:', '    m["done"] = True',
             'boto3.client("sqs").send_message(QueueUrl="q", MessageBody=json.dumps(m))')  # fmt: skip
    assert shown(only(python(handler(*lines))).value("body")) == "json({done:{?|True}})"


def test_the_event_with_something_added() -> None:
    lines = ('event["worker"] = True',
             'boto3.client("lambda").invoke(FunctionName="f", Payload=json.dumps(event))')  # fmt: skip
    assert shown(only(python(handler(*lines))).value("payload")) == "json({worker:True,…event:})"


def test_a_missing_parameter_is_unknown_where_others_may_be_given() -> None:
    assert writes(python(handler("s3.put_object(**event)"))) == ["s3.PutObject event:Bucket event:Key"]
    lines = ("params = make()", 's3.put_object(Body="x", **params)')
    found = python(handler(*lines, head=HEAD + "from unknown_lib import make\n"))
    assert writes(found) == ["s3.PutObject ? ?"]


def test_a_client_of_unknown_origin_writes_by_name() -> None:
    source = "class W:\n    def __init__(self, c): self.c = c\n    def go(self): self.c.put_object(Bucket='b', Key='k')\n"
    source += "import lib\ndef handler(event, context):\n    W(lib.client()).go()\n"
    assert writes(python(source)) == ["s3.PutObject 'b' 'k'"]


# Gaps ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def handler(event, context:\n", "syntax error in line 1"),
        (handler("import not_here"), "module not_here is not found"),
        (handler("from . import gone", head="from .gone import x\n"), "module .gone is not found"),
        (handler("exec(event['code'])"), "exec is used"),
        (handler("getattr(s3, event['m'])()"), "getattr with a computed name"),
        (handler("boto3.client(event['s'])"), "a client of a computed service"),
        (handler("import subprocess", "subprocess.run(['aws', 's3', 'cp'])"), "subprocess.run runs a program"),
        (handler("import subprocess", "subprocess.run(event['command'])"), "subprocess.run runs a program"),
        (handler("json.dump(s3)"), "a client of s3 is handed to code that is not read"),
        (handler("import importlib", "importlib.import_module(event['m'])"), "import_module is used"),
        (handler("import kafka"), "kafka may write to AWS by itself"),
        (handler("globals()['f']()"), "globals() is used"),
        (handler("while True:", *["    a = event.x"] * 2) + "\nx = " + "-" * 500 + "1", "nested too deeply"),
        (handler("f(event)", head="def f(e):\n    g(e)\ndef g(e):\n    f(e)\n" + HEAD + f"{PUT}\n"), "s3.PutObject is called while the module is loaded"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_said(source: str, expected: str) -> None:
    found = python(source)
    assert any(reason.startswith(expected) or expected in reason for reason in gaps(found)), found.gaps


@pytest.mark.parametrize(
    ("manager", "written"), [("closing(Batch())", True), ("nullcontext(Batch())", False)]
)
def test_what_is_closed_at_the_end_of_a_block_is_called(manager: str, written: bool) -> None:
    source = HEAD + (
        "from contextlib import closing, nullcontext\n"
        "class Batch:\n    items = []\n"
        "    def close(self):\n        for x in self.items:\n            s3.put_object(Bucket='b', Key=x)\n"
        "def handler(event, context):\n"
        f"    with {manager} as batch:\n        batch.items.append(event['k'])\n"
    )
    assert bool(writes(python(source))) == written


@pytest.mark.parametrize(
    ("command", "gap"),
    [
        ("['/opt/bin/ffmpeg', '-i', '/tmp/' + context.aws_request_id]", False),
        ("['convert', event['my_aws_name'], '/tmp/laws.png']", False),
        ("['/opt/bin/aws', 's3', 'cp', 'a', 'b']", True),
        ("['sudo', event['x']]", True),
        ("['./send.sh']", True),
        ("'ffmpeg -i a b && aws s3 cp b s3://' + event['x']", True),
        ("['rclone', 'copy', 'a', 'b']", True),
    ],
)
def test_which_program_may_write(command: str, gap: bool) -> None:
    assert bool(gaps(python(handler("import subprocess", f"subprocess.run({command})")))) == gap


def test_a_missing_handler_is_said() -> None:
    found = python("def other(event, context):\n    pass\n")
    assert (found.entered, gaps(found)) == (False, ["handler handler is not found"])


def test_named_packages_are_third_party() -> None:
    source = "import fancylib\ndef handler(event, context):\n    fancylib.go()\n"
    found = python(source, {"requirements.txt": "FancyLib==1.0\n"})
    assert (gaps(found), found.third_party) == ([], ("fancylib",))


def test_recursion_that_writes_is_a_gap() -> None:
    source = HEAD + (
        "def walk(prefix):\n    s3.put_object(Bucket='b', Key=prefix)\n    walk(prefix + 'x')\n"
        "def handler(event, context):\n    walk('a')\n"
    )
    assert gaps(python(source)) == ["a function calls itself and writes"]


def test_the_budget_of_steps_is_kept() -> None:
    loops = "".join(f"{'    ' * (depth + 1)}for x{depth} in range(9):\n" for depth in range(20))
    source = f"def handler(event, context):\n{loops}{'    ' * 21}a = b = c = 1; a += 1\n"
    found = python(source)
    assert found.steps <= 40_001
    assert gaps(found) in (["the budget of steps is used up"], [])


def test_parameters_of_a_job_that_the_event_gives() -> None:
    line = 'boto3.client("textract").start_document_analysis(**{"DocumentLocation": {}, **event})'
    assert writes(python(handler(line))) == [
        "textract.StartDocumentAnalysis:NotificationChannel event:NotificationChannel.SNSTopicArn",
        "textract.StartDocumentAnalysis event:OutputConfig.S3Bucket event:OutputConfig.S3Prefix+?",
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("*rest, url", "'c'"),
        ("first, *rest, url", "'c'"),
        ("url, *rest", "'a'"),
        ("first, *(url,), last", "'b'"),
        ("*rest, url, last", "'b'"),
    ],
)
def test_names_behind_the_one_that_takes_the_rest(names: str, expected: str) -> None:
    source = f"import boto3\ndef handler(event, context):\n    {names} = ['a', 'b', 'c']\n    boto3.client('sqs').send_message(QueueUrl=url)\n"
    assert writes(python(source)) == [f"sqs.SendMessage {expected}"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ('.split(":", maxsplit=1)[1]', "item(split(event:x,':',1),1)"),
        ('.split(":").pop()', "item(split(event:x,':'),-1)"),
    ],
)
def test_pieces_of_a_text(part: str, expected: str) -> None:
    source = f"import boto3\ndef handler(event, context):\n    boto3.client('sqs').send_message(QueueUrl=event['x']{part})\n"
    assert writes(python(source)) == [f"sqs.SendMessage {expected}"]


def test_a_method_does_not_see_the_other_methods_by_their_names() -> None:
    source = """
    import boto3
    sqs = boto3.client("sqs")
    def send(body): sqs.send_message(QueueUrl="q", MessageBody=body)
    class Jobs:
        kept = "own"
        def send(self, body=kept): send(body)
        class Inner:
            def send(self): send("inner")
    def handler(event, context):
        Jobs().send()
        Jobs.Inner().send()
    """
    assert [shown(site.value("body")) for site in python(source).calls] == ["'own'", "'inner'"]


@pytest.mark.parametrize(
    ("imported", "read"),
    [
        ("from os import environ", 'environ["OUT"]'),
        ("from os import environ as settings", 'settings.get("OUT")'),
        ("from os import getenv", 'getenv("OUT")'),
        ("from os import environ, path", 'environ["OUT"]'),
        ("import os\nsettings = os.environ", 'settings["OUT"]'),
    ],
)
def test_the_environment_by_every_name(imported: str, read: str) -> None:
    found = python(
        f'import boto3\n{imported}\ndef handler(event, context):\n    boto3.client("s3").put_object(Bucket={read}, Key="k")'
    )
    assert writes(found) == ["s3.PutObject env:OUT 'k'"]


@pytest.mark.parametrize(
    ("call", "may"),
    [
        ('"redshift-data").execute_statement(Sql=f"unload (\'x\') to \'s3://{bucket}/x\'")', True),
        ('"redshift-data").execute_statement(Sql="SELECT 1 FROM t")', False),
        ('"redshift-data").execute_statement(Sql=f"COPY t FROM {key}")', False),
        ('"redshift-data").execute_statement(Sql=key)', True),
        ('"redshift-data").batch_execute_statement(Sqls=["SELECT 1", "UNLOAD (\'x\') TO \'s3://b/x\'"])', True),
        ('"rds-data").execute_statement(sql="SELECT * FROM aws_s3.query_export_to_s3(\'q\', :u)")', True),
        ('"rds-data").execute_statement(sql="INSERT INTO t VALUES (:a)", parameters=[])', False),
        ('"rds").start_export_task(ExportTaskIdentifier="e", S3BucketName=bucket, IamRoleArn="r")', True),
        ('"s3control").create_job(AccountId="1", Operation={"S3PutObjectCopy": {"TargetResource": bucket}})', True),
        ('"ssm").send_command(DocumentName="d", InstanceIds=["i"])', True),
        ('"emr").add_job_flow_steps(JobFlowId="j", Steps=[])', True),
        ('"sagemaker").create_training_job(TrainingJobName="t", OutputDataConfig={"S3OutputPath": "s3://b/"})', True),
        ('"sagemaker").create_processing_job(ProcessingOutputConfig={"Outputs": [{"S3Output": {"S3Uri": "s3://b/"}}]})', True),
        ('"sagemaker").describe_training_job(TrainingJobName="t")', False),
        ('"personalize").create_dataset_export_job(jobOutput={"s3DataDestination": {"path": "s3://b/"}})', True),
        ('"connect").start_outbound_voice_contact(DestinationPhoneNumber="1", InstanceId="i")', False),
        ('"ec2").create_route(DestinationCidrBlock="0.0.0.0/0", RouteTableId="r")', False),
        ('"rekognition").detect_labels(Image={"S3Object": {"Bucket": bucket, "Name": key}})', False),
        ('"rekognition").create_collection(CollectionId="c")', False),
        ('"ses").send_templated_email(Destination={"ToAddresses": []}, Template="t")', False),
        ('"glue").create_crawler(Name="c", Targets={"S3Targets": [{"Path": "s3://b/"}]})', False),
        ('"ec2").create_flow_logs(LogDestination="arn:aws:s3:::b")', True),
        ('"chime-sdk-media-pipelines").create_media_capture_pipeline(SinkArn="arn:aws:s3:::b")', True),
        ('"elasticache").copy_snapshot(SourceSnapshotName="s", TargetBucket=bucket)', True),
        ('"lambda").update_function_code(FunctionName="f", S3Bucket="b", S3Key="k")', False),
    ],
)  # fmt: skip
def test_jobs_that_write_objects_for_others(call: str, may: bool) -> None:
    found = gaps(python(handler(*RECORD, f"boto3.client({call}")))
    assert bool(found) is may, found
    assert not may or "may let the service write objects" in found[0]


def test_a_job_whose_parameters_are_not_known_is_told_by_what_it_runs_alone() -> None:
    assert not may_write_objects("rekognition", "StartLabelDetection", Unknown("parameters"))
    assert may_write_objects("ssm", "SendCommand", Unknown("parameters"))
    assert may_write_objects("rds-data", "ExecuteStatement", Unknown("parameters"))
    assert not may_write_objects("ssm", "GetCommandInvocation", Unknown("parameters"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ('os.path.join("a/", key)', f"'a/'+{KEY}"),
        ('os.path.join("a", "/b", key)', f"'/b/'+{KEY}"),
        ('os.path.join("", key)', KEY),
        ('os.path.join("a", "")', "'a/'"),
        ('os.path.join("./a", key)', f"'./a/'+{KEY}"),
        ('os.path.normpath(os.path.join("./a", key))', f"'a/'+{KEY}"),
        ('os.path.normpath("a/../b/" + key)', f"'b/'+{KEY}"),
        ('os.path.normpath(key + "/../b")', "?+'b'"),
        ('os.path.normpath("../../b/" + key)', f"'../../b/'+{KEY}"),
    ],
)
def test_paths_that_are_put_together(path: str, expected: str) -> None:
    assert shown(only(python(handler(*RECORD, f"s3.put_object(Bucket=bucket, Key={path})"))).key) == expected


CLASSES = """
import attr, collections, dataclasses, operator
from attrs import define
from dataclasses import dataclass
from pydantic import BaseModel
from pydantic_settings import BaseSettings
from typing import NamedTuple
"""


DATA = "@dataclass\nclass C:\n    on: bool = False\n"


TUPLE = "class C(NamedTuple):\n    on: bool = False\n"


MODEL = "class C(BaseModel):\n    on: bool = False\n"


FIELDS = "class C:\n    on = False\n    def __init__(self, **kw):\n        %s\n"


def reached(found: object) -> str:
    """Whether the handler puts the object: always, sometimes (on a condition), or never."""
    calls = found.calls  # type: ignore[attr-defined]
    return "never" if not calls else "always" if any(not site.guards for site in calls) else "sometimes"


@pytest.mark.parametrize(
    ("defined", "made", "expected"),
    [
        (DATA, "C(**event)", "sometimes"),
        (DATA, "C(*event['values'])", "sometimes"),
        (DATA, "C()", "never"),
        (DATA, "C(**{'on': False})", "never"),
        (DATA, "dataclasses.replace(C(), on=True)", "sometimes"),
        (TUPLE, "C(**event)", "sometimes"),
        (TUPLE, "C()", "never"),
        (MODEL, "C(**event)", "sometimes"),
        (MODEL, "C(ON=True)", "sometimes"),
        (MODEL, "C(on=False)", "never"),
        ("@define\nclass C:\n    on: bool = False\n", "C(**event)", "sometimes"),
        ("@attr.s\nclass C:\n    on = attr.ib(default=False)\n", "C(**event)", "sometimes"),
        ("class C(BaseSettings):\n    on: bool = False\n", "C()", "sometimes"),
        ("C = collections.namedtuple('C', 'a on', defaults=(True,))\n", "C(1)", "always"),
        ("C = collections.namedtuple('C', 'a on')\n", "C(**event)", "sometimes"),
        (FIELDS % "self.__dict__ = kw", "C(on=True)", "always"),
        (FIELDS % "self.__dict__ = kw", "C(other=True)", "never"),
        (FIELDS % "self.__dict__.update(kw)", "C(on=True)", "always"),
        (FIELDS % "self.__dict__.update(kw)", "C(**event)", "sometimes"),
        (FIELDS % "self.__dict__.update(kw)", "C(other=True)", "never"),
        (FIELDS % "vars(self).update(kw)", "C(**event)", "sometimes"),
        (FIELDS % "for k in kw: self.__dict__[k] = kw[k]", "C(**event)", "sometimes"),
        (FIELDS % "object.__setattr__(self, 'on', True)", "C()", "always"),
        (FIELDS % "object.__setattr__(self, 'other', True)", "C()", "never"),
    ],
)  # fmt: skip
def test_fields_that_come_from_what_an_object_is_made_with(defined: str, made: str, expected: str) -> None:
    source = handler(
        f"x = {made}", "if x.on: s3.put_object(Bucket='b', Key='k')", head=HEAD + CLASSES + defined
    )
    found = python(source, {"requirements.txt": "attrs\npydantic\npydantic-settings\n"})
    assert not found.gaps
    assert reached(found) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("d = {'a': 1}", "del d['a']", "if not d.get('a'): "), "always"),
        (("d = {'a': 1}", "del d['b']", "if not d.get('a'): "), "never"),
        (("d = {'a': 1}", "del d[event['k']]", "if not d.get('a'): "), "sometimes"),
        (("d = {'a': 1}", "d.pop(event['k'])", "if not d.get('a'): "), "sometimes"),
        (("d = {'a': 1}", "d.popitem()", "if not d.get('a'): "), "sometimes"),
        (("d = {'a': 1}", "d.clear()", "if not d.get('a'): "), "always"),
        (("d = [1]", "del d[0]", "if len(d) == 0: "), "always"),
        (("d = [1]", "del d[:]", "if len(d) == 0: "), "sometimes"),
        (("d = [1]", "if len(d) == 0: "), "never"),
        (("d = {1}", "d.discard(1)", "if len(d) == 0: "), "sometimes"),
        (("d = {'a': False}", "operator.setitem(d, 'a', True)", "if d['a']: "), "always"),
        (("d = {'a': False}", "operator.setitem(d, 'b', True)", "if d['a']: "), "never"),
        (("d = {'a': False}", "dict.update(d, event)", "if d['a']: "), "sometimes"),
        (("d = {'a': False}", "for k in event: d[k] = event[k]", "if d['a']: "), "sometimes"),
    ],
)
def test_what_is_taken_away_or_put_in_by_functions(lines: tuple[str, ...], expected: str) -> None:
    *before, test = lines
    found = python(handler("import operator", *before, f"{test}s3.put_object(Bucket='b', Key='k')"))
    assert not found.gaps
    assert reached(found) == expected


@pytest.mark.parametrize(
    ("given", "expected"), [("*event['values']", "sometimes"), ("*[1]", "never"), ("1, True", "always")]
)
def test_arguments_of_which_the_number_is_not_known(given: str, expected: str) -> None:
    defined = f"{HEAD}def go(a, on=False):\n    if on: s3.put_object(Bucket='b', Key='k')\n"
    assert reached(python(handler(f"go({given})", head=defined))) == expected
