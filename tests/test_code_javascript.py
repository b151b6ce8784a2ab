"""Handlers in JavaScript and TypeScript: which calls are found, with which targets, under which conditions."""

from __future__ import annotations

import pytest
from handler_code import BUCKET, KEY, conditions, gaps, javascript, only, shown, writes

V2 = "const AWS = require('aws-sdk');\nconst s3 = new AWS.S3();\n"
V3 = (
    "import { S3Client, PutObjectCommand, CopyObjectCommand } from '@aws-sdk/client-s3';\n"
    "const s3 = new S3Client({});\n"
)
RECORD = (
    "const r = event.Records[0].s3;\n  const bucket = r.bucket.name;\n"
    "  const key = decodeURIComponent(r.object.key.replace(/\\+/g, ' '));\n"
)


def handler(*lines: str, head: str = V2) -> str:
    """A handler with these lines as its body."""
    body = "\n  ".join(lines)
    return f"{head}exports.handler = async (event, context, callback) => {{\n  {RECORD}  {body}\n}};\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("await s3.putObject({Bucket: bucket, Key: key, Body: 'x'}).promise();", f"s3.PutObject {BUCKET} {KEY}"),
        ("s3.putObject({Bucket: bucket, Key: 'a/' + key}, (e, d) => {});", f"s3.PutObject {BUCKET} 'a/'+{KEY}"),
        ("s3.upload({Bucket: process.env.OUT, Key: `a/${key}.b`}).promise();", f"s3.PutObject env:OUT 'a/'+{KEY}+'.b'"),
        ("s3.upload({Bucket: process.env['OUT'] || 'x', Key: 'k'});", "s3.PutObject env:OUT|'x' 'k'"),
        ("s3.upload({Bucket: process.env.OUT ?? 'x', Key: 'k'});", "s3.PutObject env:OUT|'x' 'k'"),
        ("s3.copyObject({Bucket: `${bucket}-small`, Key: key, CopySource: 'x'}).promise();", f"s3.CopyObject {BUCKET}+'-small' {KEY}"),
        ("const p = {Bucket: bucket}; p.Key = key; await s3.putObject(p).promise();", f"s3.PutObject {BUCKET} {KEY}"),
        ("const base = {Bucket: bucket}; s3.putObject({...base, Key: key});", f"s3.PutObject {BUCKET} {KEY}"),
        ("const rest = {...event, Key: 'k'}; s3.putObject({Bucket: 'b', ...rest});", "s3.PutObject {'b'|event:Bucket} 'k'"),
        ("s3.putObject(Object.assign({}, {Bucket: bucket}, {Key: key}));", f"s3.PutObject {BUCKET} {KEY}"),
        ("s3.putObject({Bucket: bucket, Key: require('path').join('a', key)});", f"s3.PutObject {BUCKET} 'a/'+{KEY}"),
        ("s3.putObject({Bucket: bucket, Key: key.substring(0, 3) + '.x'});", f"s3.PutObject {BUCKET} substring({KEY},0,3)+'.x'"),
        ("s3.putObject({Bucket: bucket, Key: key.split('/').pop()});", f"s3.PutObject {BUCKET} item(split({KEY},'/'),-1)"),
        ("s3.putObject.bind(s3)({Bucket: bucket, Key: key});", f"s3.PutObject {BUCKET} {KEY}"),
        ("await require('util').promisify(s3.putObject)({Bucket: bucket, Key: key});", f"s3.PutObject {BUCKET} {KEY}"),
        ("new AWS.SQS().sendMessage({QueueUrl: process.env.Q, MessageBody: 'x'}).promise();", "sqs.SendMessage env:Q"),
        ("new (require('aws-sdk/clients/sqs'))().sendMessage({QueueUrl: process.env.Q, MessageBody: 'x'});", "sqs.SendMessage env:Q"),
        ("new AWS.DynamoDB.DocumentClient().put({TableName: process.env.T, Item: {id: key}}).promise();", "dynamodb.PutItem env:T"),
        ("new AWS.DynamoDB().putItem({TableName: 't', Item: {}}).promise();", "dynamodb.PutItem 't'"),
        ("new AWS.DynamoDB.DocumentClient().batchWrite({RequestItems: {[process.env.T]: [{PutRequest: {Item: {}}}]}});", "dynamodb.BatchWriteItem env:T"),
        ("new AWS.Lambda().invoke({FunctionName: context.functionName, InvocationType: 'Event'});", "lambda.Invoke context:functionName"),
        ("new AWS.StepFunctions().startExecution({stateMachineArn: process.env.M});", "stepfunctions.StartExecution env:M"),
        ("new AWS.EventBridge().putEvents({Entries: [{Source: 'a', DetailType: 'b'}]}).promise();", "events.PutEvents -"),
        ("require('aws-xray-sdk').captureAWSClient(new AWS.S3()).putObject({Bucket: bucket, Key: key});", f"s3.PutObject {BUCKET} {KEY}"),
        ("await context.invoke('step', 'other', {});", "lambda.Invoke 'other'"),
        ("setTimeout(() => s3.putObject({Bucket: bucket, Key: key}), 5);", f"s3.PutObject {BUCKET} {KEY}"),
        ("s3.getObject({Bucket: bucket, Key: key}).promise().then(d => s3.putObject({Bucket: 'b', Key: key}));", f"s3.PutObject 'b' {KEY}"),
        ("await Promise.all(event.Records.map(x => s3.putObject({Bucket: 'b', Key: x.s3.object.key})));", f"s3.PutObject 'b' {KEY}"),
        ("for (const i in event.Records) s3.putObject({Bucket: 'b', Key: event.Records[i].s3.object.key});", f"s3.PutObject 'b' {KEY}"),
        ("require('async').waterfall([next => next(null), next => s3.putObject({Bucket: 'b', Key: key}, next)], callback);", f"s3.PutObject 'b' {KEY}"),
        ("await new Promise((ok, no) => s3.putObject({Bucket: 'b', Key: key}, (e, d) => e ? no(e) : ok(d)));", f"s3.PutObject 'b' {KEY}"),
    ],
)  # fmt: skip
def test_calls_of_the_sdk(line: str, expected: str) -> None:
    """One call each, with the values that stand in it."""
    assert writes(javascript(handler(line))) == [expected]


@pytest.mark.parametrize(
    ("imported", "line", "expected"),
    [
        ("", "s3.send(new PutObjectCommand({Bucket: bucket, Key: key}))", f"s3.PutObject {BUCKET} {KEY}"),
        ("", "const c = new CopyObjectCommand({Bucket: bucket, Key: key, CopySource: 'x'}); await s3.send(c)", f"s3.CopyObject {BUCKET} {KEY}"),
        ("import { S3 } from '@aws-sdk/client-s3';", "new S3({}).putObject({Bucket: bucket, Key: key})", f"s3.PutObject {BUCKET} {KEY}"),
        ("import { Upload } from '@aws-sdk/lib-storage';", "new Upload({client: s3, params: {Bucket: bucket, Key: key}}).done()", f"s3.PutObject {BUCKET} {KEY}"),
        ("import { SQSClient, SendMessageBatchCommand } from '@aws-sdk/client-sqs';", "new SQSClient().send(new SendMessageBatchCommand({QueueUrl: process.env.Q, Entries: event.list}))", "sqs.SendMessageBatch env:Q"),
        ("import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'; import { DynamoDBClient } from '@aws-sdk/client-dynamodb';", "DynamoDBDocumentClient.from(new DynamoDBClient({})).send(new PutCommand({TableName: process.env.T, Item: {}}))", "dynamodb.PutItem env:T"),
        ("import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'; import { DynamoDB } from '@aws-sdk/client-dynamodb';", "DynamoDBDocument.from(new DynamoDB()).update({TableName: 't', Key: {id: 1}})", "dynamodb.UpdateItem 't' {id:1}"),
        ("import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';", "new EventBridgeClient().send(new PutEventsCommand({Entries: [{EventBusName: 'bus', Source: 's'}]}))", "events.PutEvents 'bus'"),
        ("import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';", "new SFNClient().send(new StartExecutionCommand({stateMachineArn: process.env.M}))", "stepfunctions.StartExecution env:M"),
        ("import * as lambda from '@aws-sdk/client-lambda';", "new lambda.LambdaClient().send(new lambda.InvokeCommand({FunctionName: process.env.F}))", "lambda.Invoke env:F"),
    ],
)  # fmt: skip
def test_calls_of_version_3(imported: str, line: str, expected: str) -> None:
    source = (
        f"{V3}{imported}\nexport const handler = async (event, context) => {{\n  {RECORD}  {line};\n}};\n"
    )
    assert writes(found := javascript(source, name="index.mjs")) == [expected]
    assert not found.gaps


@pytest.mark.parametrize(
    "line",
    [
        "s3.getSignedUrl('putObject', {Bucket: bucket, Key: key});",
        "const { getSignedUrl } = require('@aws-sdk/s3-request-presigner'); const { PutObjectCommand } = require('@aws-sdk/client-s3'); getSignedUrl(s3, new PutObjectCommand({Bucket: bucket, Key: key}));",
        "const { PutObjectCommand } = require('@aws-sdk/client-s3');",
        "s3.getObject({Bucket: bucket, Key: key});",
    ],
)  # fmt: skip
def test_what_writes_nothing(line: str) -> None:
    assert writes(javascript(handler(line))) == []


# Structure --------------------------------------------------------------------------------------------------------------

EXPECTED = f"s3.PutObject env:OUT 'a/'+{KEY}"
KEY_OF = "event.Records[0].s3.object.key"
VARIANTS = {
    "function": V2 + f"exports.handler = function(event, context, cb) {{ s3.putObject({{Bucket: process.env.OUT, Key: 'a/' + {KEY_OF}}}, cb); }};",
    "callback": V2 + f"""exports.handler = (event, context, cb) => {{
        s3.getObject({{Bucket: 'x', Key: 'y'}}, function (err, data) {{
            if (err) {{ cb(err); return; }}
            s3.putObject({{Bucket: process.env.OUT, Key: 'a/' + {KEY_OF}}}, function (err) {{ if (err) cb(err); else cb(null); }});
        }});
    }};""",
    "promise": V2 + f"exports.handler = (event) => s3.getObject({{}}).promise().then((d) => s3.putObject({{Bucket: process.env.OUT, Key: 'a/' + {KEY_OF}}}).promise()).catch(console.error);",
    "command": V3 + f"export async function handler(event) {{ await s3.send(new PutObjectCommand({{Bucket: process.env.OUT, Key: `a/${{{KEY_OF}}}`}})); }}",
    "destructured": V2 + "const {OUT: out} = process.env;\nexports.handler = async ({Records: [{s3: {object: {key}}}]}) => s3.putObject({Bucket: out, Key: 'a/' + key}).promise();",
    "class": V2 + f"""class Store {{
        static prefix = 'a/';
        #bucket = process.env.OUT;
        constructor(client) {{ this.client = client; this.save = this.save.bind(this); }}
        async save(key) {{ return this.client.putObject({{Bucket: this.#bucket, Key: Store.prefix + key}}).promise(); }}
    }}
    const store = new Store(s3);
    module.exports = {{ handler: async (event) => store.save({KEY_OF}) }};""",
    "inherited": V2 + f"""class Base {{ constructor(b) {{ this.b = b; }} save(k) {{ return s3.putObject({{Bucket: this.b, Key: this.name(k)}}); }} }}
    class Store extends Base {{ constructor() {{ super(process.env.OUT); }} name(k) {{ return 'a/' + k; }} }}
    exports.handler = async (event) => new Store().save({KEY_OF});""",
    "prototype": V2 + f"""function Store(b) {{ this.b = b; this.save = function(k) {{ return s3.putObject({{Bucket: this.b, Key: 'a/' + k}}); }}; }}
    exports.handler = async (event) => new Store(process.env.OUT).save({KEY_OF});""",
    "middleware": V2 + f"const middy = require('@middy/core');\nconst base = async (event) => s3.putObject({{Bucket: process.env.OUT, Key: 'a/' + {KEY_OF}}});\nmodule.exports.handler = middy(base).use(require('@middy/http-cors')());",
    "table of functions": V2 + f"const actions = {{ save: (k) => s3.putObject({{Bucket: process.env.OUT, Key: 'a/' + k}}) }};\nexports.handler = async (event) => actions[event.action]({KEY_OF});",
    "hoisted": V2 + f"exports.handler = handler;\nasync function handler(event) {{ return save({KEY_OF}); }}\nfunction save(k) {{ return s3.putObject({{Bucket: process.env.OUT, Key: 'a/' + k}}).promise(); }}",
    "assigned later": V2 + f"let handler;\nhandler = async (event) => {{ const key = {KEY_OF}; const params = {{ Bucket: process.env.OUT }}; params['Key'] = 'a/' + key; return s3.putObject(params).promise(); }};\nexports.handler = handler;",
    "reduce": V2 + "exports.handler = (event) => event.Records.reduce((p, r) => p.then(() => s3.putObject({Bucket: process.env.OUT, Key: 'a/' + r.s3.object.key}).promise()), Promise.resolve());",
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_the_same_call_in_another_shape(name: str) -> None:
    """However the code is laid out, the call has the same target and key and no condition."""
    found = javascript(VARIANTS[name])
    assert set(writes(found)) == {EXPECTED}
    assert not gaps(found)
    assert all(site.reached and not site.guards for site in found.calls)


def test_typescript() -> None:
    source = f"""
    import type {{ S3Event, Context }} from 'aws-lambda';
    import {{ S3Client, PutObjectCommand, type PutObjectCommandInput }} from '@aws-sdk/client-s3';
    enum Prefix {{ Out = 'a/' }}
    interface Saver {{ save(key: string): Promise<void>; }}
    export class Store implements Saver {{
        constructor(private readonly client: S3Client, private bucket: string = process.env.OUT!) {{}}
        public async save(key: string): Promise<void> {{
            const input = {{ Bucket: this.bucket, Key: `${{Prefix.Out}}${{key}}` }} as PutObjectCommandInput;
            await this.client.send(new PutObjectCommand(input));
        }}
    }}
    export const handler = async (event: S3Event, _context?: Context): Promise<void> => {{
        const store: Saver = new Store(new S3Client({{}}));
        await store.save(({KEY_OF} as string)!);
    }};
    """
    found = javascript(source, name="app.ts")
    assert (writes(found), gaps(found)) == ([EXPECTED], [])


MODULES = {
    "commonjs": ("const { save } = require('./store');", {"store.js": "@ module.exports = { save };"}),
    "property": ("const save = require('./lib/store').save;", {"lib/store.js": "@ exports.save = save;"}),
    "whole": ("const save = require('./store.js');", {"store.js": "@ module.exports = save;"}),
    "index": ("const { save } = require('./lib');", {"lib/index.js": "@ module.exports.save = save;"}),
    "main of a folder": ("const { save } = require('./store');", {"store/package.json": '{"main": "./lib/main"}', "store/lib/main.js": "@ module.exports = { save };", "store/index.js": "module.exports = {};"}),
    "folder as main": ("const { save } = require('./store');", {"store/package.json": '{"main": "lib"}', "store/lib/index.cjs": "@ module.exports = { save };"}),
    "main that is missing": ("const { save } = require('./store');", {"store/package.json": '{"main": "dist/x.js"}', "store/index.js": "@ module.exports = { save };"}),
    "package without a main": ("const { save } = require('./store');", {"store/package.json": '{"name": "store"}', "store/index.js": "@ module.exports = { save };"}),
    "file before folder": ("const { save } = require('./store');", {"store/package.json": '{"main": "x"}', "store/x.js": "exports.save = () => 0;", "store.js": "@ module.exports = { save };"}),
    "default": ("import save from './store';", {"store.ts": "@ export default save;"}),
    "named": ("import { keep as save } from './store.js';", {"store.ts": "@ export { save as keep };"}),
    "namespace": ("import * as store from './store'; const save = store.save;", {"store.mjs": "@ export { save };"}),
    "barrel": ("import { save } from './lib';", {"lib/index.ts": "export * from './store';", "lib/store.ts": "@ export { save };"}),
    "passed on": ("import { save } from './lib';", {"lib/index.ts": "export { default as save } from './s';", "lib/s.ts": "@ export default save;"}),
    "layer": ("const { save } = require('/opt/nodejs/store');", {"layer/nodejs/store.js": "@ module.exports = { save };"}),
    "package of a layer": ("const { save } = require('shared');", {"layer/nodejs/node_modules/shared/index.js": "@ module.exports = { save };"}),
    "dynamic": ("const save = async (k) => (await import('./store.js')).save(k);", {"store.js": "@ exports.save = save;"}),
    "data": ("const { prefix } = require('./c.json'); const save = (k) => new (require('aws-sdk')).S3().putObject({Bucket: process.env.OUT, Key: prefix + k});", {"c.json": '{"prefix": "a/"}'}),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_a_call_in_another_module(name: str) -> None:
    imported, files = MODULES[name]
    store = "const AWS = require('aws-sdk'); const s3 = new AWS.S3(); "
    store += "function save(k) { return s3.putObject({Bucket: process.env.OUT, Key: 'a/' + k}).promise(); }\n"
    source = f"{imported}\nexports.handler = async (event) => {{ await save({KEY_OF}); }};\n"
    found = javascript(source, {path: text.replace("@", store) for path, text in files.items()})
    assert (writes(found), gaps(found)) == ([EXPECTED], [])


@pytest.mark.parametrize(
    "source",
    [
        f"{V2}module.exports = {{ handler: async () => s3.putObject({{Bucket: 'b', Key: 'k'}}) }};",
        f"{V2}exports.handler = async () => s3.putObject({{Bucket: 'b', Key: 'k'}});",
        f"{V2}module.exports.handler = async function () {{ s3.putObject({{Bucket: 'b', Key: 'k'}}); }};",
        f"{V2}export const handler = async () => s3.putObject({{Bucket: 'b', Key: 'k'}});",
        f"{V2}async function handler() {{ s3.putObject({{Bucket: 'b', Key: 'k'}}); }}\nexport {{ handler }};",
        f"{V2}export default {{ handler() {{ s3.putObject({{Bucket: 'b', Key: 'k'}}); }} }};",
        f"{V2}const handler = () => s3.putObject({{Bucket: 'b', Key: 'k'}});\nmodule.exports = {{ handler }};",
    ],
)
def test_how_a_handler_is_exported(source: str) -> None:
    assert writes(javascript(source)) == ["s3.PutObject 'b' 'k'"]


# Conditions ---------------------------------------------------------------------------------------------------------------

PUT = "s3.putObject({Bucket: 'b', Key: 'k'});"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((PUT,), []),
        ((f"if (event.a) {PUT}",), ["event.a"]),
        (("if (event.a) return;", PUT), ["not (event.a)"]),
        (("if (event.a) throw new Error();", PUT), ["not (event.a)"]),
        (("if (event.a) { return callback(null); }", PUT), ["not (event.a)"]),
        ((f"for (const x of event.l) {{ if (x.a) continue; {PUT} }}",), ["not (x.a)"]),
        ((f"event.a && {PUT}",), ["event.a"]),
        ((f"event.a || {PUT}",), ["not (event.a)"]),
        ((f"event.a ? {PUT[:-1]} : null;",), ["event.a"]),
        ((f"switch (event.a) {{ case 'x': {PUT} break; default: }}",), ["case 'x'"]),
        ((f"switch (event.a) {{ case 'x': break; default: {PUT} }}",), ["not (case 'x')"]),
        ((f"event.l.forEach((x) => {{ if (x.a) return; {PUT} }});",), ["not (x.a)"]),
        (("let ok = false;", "if (event.a) { ok = true; }", f"if (ok) {PUT}"), ["ok"]),
    ],
)
def test_conditions_on_the_way(lines: tuple[str, ...], expected: list[str]) -> None:
    assert conditions(only(javascript(handler(*lines)))) == expected


def test_cases_that_run_on() -> None:
    """Without a ``break`` a case goes on into the one below."""
    found = javascript(handler(f"switch (event.a) {{ case 'x': case 'y': {PUT} break; default: }}"))
    assert [conditions(site) for site in found.calls] == [["case 'x'"], ["not (case 'x')", "case 'y'"]]


def test_handlers_of_errors() -> None:
    assert only(javascript(handler("try { JSON.parse(event.a); } catch (e) {", PUT, "}"))).on_error
    assert only(javascript(handler(f"s3.getObject({{}}).promise().catch((e) => {{ {PUT} }});"))).on_error
    assert only(javascript(handler(f"s3.getObject({{}}, (err, d) => {{ if (err) {PUT} }});"))).on_error
    assert not only(javascript(handler(f"s3.getObject({{}}, (err, d) => {{ if (!err) {PUT} }});"))).on_error


# Traps --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        handler("if (false) {", PUT, "}"),
        handler("return;", PUT),
        V2 + f"function unused() {{ {PUT} }}\nexports.handler = async () => 1;",
        V2 + f"exports.other = async () => {{ {PUT} }};\nexports.handler = async () => 1;",
        handler("1") + f"if (require.main === module) {{ {PUT} }}",
    ],
)
def test_code_that_is_not_reached(source: str) -> None:
    assert writes(found := javascript(source)) == []
    assert not found.gaps


def test_the_event_with_something_added() -> None:
    line = "new AWS.Lambda().invoke({FunctionName: 'f', Payload: JSON.stringify({...event, worker: true})});"
    assert shown(only(javascript(handler(line))).value("payload")) == "json({worker:True,…event:})"
    line = (
        "event.worker = true; new AWS.Lambda().invoke({FunctionName: 'f', Payload: JSON.stringify(event)});"
    )
    assert shown(only(javascript(handler(line))).value("payload")) == "json({worker:True,…event:})"


def test_functions_handed_to_code_that_is_not_read() -> None:
    """They may be called: the call is there, but not surely reached."""
    source = handler(f"require('p-queue').add(() => {PUT[:-1]});")
    (site,) = javascript(source, {"package.json": '{"dependencies": {"p-queue": "1"}}'}).calls
    assert not site.reached


def test_elements_that_are_left_out_of_a_pattern() -> None:
    lines = ("const [, second] = ['x', 'y'];", "s3.putObject({Bucket: second, Key: 'k'});")
    assert writes(javascript(handler(*lines))) == ["s3.PutObject 'y' 'k'"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("const todo = [];", "for (const b of ['x', 'y']) todo.push(() => s3.putObject({Bucket: b, Key: 'k'}));", "todo.forEach((f) => f());"), ["s3.PutObject 'x' 'k'", "s3.PutObject 'y' 'k'"]),
        (("const b = 'x'; { const b = 'y'; }", "s3.putObject({Bucket: b, Key: 'k'});"), ["s3.PutObject 'x' 'k'"]),
        (("let b = 'x'; { b = 'y'; }", "s3.putObject({Bucket: b, Key: 'k'});"), ["s3.PutObject 'y' 'k'"]),
        (("if (true) { var b = 'y'; }", "s3.putObject({Bucket: b, Key: 'k'});"), ["s3.PutObject 'y' 'k'"]),
        (("for (var b of ['x', 'y']) {}", "s3.putObject({Bucket: b, Key: 'k'});"), ["s3.PutObject 'y' 'k'"]),
        (("let b; for (b of event.list) { break; }", "s3.putObject({Bucket: b, Key: 'k'});"), ["s3.PutObject {None|event:list.[]} 'k'"]),
        (("try { var b = 'x'; } catch (e) {}", "s3.putObject({Bucket: b, Key: 'k'});"), ["s3.PutObject 'x' 'k'"]),
    ],
)  # fmt: skip
def test_variables_of_blocks(lines: tuple[str, ...], expected: list[str]) -> None:
    assert writes(javascript(handler(*lines))) == expected


ESBUILD = """
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);
var index_exports = {};
__export(index_exports, { handler: () => handler, other: () => other });
module.exports = __toCommonJS(index_exports);
var import_client_s3 = require("@aws-sdk/client-s3");
var client = new import_client_s3.S3Client({});
var other = () => 1;
var handler = async (event) => {
  await client.send(new import_client_s3.PutObjectCommand({ Bucket: process.env.OUT, Key: `a/${event.Records[0].s3.object.key}` }));
};
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = { handler, other });
"""
TSC = """
"use strict";
var __awaiter = (this && this.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(step); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
var __importStar = (this && this.__importStar) || function (mod) { var result = {}; for (var k in mod) result[k] = mod[k]; return result; };
Object.defineProperty(exports, "__esModule", { value: true });
exports.handler = void 0;
const AWS = __importStar(require("aws-sdk"));
const s3 = new AWS.S3();
const name = (key) => __awaiter(void 0, void 0, void 0, function* () { return `a/${key}`; });
const handler = (event) => __awaiter(void 0, void 0, void 0, function* () {
    const key = yield name(event.Records[0].s3.object.key);
    yield s3.putObject({ Bucket: process.env.OUT, Key: key }).promise();
});
exports.handler = handler;
"""


@pytest.mark.parametrize("source", [ESBUILD, TSC])
def test_what_bundlers_and_compilers_make(source: str) -> None:
    found = javascript(source)
    assert (set(writes(found)), gaps(found)) == ({EXPECTED}, [])


def test_modules_that_import_each_other_are_not_silently_lost() -> None:
    more = {"a.js": "const { b } = require('./b'); exports.a = () => b();",
            "b.js": "const { a } = require('./a'); " + V2 + f"exports.b = () => {{ {PUT} }};"}  # fmt: skip
    source = (
        "const { b } = require('./b'); const { a } = require('./a');\nexports.handler = async () => { a(); };"
    )
    found = javascript(source, more)
    assert writes(found) == ["s3.PutObject 'b' 'k'"] or gaps(found)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("exports.handler = async (event => {", "syntax error in line 1"),
        (handler("require(event.name);"), "require with a computed name"),
        (handler("require('./gone');"), "module ./gone is not found"),
        (handler("require('not-here');"), "module not-here is not found"),
        (handler("require('kafkajs');"), "kafkajs may write to AWS by itself"),
        (handler("eval(event.code);"), "eval is used"),
        (handler("new Function(event.code)();"), "Function is used"),
        (handler("s3[event.name]({});"), "a member of a computed name"),
        (handler("require('child_process').exec('aws s3 cp a b');"), "child_process.exec runs a program"),
        (handler("new Proxy({}, { get() { return () => 1; } }).go();"), "a Proxy is used"),
        (handler("require('lodash').map(s3);"), "a client of s3 is handed to code that is not read"),
        (handler("s3.send(event.command);"), "an unknown command is sent by a client of s3"),
        (handler("x" + ".a()" * 300 + ";"), "nested too deeply"),
    ],
)
def test_what_cannot_be_followed_is_said(source: str, expected: str) -> None:
    assert expected in gaps(javascript(source))


@pytest.mark.parametrize(
    ("program", "gap"),
    [
        ("'/opt/bin/ffmpeg'", False),
        ("require('ffmpeg-static')", False),
        ("process.env.LOCAL ? require('ffmpeg-static').path : '/opt/bin/ffmpeg'", False),
        ("process.env.LOCAL ? 'bash -c' : '/opt/bin/ffmpeg'", True),
        ("process.env.TOOL", True),
        ("process.execPath", True),
        ("require('aws-cli-js').path", True),
    ],
)
def test_a_program_that_is_surely_not_the_command_line_of_aws(program: str, gap: bool) -> None:
    more = {"package.json": '{"dependencies": {"ffmpeg-static": "1", "aws-cli-js": "1"}}'}
    run = f"require('child_process').exec(`${{{program}}} -i ${{event.url}} out.gif`);"
    found = javascript(handler(run), more)
    assert ("child_process.exec runs a program" in gaps(found)) == gap


@pytest.mark.parametrize(
    ("imported", "read"),
    [
        ("const { env } = process", "env.OUT"),
        ("const { env: { OUT } } = process", "OUT"),
        ("const { env } = require('process')", "env['OUT']"),
        ("import { env } from 'node:process'", "env.OUT"),
        ("import { env as settings } from 'process'", "settings.OUT"),
        ("import process from 'node:process'", "process.env.OUT"),
        ("import * as own from 'node:process'", "own.env.OUT"),
        ("const settings = globalThis.process.env", "settings.OUT"),
    ],
)
def test_the_environment_by_every_name(imported: str, read: str) -> None:
    found = javascript(
        f"{imported};\nconst AWS = require('aws-sdk');\nexports.handler = async (event) => {{\n"
        f"await new AWS.S3().putObject({{ Bucket: {read}, Key: 'k' }}).promise(); }};"
    )
    assert writes(found) == ["s3.PutObject env:OUT 'k'"]


@pytest.mark.parametrize(
    ("package", "command", "may"),
    [
        ("redshift-data", "ExecuteStatement({ Sql: `unload ('x') to 's3://${process.env.OUT}/x'` })", True),
        ("redshift-data", "ExecuteStatement({ Sql: 'select 1' })", False),
        ("s3-control", "CreateJob({ Operation: { S3PutObjectCopy: { TargetResource: 'b' } } })", True),
        ("rds", "StartExportTask({ S3BucketName: 'b' })", True),
        ("sagemaker", "CreateProcessingJob({ ProcessingOutputConfig: { Outputs: [{ S3Output: { S3Uri: 's3://b/' } }] } })", True),
        ("connect", "StartOutboundVoiceContact({ DestinationPhoneNumber: '1' })", False),
        ("rekognition", "DetectLabels({ Image: { S3Object: { Bucket: 'b', Name: 'k' } } })", False),
    ],
)  # fmt: skip
def test_jobs_that_write_objects_for_others(package: str, command: str, may: bool) -> None:
    name = command.partition("(")[0] + "Command"
    found = javascript(
        f"const {{ Client, {name} }} = require('@aws-sdk/client-{package}');\n"
        f"exports.handler = async (event) => {{ await new Client({{}}).send(new {name}({command.partition('(')[2]}); }};"
    )
    assert bool(gaps(found)) is may, gaps(found)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("path.join('a/', key)", f"'a/'+{KEY}"),
        ("path.join('a', '/b', key)", f"'a/b/'+{KEY}"),
        ("path.join('', key)", KEY),
        ("path.join('./a', key)", f"'a/'+{KEY}"),
        ("path.posix.join('a', '..', 'b', key)", f"'b/'+{KEY}"),
        ("path.join(path.dirname(key), '..', 'b', 'c')", "?+'b/c'"),
        ("path.join(key, '..', '..', 'b')", "?+'b'"),
        ("path.normalize(`./a//${key}`)", f"'a/'+{KEY}"),
        ("path.normalize('a/../b/') + key", f"'b/'+{KEY}"),
        ("path.resolve('/a', '/b', key)", f"'/b/'+{KEY}"),
        ("path.resolve('a', key)", f"?+'/a/'+{KEY}"),
    ],
)
def test_paths_that_are_put_together(made: str, expected: str) -> None:
    found = javascript(
        "const path = require('path'), AWS = require('aws-sdk');\nexports.handler = async (event) => {\n"
        "const key = event.Records[0].s3.object.key;\n"
        f"await new AWS.S3().putObject({{ Bucket: 'b', Key: {made} }}).promise(); }};"
    )
    assert shown(only(found).key) == expected


PUTTING = (
    "const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3'); const s3 = new S3Client({});\n"
    "const put = () => s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k' }));\n"
)


ASSIGNED = "class C { constructor(o) { Object.assign(this, o); } }"


COPIED = "class C { on = false; constructor(o) { for (const k in o) this[k] = o[k]; } }"


INHERITED = "class B { constructor(o) { Object.assign(this, o); } } class C extends B { constructor(o) { super(o); } }"


FUNCTION = "function C(o) { this.on = false; Object.assign(this, o); }"


def reached(found: object) -> str:
    """Whether the handler puts the object: always, sometimes (on a condition), or never."""
    calls = found.calls  # type: ignore[attr-defined]
    return "never" if not calls else "always" if any(not site.guards for site in calls) else "sometimes"


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ASSIGNED, "const x = new C(event); if (x.on) await put();", "sometimes"),
        (ASSIGNED, "const x = new C({ on: true }); if (x.on) await put();", "always"),
        (ASSIGNED, "const x = new C({ on: false }); if (x.on) await put();", "never"),
        (ASSIGNED, "const x = new C({ other: true }); if (x.on) await put();", "never"),
        (INHERITED, "const x = new C(event); if (x.on) await put();", "sometimes"),
        (COPIED, "const x = new C(event); if (x.on) await put();", "sometimes"),
        (COPIED, "const x = new C({}); if (x.on) await put();", "never"),
        (FUNCTION, "const x = new C(event); if (x.on) await put();", "sometimes"),
        (FUNCTION, "const x = new C({ other: 1 }); if (x.on) await put();", "never"),
        ("", "const x = { on: false }; for (const k in event) x[k] = event[k]; if (x.on) await put();", "sometimes"),
        ("", "const x = { on: false }; x['a-' + event.k] = true; if (x.on) await put();", "never"),
        ("", "const x = { on: false }; Object.assign(x, { [event.k]: true }); if (x.on) await put();", "sometimes"),
        ("", "const x = { on: false }, o = {}; if (event.a) o.on = true; Object.assign(x, o); if (x.on) await put();",
         "sometimes"),
        ("", "const x = { on: false }; Object.assign(x, { other: 1 }); if (x.on) await put();", "never"),
        ("const _ = require('lodash');", "const x = { on: false }; _.merge(x, event); if (x.on) await put();", "sometimes"),
        ("const _ = require('lodash');", "const x = { p: { on: true } }; _.merge(x, { p: { a: 1 } }); if (x.p.on) await put();",
         "always"),
        ("const _ = require('lodash');", "const x = { on: false }; _.merge(x, { other: 1 }); if (x.on) await put();", "never"),
        ("const set = require('lodash/set');", "const x = { p: { on: false } }; set(x, 'p.on', true); if (x.p.on) await put();",
         "always"),
        ("const _ = require('lodash');", "const x = { on: false }; _.set(x, event.path, true); if (x.on) await put();",
         "sometimes"),
        ("const _ = require('lodash');", "const x = { on: false }; _.set(x, 'off', true); if (x.on) await put();", "never"),
        ("", "const x = { on: false }; Reflect.set(x, 'on', true); if (x.on) await put();", "always"),
    ],
)  # fmt: skip
def test_fields_that_come_from_another_object(head: str, body: str, expected: str) -> None:
    found = javascript(f"{PUTTING}{head}\nexports.handler = async (event) => {{ {body} }};")
    assert not found.gaps
    assert reached(found) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("const x = { on: true }; delete x.on; if (!x.on) await put();", "always"),
        ("const x = { on: true }; delete x.other; if (!x.on) await put();", "never"),
        ("const x = { on: true }; delete x[event.k]; if (!x.on) await put();", "sometimes"),
        ("const x = { on: true }; Reflect.deleteProperty(x, 'on'); if (!x.on) await put();", "always"),
        ("const x = new Map([['a', 1]]); x.delete(event.k); if (!x.get('a')) await put();", "sometimes"),
        ("const x = new Map([['a', 1]]); x.clear(); if (!x.get('a')) await put();", "always"),
        ("const x = [1]; x.length = 0; if (x.length === 0) await put();", "always"),
        ("const x = [1]; x.length = event.n; if (x.length === 0) await put();", "sometimes"),
        ("const x = [1]; if (x.length === 0) await put();", "never"),
        ("const x = [2, 1]; x.sort(); if (x[0] === 1) await put();", "sometimes"),
        ("const x = [2, 1]; if (x[0] === 1) await put();", "never"),
        ("const x = [1]; x.fill(0); if (x[0] === 0) await put();", "sometimes"),
    ],
)
def test_what_is_taken_away(body: str, expected: str) -> None:
    found = javascript(f"{PUTTING}exports.handler = async (event) => {{ {body} }};")
    assert not found.gaps
    assert reached(found) == expected


LOAD = "const load = async (k) => ({ done: k === 'x' }); const again = () => load('x');"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("const r = load('x'); if (!r.done) await put();", "sometimes"),
        ("const r = await load('x'); if (!r.done) await put();", "never"),
        ("const p = load('x'); const r = await p; if (!r.done) await put();", "never"),
        ("const { done } = again(); if (!done) await put();", "sometimes"),
        ("const { done } = await again(); if (!done) await put();", "never"),
        ("const [r] = await Promise.all([load('x')]); if (!r.done) await put();", "never"),
        ("await load('x').then((r) => { if (!r.done) return put(); });", "never"),
        ("const all = await Promise.all(['x'].map(load)); if (!all[0].done) await put();", "never"),
        ("const off = async () => false; const d = off(); if (d) await put();", "always"),
        ("const off = async () => false; const d = await off(); if (d) await put();", "never"),
    ],
)
def test_a_promise_is_no_value_until_it_is_waited_for(body: str, expected: str) -> None:
    found = javascript(f"{PUTTING}{LOAD}\nexports.handler = async (event) => {{ {body} }};")
    assert not found.gaps
    assert reached(found) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const { Worker } = require('worker_threads'); exports.handler = async () => { new Worker('./w.js'); };", True),
        ("import { Worker } from 'node:worker_threads'; export const handler = async () => { new Worker('./w.js'); };", True),
        ("const P = require('piscina'); exports.handler = async () => { new P({ filename: 'w.js' }); };", True),
        ("const { workerData } = require('worker_threads'); exports.handler = async () => workerData;", False),
    ],
)  # fmt: skip
def test_threads_run_files_of_their_own(source: str, expected: bool) -> None:
    found = javascript(source, {"package.json": '{"dependencies": {"piscina": "4"}}'})
    assert any("runs another file" in gap for gap in gaps(found)) == expected


@pytest.mark.parametrize(
    "made",
    [
        "new AWS.S3.ManagedUpload({ params: { Bucket: 'b', Key: 'k' } })",
        "new (require('aws-sdk/clients/s3')).ManagedUpload({ params: { Bucket: 'b', Key: 'k' } })",
    ],
)
def test_a_managed_upload_writes(made: str) -> None:
    source = f"const AWS = require('aws-sdk'); exports.handler = async () => {{ await {made}.promise(); }};"
    assert writes(javascript(source)) == ["s3.PutObject 'b' 'k'"]


@pytest.mark.parametrize("exported", ["module.exports =", "export default"])
@pytest.mark.parametrize(
    "imported",
    [
        'import * as Worker from "./worker";',
        'const Worker = require("./worker");',
        'import Worker from "./worker";',
    ],
)
def test_a_module_that_is_a_class_is_constructed(imported: str, exported: str) -> None:
    worker = """
        const { S3 } = require("@aws-sdk/client-s3");
        EXPORTED class Worker {
            constructor(bucket) { this.bucket = bucket; }
            run(key) { return new S3({}).putObject({ Bucket: this.bucket, Key: key, Body: "x" }); }
        };
        """
    handler = """
        exports.handler = async (event) => { await new Worker("out").run("k"); };
        """
    found = javascript(f"{imported}\n{handler}", {"worker.js": worker.replace("EXPORTED", exported)})
    assert writes(found) == ["s3.PutObject 'out' 'k'"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("s3.getObject({Bucket: 'a', Key: 'k'}).on('end', () => s3.putObject({Bucket: 'b', Key: 'x'}).promise()).send();", ["s3.PutObject 'b' 'x'"]),
        ("Promise.resolve(event.keys).map((k) => s3.deleteObject({Bucket: 'c', Key: k}).promise());", ["s3.DeleteObject 'c' event:keys.[]"]),
    ],
)  # fmt: skip
def test_methods_of_requests_that_are_no_promises_yet_are_those_of_their_values(
    line: str, expected: list[str]
) -> None:
    found = javascript(
        f"const AWS = require('aws-sdk'); const s3 = new AWS.S3();\nexports.handler = async (event) => {{ {line} }};"
    )
    assert writes(found) == expected
    assert not found.gaps
