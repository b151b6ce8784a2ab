"""Guards for handlers, in the language that was read: what the code may test so that it does not take up its own work.

Sketches to be fitted in by a person: the names in them are the ones that events have.
https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
"""

from __future__ import annotations

import json
import os
from typing import Literal

Language = Literal["python", "javascript", "typescript"]

_ENDINGS: dict[str, Language] = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "typescript",
}
MOST_ROUNDS = 3

_KEY_PYTHON = """\
from urllib.parse import unquote_plus

def handler(event, context):
    for record in event["Records"]:
        key = unquote_plus(record["s3"]["object"]["key"])
        if key.{test}({part}):
            continue  # written by this function
        ...  # work
"""
_KEY_JAVASCRIPT = """\
export const handler = async (event) => {{
  for (const record of event.Records) {{
    const key = decodeURIComponent(record.s3.object.key.replace(/\\+/g, " "));
    if (key.{test}({part})) continue; // written by this function
    // work
  }}
}};
"""
_METADATA_PYTHON = """\
import boto3
from urllib.parse import unquote_plus

s3 = boto3.client("s3")

def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        head = s3.head_object(Bucket=bucket, Key=key)
        if head["Metadata"].get("original") != "true":
            continue  # written by this function
        ...  # work; put the result back without the metadata
"""
_METADATA_JAVASCRIPT = """\
import {{ S3Client, HeadObjectCommand }} from "@aws-sdk/client-s3";

const s3 = new S3Client({{}});

export const handler = async (event) => {{
  for (const record of event.Records) {{
    const Bucket = record.s3.bucket.name;
    const Key = decodeURIComponent(record.s3.object.key.replace(/\\+/g, " "));
    const head = await s3.send(new HeadObjectCommand({{ Bucket, Key }}));
    if (head.Metadata?.original !== "true") continue; // written by this function
    // work; put the result back without the metadata
  }}
}};
"""
_REMOVED_PYTHON = """\
def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE":
            continue  # deleted by this function
        ...  # work
"""
_REMOVED_JAVASCRIPT = """\
export const handler = async (event) => {{
  for (const record of event.Records) {{
    if (record.eventName === "REMOVE") continue; // deleted by this function
    // work
  }}
}};
"""
_ITEM_PYTHON = """\
def handler(event, context):
    for record in event["Records"]:
        item = record["dynamodb"].get("NewImage", {{}})
        if "handledBy" in item:
            continue  # written by this function
        ...  # work; write the item with handledBy: {{"S": context.function_name}}
"""
_ITEM_JAVASCRIPT = """\
export const handler = async (event) => {{
  for (const record of event.Records) {{
    const item = record.dynamodb.NewImage ?? {{}};
    if ("handledBy" in item) continue; // written by this function
    // work; write the item with handledBy: {{ S: context.functionName }}
  }}
}};
"""
_QUEUE_PYTHON = """\
def handler(event, context):
    for record in event["Records"]:
        rounds = int(record["messageAttributes"].get("rounds", {{}}).get("stringValue", "0"))
        if rounds >= {most}:
            raise RuntimeError("not done after {most} rounds")  # on to the dead-letter queue
        ...  # work; send again with what counts the rounds:
        # MessageAttributes={{"rounds": {{"DataType": "Number", "StringValue": str(rounds + 1)}}}}
"""
_QUEUE_JAVASCRIPT = """\
export const handler = async (event) => {{
  for (const record of event.Records) {{
    const rounds = Number(record.messageAttributes.rounds?.stringValue ?? "0");
    if (rounds >= {most}) throw new Error("not done after {most} rounds"); // on to the dead-letter queue
    // work; send again with what counts the rounds:
    // MessageAttributes: {{ rounds: {{ DataType: "Number", StringValue: String(rounds + 1) }} }}
  }}
}};
"""
_TOPIC_PYTHON = """\
def handler(event, context):
    for record in event["Records"]:
        rounds = int(record["Sns"]["MessageAttributes"].get("rounds", {{}}).get("Value", "0"))
        if rounds >= {most}:
            continue  # enough
        ...  # work; publish with what counts the rounds:
        # MessageAttributes={{"rounds": {{"DataType": "Number", "StringValue": str(rounds + 1)}}}}
"""
_TOPIC_JAVASCRIPT = """\
export const handler = async (event) => {{
  for (const record of event.Records) {{
    const rounds = Number(record.Sns.MessageAttributes.rounds?.Value ?? "0");
    if (rounds >= {most}) continue; // enough
    // work; publish with what counts the rounds:
    // MessageAttributes: {{ rounds: {{ DataType: "Number", StringValue: String(rounds + 1) }} }}
  }}
}};
"""
_CALL_PYTHON = """\
def handler(event, context):
    rounds = event.get("rounds", 0)
    if rounds >= {most}:
        return  # enough
    ...  # work; invoke with Payload=json.dumps({{**event, "rounds": rounds + 1}})
"""
_CALL_JAVASCRIPT = """\
export const handler = async (event) => {{
  const rounds = event.rounds ?? 0;
  if (rounds >= {most}) return; // enough
  // work; invoke with Payload: JSON.stringify({{ ...event, rounds: rounds + 1 }})
}};
"""
_TEXTS = {
    "key": (_KEY_PYTHON, _KEY_JAVASCRIPT, "S3Event"),
    "metadata": (_METADATA_PYTHON, _METADATA_JAVASCRIPT, "S3Event"),
    "removed": (_REMOVED_PYTHON, _REMOVED_JAVASCRIPT, "DynamoDBStreamEvent"),
    "item": (_ITEM_PYTHON, _ITEM_JAVASCRIPT, "DynamoDBStreamEvent"),
    "queue": (_QUEUE_PYTHON, _QUEUE_JAVASCRIPT, "SQSEvent"),
    "topic": (_TOPIC_PYTHON, _TOPIC_JAVASCRIPT, "SNSEvent"),
    "call": (_CALL_PYTHON, _CALL_JAVASCRIPT, ""),
}
Guarded = Literal["key", "metadata", "removed", "item", "queue", "topic", "call"]


def language_of(file: str) -> Language | None:
    """The language of a handler's file, where sketches are written in it."""
    return _ENDINGS.get(os.path.splitext(file)[1])


def sketch(guard: Guarded, language: Language, begins: str = "", ends: str = "") -> str:
    """A handler with a guard. ``begins`` and ``ends`` are of the keys that a test of the key is for."""
    python, javascript, event = _TEXTS[guard]
    test = "startsWith" if begins else "endsWith"
    test = test.lower() if language == "python" else test
    text = python if language == "python" else javascript
    found = text.format(test=test, part=json.dumps(begins or ends), most=MOST_ROUNDS)
    if language != "typescript":
        return found
    named, type_ = (
        (f'import type {{ {event} }} from "aws-lambda";\n', event) if event else ("", "{ rounds?: number }")
    )
    return named + found.replace("async (event) =>", f"async (event: {type_}): Promise<void> =>")
