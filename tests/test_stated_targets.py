"""Targets that calls in Java, Go, C#, Ruby and Rust state by a text or an environment variable."""

from __future__ import annotations

from textwrap import dedent

import pytest

from recursion_lint.code.by_name.bound_names import sources
from recursion_lint.code.by_name.stated_targets import stated_targets
from recursion_lint.code.location.function_source import SourceLanguage
from tests.handler_code import shown

ENDINGS: dict[SourceLanguage, str] = {
    "java": ".java",
    "go": ".go",
    "csharp": ".cs",
    "ruby": ".rb",
    "rust": ".rs",
}


def targets(language: SourceLanguage, *texts: str, channel: str = "sqs") -> set[str]:
    """What the calls in the files write to, as short texts; ``?`` cannot be told."""
    files = tuple((f"app{at}{ENDINGS[language]}", dedent(text)) for at, text in enumerate(texts))
    found = sources(language, files)
    return {shown(site.target) for site in stated_targets(found, channel)} if found is not None else set()


JAVA_FIELD = 'private static final String OUT = System.getenv("OUT");\n'
STATED: list[tuple[SourceLanguage, str, str, str]] = [
    ("java", "sqs", 'sqs.sendMessage(System.getenv("OUT"), body);', "env:OUT"),
    ("java", "sqs", JAVA_FIELD + "sqs.sendMessage(OUT, body);", "env:OUT"),
    ("java", "sqs", 'sqs.sendMessage(new SendMessageRequest("https://q/out", body));', "'https://q/out'"),
    (
        "java",
        "sqs",
        'sqs.sendMessage(SendMessageRequest.builder().messageBody(b).queueUrl(System.getenv("OUT")).build());',
        "env:OUT",
    ),
    ("java", "sqs", 'sqs.sendMessage(r -> r.queueUrl(System.getenv("OUT")).messageBody(b));', "env:OUT"),
    (
        "java",
        "sqs",
        'SendMessageRequest r = new SendMessageRequest().withMessageBody(b).withQueueUrl("q"); sqs.sendMessage(r);',
        "'q'",
    ),
    (
        "java",
        "sqs",
        'SendMessageRequest r = new SendMessageRequest(); r.setQueueUrl("q"); sqs.sendMessage(r);',
        "'q'",
    ),
    (
        "java",
        "s3",
        "var in = s3.getObject(GetObjectRequest.builder().bucket(b.name()).build());\n"
        's3.putObject(PutObjectRequest.builder().bucket(System.getenv("OUT")).key(k).build(), body);',
        "env:OUT",
    ),
    ("java", "s3", 's3.copyObject(bucket, key, "archive", key);', "'archive'"),
    ("java", "s3", 's3.putObject("o-" + System.getenv("STAGE"), key, text);', "'o-'+env:STAGE"),
    ("java", "dynamodb", 'db.putItem(PutItemRequest.builder().tableName("t").item(i).build());', "'t'"),
    (
        "java",
        "sns",
        'String topic = System.getenv().getOrDefault("OUT", "none"); sns.publish(PublishRequest.builder()'
        ".topicArn(topic).build());",
        "env:OUT|'none'",
    ),
    (
        "java",
        "events",
        'bus.putEvents(PutEventsRequest.builder().entries(PutEventsRequestEntry.builder().eventBusName("b")'
        ".build()).build());",
        "'b'",
    ),
    (
        "java",
        "events",
        "bus.putEvents(PutEventsRequest.builder().entries(PutEventsRequestEntry.builder().source(s).build()).build());",
        "-",
    ),
    (
        "go",
        "sqs",
        'client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("OUT")), MessageBody: b})',
        "env:OUT",
    ),
    (
        "go",
        "sqs",
        'var out = os.Getenv("OUT")\nfunc f() {\n\tclient.SendMessage(ctx, &sqs.SendMessageInput{\n\t\tQueueUrl: &out,\n\t})\n}',
        "env:OUT",
    ),
    (
        "go",
        "sqs",
        'in := &sqs.SendMessageInput{MessageBody: b}\nin.QueueUrl = aws.String("q")\nclient.SendMessage(in)\n',
        "'q'",
    ),
    (
        "go",
        "s3",
        'const out = "archive"\nclient.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(out), Key: k})\n'
        "client.GetObject(ctx, &s3.GetObjectInput{Bucket: b})\n",
        "'archive'",
    ),
    (
        "csharp",
        "sqs",
        'await sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = Environment.GetEnvironmentVariable("OUT"), '
        "MessageBody = b });",
        "env:OUT",
    ),
    (
        "csharp",
        "sqs",
        'private readonly string _out = Environment.GetEnvironmentVariable("OUT") ?? throw new Exception("x");\n'
        "void F() { sqs.SendMessageAsync(_out, body); }",
        "env:OUT",
    ),
    (
        "csharp",
        "s3",
        'var r = new PutObjectRequest { BucketName = "archive", Key = k }; await s3.PutObjectAsync(r);',
        "'archive'",
    ),
    ("csharp", "s3", 'PutObjectRequest r = new() { BucketName = "a" }; await s3.PutObjectAsync(r);', "'a'"),
    ("ruby", "sqs", "sqs.send_message(queue_url: ENV['OUT'], message_body: b)", "env:OUT"),
    ("ruby", "sqs", "OUT = ENV.fetch('OUT')\ndef f\n  sqs.send_message({ queue_url: OUT })\nend", "env:OUT"),
    ("ruby", "sqs", "params = { queue_url: 'q', message_body: b }\nsqs.send_message(params)\n", "'q'"),
    (
        "rust",
        "sqs",
        'let out = std::env::var("OUT").expect("no OUT");\nclient.send_message().queue_url(&out).message_body(b).send().await?;',
        "env:OUT",
    ),
    (
        "rust",
        "s3",
        'let bucket: String = env::var("OUT")?;\nclient.put_object().bucket(bucket.clone()).key(k).send().await?;',
        "env:OUT",
    ),
]


@pytest.mark.parametrize(("language", "channel", "text", "target"), STATED)
def test_a_target_that_is_stated(language: SourceLanguage, channel: str, text: str, target: str) -> None:
    assert targets(language, text, channel=channel) == {target}


UNTOLD: list[tuple[SourceLanguage, str, str]] = [
    ("java", "sqs", '@Value("${x:y}") private String url = "a";\nvoid f() { sqs.sendMessage(url, body); }'),
    ("java", "sqs", "sqs.sendMessage(queueUrl, body);"),
    ("java", "sqs", "void f(String url) { sqs.sendMessage(url, body); }"),
    ("java", "sqs", 'String url = "a"; if (x) { url = other(); } sqs.sendMessage(url, body);'),
    ("java", "sqs", "void f(SendMessageRequest r) { sqs.sendMessage(r); }"),
    ("java", "sqs", "list.forEach(sqs::sendMessage);"),
    ("java", "sqs", 'for (String url : urls) { sqs.sendMessage(url, "b"); }'),
    ("java", "sqs", 'list.forEach(url -> sqs.sendMessage(url, "b"));'),
    ("java", "dynamodb", "DynamoDbTable<Item> t = client.table(name, schema); t.putItem(item);"),
    ("go", "sqs", "func f(url string) {\n\tc.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url})\n}\n"),
    ("go", "sqs", 'a, url := f()\nc.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url})\nb := "x"\n'),
    ("go", "sqs", "for _, url := range urls {\n\tc.SendMessage(&sqs.SendMessageInput{QueueUrl: &url})\n}\n"),
    ("go", "s3", "uploader := s3manager.NewUploader(s)\n"),
    ("csharp", "sqs", "void F(string url) { sqs.SendMessageAsync(url, body); }"),
    ("csharp", "sqs", "foreach (var url in urls) { await sqs.SendMessageAsync(url, body); }"),
    ("csharp", "sqs", 'string url = "a"; Fill(out url); sqs.SendMessageAsync(url, body);'),
    ("csharp", "s3", 'var t = new TransferUtility(s3); t.UploadAsync(p, "b");'),
    ("ruby", "sqs", "def send(url)\n  sqs.send_message(queue_url: url)\nend"),
    ("ruby", "sqs", "urls.each { |url| sqs.send_message(queue_url: url) }"),
    ("ruby", "sqs", "sqs.send_message(queue_url: 'a', **more)"),
    ("ruby", "sqs", 'sqs.send_message(queue_url: "#{base}/a")'),
    ("ruby", "sqs", "sqs.send_message(params)"),
    ("rust", "sqs", "async fn f(url: &str) { c.send_message().queue_url(url).send().await; }"),
    ("rust", "sqs", 'if let Ok(url) = env::var("A") { c.send_message().queue_url(url); }'),
    ("rust", "sqs", "urls.iter().map(|url| c.send_message().queue_url(url));"),
]


@pytest.mark.parametrize(("language", "channel", "text"), UNTOLD)
def test_a_target_that_cannot_be_told(language: SourceLanguage, channel: str, text: str) -> None:
    assert "?" in targets(language, text, channel=channel)


NONE: list[tuple[SourceLanguage, str, str]] = [
    ("java", "sqs", "import software.amazon.awssdk.services.sqs.model.SendMessageRequest;"),
    ("java", "sqs", "// sqs.sendMessage(url, body)\n/* SendMessageRequest */"),
    ("java", "sns", "class Notes { void publish(String s) {} }\nNotes notes; void f() { notes.publish(x); }"),
    ("go", "sqs", "func SendMessage(in *sqs.SendMessageInput) {}\n"),
    ("ruby", "sqs", "# sqs.send_message(queue_url: url)\ndef send_message(x)\nend"),
]


@pytest.mark.parametrize(("language", "channel", "text"), NONE)
def test_a_name_that_is_no_call(language: SourceLanguage, channel: str, text: str) -> None:
    assert targets(language, text, channel=channel) == set()


def test_a_request_that_another_class_makes() -> None:
    sender = "class Sender { void send(SendMessageRequest r) { sqs.sendMessage(r); } }"
    maker = 'class Maker { Object make() { return SendMessageRequest.builder().queueUrl("q").build(); } }'
    assert targets("java", sender, maker) == {"'q'"}
    changed = "class Other { Object f(SendMessageRequest r) { return r.toBuilder().queueUrl(url).build(); } }"
    assert "?" in targets("java", sender, maker, changed)


def test_a_constant_of_another_class() -> None:
    names = 'class Names { static final String OUT = System.getenv("OUT"); }'
    assert targets("java", "sqs.sendMessage(Names.OUT, body);", names) == {"env:OUT"}
    assert targets("java", "sqs.sendMessage(Names.OUT, body);", names, "Names.OUT = x;") == {"?"}


def test_what_does_not_come_out_even_is_not_taken_apart() -> None:
    assert targets("java", 'sqs.sendMessage("q", body);\n}') == set()
    assert targets("java", 'sqs.sendMessage("q, body);') == set()
