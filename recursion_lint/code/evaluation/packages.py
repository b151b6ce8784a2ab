"""What is known of packages that are not the project's: which are harmless, which write to AWS by themselves."""

import re
import sys

from recursion_lint.code.calls import SourceFiles

_SDKS = frozenset({"boto3", "botocore", "aioboto3", "aiobotocore", "aws_lambda_powertools", "aws_xray_sdk"})
_HARMLESS = _SDKS | frozenset(
    [
        "attr",
        "attrs",
        "aws_encryption_sdk",
        "aws_durable_execution_sdk_python",
        "aws_lambda_typing",
        "aws_requests_auth",
        "backoff",
        "bs4",
        "cachetools",
        "certifi",
        "cfnresponse",
        "charset_normalizer",
        "crhelper",
        "cryptography",
        "cv2",
        "dataclasses_json",
        "datadog_lambda",
        "dateutil",
        "docx",
        "dotenv",
        "elasticsearch",
        "environs",
        "faker",
        "fitz",
        "future",
        "gql",
        "graphql",
        "httpx",
        "idna",
        "jinja2",
        "jmespath",
        "jose",
        "jsonpath_ng",
        "jsonschema",
        "jwt",
        "loguru",
        "lumigo_tracer",
        "lxml",
        "markdown",
        "marshmallow",
        "mypy_boto3_s3",
        "mypy_boto3_sqs",
        "mypy_boto3_sns",
        "mypy_boto3_dynamodb",
        "mypy_boto3_lambda",
        "mypy_boto3_events",
        "mypy_boto3_stepfunctions",
        "numpy",
        "openai",
        "openpyxl",
        "opensearchpy",
        "opentelemetry",
        "orjson",
        "pandas",
        "phonenumbers",
        "PIL",
        "psycopg2",
        "pydantic",
        "pydantic_settings",
        "pymongo",
        "pymysql",
        "pypdf",
        "PyPDF2",
        "pythonjsonlogger",
        "pytz",
        "regex",
        "redis",
        "requests",
        "requests_aws4auth",
        "rapidfuzz",
        "s3transfer",
        "scipy",
        "sentry_sdk",
        "simplejson",
        "six",
        "sklearn",
        "slack_sdk",
        "sqlalchemy",
        "stripe",
        "structlog",
        "tenacity",
        "torch",
        "transformers",
        "typing_extensions",
        "tzlocal",
        "ujson",
        "urllib3",
        "xmltodict",
        "yaml",
        "zoneinfo",
    ]
)
_WRITING = frozenset(
    [
        "awsiotsdk",
        "awscrt",
        "awsiot",
        "awswrangler",
        "boto",
        "celery",
        "chalice",
        "cloudpathlib",
        "confluent_kafka",
        "dynamorm",
        "dyntastic",
        "fsspec",
        "kafka",
        "kombu",
        "mlflow",
        "paho",
        "pyarrow",
        "pynamodb",
        "s3fs",
        "s3path",
        "smart_open",
        "storages",
        "tinys3",
        "watchtower",
        "zappa",
    ]
)
_NODE = frozenset(
    [
        "assert",
        "async_hooks",
        "buffer",
        "child_process",
        "cluster",
        "console",
        "crypto",
        "dgram",
        "diagnostics_channel",
        "dns",
        "domain",
        "events",
        "fs",
        "http",
        "http2",
        "https",
        "inspector",
        "module",
        "net",
        "os",
        "path",
        "perf_hooks",
        "process",
        "punycode",
        "querystring",
        "readline",
        "stream",
        "string_decoder",
        "timers",
        "tls",
        "tty",
        "url",
        "util",
        "v8",
        "vm",
        "worker_threads",
        "zlib",
    ]
)
_HARMLESS_JAVASCRIPT = frozenset(
    [
        "@aws-lambda-powertools/",
        "@middy/",
        "@smithy/",
        "@types/",
        "@aws-crypto/",
        "@sentry/",
        "@opentelemetry/",
        "@xray/",
        "ajv",
        "archiver",
        "async",
        "aws-lambda",
        "aws-xray-sdk",
        "aws-xray-sdk-core",
        "axios",
        "base64-stream",
        "bluebird",
        "busboy",
        "cfn-response",
        "cheerio",
        "csv-parse",
        "csv-parser",
        "csv-parse/",
        "date-fns",
        "dayjs",
        "debug",
        "dotenv",
        "fast-xml-parser",
        "form-data",
        "gm",
        "got",
        "handlebars",
        "ics",
        "iconv-lite",
        "image-size",
        "jimp",
        "joi",
        "js-yaml",
        "json2csv",
        "jsonwebtoken",
        "ksuid",
        "lambda-log",
        "lodash",
        "luxon",
        "mime",
        "mime-types",
        "moment",
        "moment-timezone",
        "mustache",
        "mysql",
        "mysql2",
        "nanoid",
        "node-fetch",
        "nodemailer",
        "p-limit",
        "pdf-lib",
        "pdfkit",
        "pg",
        "pino",
        "pngjs",
        "qs",
        "querystring",
        "request",
        "request-promise",
        "sharp",
        "source-map-support",
        "stream-to-array",
        "stripe",
        "superagent",
        "tmp",
        "tslib",
        "ulid",
        "unzipper",
        "uuid",
        "validator",
        "winston",
        "ws",
        "xlsx",
        "xml2js",
        "yaml",
        "yup",
        "zod",
        "zlib",
    ]
)
_WRITING_JAVASCRIPT = (
    "aws-amplify", "aws-iot-device-sdk", "dynamodb-toolbox", "dynamoose", "electrodb", "kafkajs",
    "node-rdkafka", "mqtt",
    "sqs-producer", "@aws/dynamodb-data-mapper", "@typedorm/", "dynamodb-onetable", "s3-upload-stream", "s3-streams",
    "multer-s3", "sns-validator-publish", "s3fs", "vogels", "dynogels", "@shiftcoders/dynamo-easy",
)  # fmt: skip
_LISTS = ("requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "requirements-dev.txt")
_WORD = re.compile(r"[A-Za-z0-9_.@/-]+")


def kind_of_python(module: str) -> str:
    """``harmless``, ``writing`` or ``unknown``, of a module that is not the project's."""
    top = module.partition(".")[0]
    if top in _WRITING:
        return "writing"
    return (
        "harmless"
        if top in sys.stdlib_module_names or top in _HARMLESS or top.startswith("mypy_boto3")
        else "unknown"
    )


def kind_of_javascript(module: str) -> str:
    """``harmless``, ``writing`` or ``unknown``, of a package that is not the project's."""
    plain = module.removeprefix("node:")
    if plain.split("/")[0] in _NODE or plain.startswith(("aws-sdk", "@aws-sdk/")):
        return "harmless"
    if plain.startswith(_WRITING_JAVASCRIPT):
        return "writing"
    package = "/".join(plain.split("/")[: 2 if plain.startswith("@") else 1])
    known = package in _HARMLESS_JAVASCRIPT or any(
        name.endswith("/") and plain.startswith(name) for name in _HARMLESS_JAVASCRIPT
    )
    return "harmless" if known else "unknown"


def is_sdk(module: str) -> bool:
    """Is it an SDK, whose own modules are never the project's?"""
    return module.partition(".")[0] in _SDKS


def declared(files: SourceFiles, folders: tuple[str, ...], module: str, python: bool) -> bool:
    """Does a list of packages in one of the folders name the module's package?"""
    if python:
        wanted = module.partition(".")[0].lower().replace("-", "_")
    else:
        wanted = "/".join(module.split("/")[: 2 if module.startswith("@") else 1]).lower()
    for folder in folders:
        for name in _LISTS if python else ("package.json",):
            text = files.read(f"{folder}/{name}" if folder else name)
            words = _WORD.findall(text.lower()) if text is not None else ()
            if any((word.replace("-", "_") if python else word) == wanted for word in words):
                return True
    return False
