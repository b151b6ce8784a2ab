"""Handlers that lie elsewhere than the template says: what builds, names of archives and other templates tell of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recursion_lint.code.location.function_source import FunctionSource, Located, NotLocated
from recursion_lint.code.location.handlers import locate
from recursion_lint.code.location.source_files import SourceTree, Unreadable
from recursion_lint.config import Config
from recursion_lint.run.lint import lint

PYTHON = "def handler(event, context):\n    return event\n"
NODE = "export const handler = async (event) => event;\n"
Tree = Callable[[dict[str, str]], SourceTree]


def opened(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Unreadable(str(problem)) from None


def write(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Writes files below a folder that becomes the current one."""
    monkeypatch.chdir(tmp_path)

    def written(texts: dict[str, str]) -> SourceTree:
        write(texts)
        return SourceTree(".", opened)

    return written


def found(there: SourceTree, of: FunctionSource) -> tuple[str, str]:
    located = locate(of, there)
    assert isinstance(located, Located), located
    return located.file, located.sure


def missed(there: SourceTree, of: FunctionSource) -> str:
    located = locate(of, there)
    assert isinstance(located, NotLocated), located
    return located.reason


def packed(archive: str, file: str = "cfn/shop.yaml", handler: str = "app.handler") -> FunctionSource:
    """A function whose code is an archive in S3."""
    return FunctionSource(file, "Worker", "python3.13", handler, "elsewhere", archive, distinct=False)


def built(where: str, handler: str = "index.handler", file: str = "template.yaml") -> FunctionSource:
    """A function whose code a build puts into a folder."""
    return FunctionSource(file, "Worker", "nodejs22.x", handler, "local", where, distinct=False)


@pytest.mark.parametrize(
    ("archive", "file"),
    [
        ("order-events.zip", "src/order_events/app.py"),
        ("shop-order-events.zip", "src/order_events/app.py"),
        ("acme-order-events.zip", ""),
        ("order-events-1.4.2.zip", "src/order_events/app.py"),
        ("%%PKG_ORDER_EVENTS%%", "src/order_events/app.py"),
        ("OrderEventsFunction.zip", "src/order_events/app.py"),
        ("billing-export.zip", "src/billing/export/app.py"),
        ("order-events-replay.zip", ""),
        ("shop-order.zip", ""),
        ("events.zip", ""),
        ("lambda.zip", ""),
    ],
)
def test_an_archive_is_named_after_the_folder_of_its_code(tree: Tree, archive: str, file: str) -> None:
    there = tree(
        {
            "cfn/shop.yaml": "",
            "src/order_events/app.py": PYTHON,
            "src/billing/export/app.py": PYTHON,
            "src/billing/import/app.py": PYTHON,
            "src/events/order/other.py": PYTHON,
        }
    )
    if file:
        assert found(there, packed(archive)) == (file, "guess")
    else:
        assert missed(there, packed(archive))


def test_an_archive_begins_with_the_name_of_the_solution(tree: Tree) -> None:
    there = tree({"src/cicd/app.py": PYTHON, "src/admin/app.py": PYTHON, "cfn/smart-shop-main.yaml": ""})
    assert found(there, packed("smart-shop-cicd.zip", "cfn/smart-shop-main.yaml"))[0] == "src/cicd/app.py"
    assert missed(there, packed("smart-shop-cicd.zip", "cfn/other.yaml"))


def test_an_archive_is_sure_where_the_template_lies_in_the_folder_that_it_is_named_after(tree: Tree) -> None:
    texts = {"solutions/audit_org/lambda/src/app.py": PYTHON, "solutions/audit_org/templates/acme.yaml": ""}
    there = tree({**texts, "solutions/other_org/lambda/src/app.py": PYTHON})
    inside = packed("acme-audit-org.zip", "solutions/audit_org/templates/acme.yaml")
    assert found(there, inside) == ("solutions/audit_org/lambda/src/app.py", "exact")
    assert found(there, inside._replace(file="cfn/acme.yaml"))[1] == "guess"
    assert missed(there, inside._replace(where="acme-audit.zip"))
    there = tree({"solutions/audit_org/lambda/rules/tags/app.py": PYTHON})
    assert found(there, inside) == ("solutions/audit_org/lambda/src/app.py", "guess")


def test_folders_that_an_archive_may_be_named_after_equally_are_none(tree: Tree) -> None:
    there = tree({"a/order_events/app.py": PYTHON, "b/order-events/app.py": PYTHON})
    reason = missed(there, packed("shop-order-events.zip"))
    assert "a/order_events/app.py" in reason
    assert "b/order-events/app.py" in reason


def test_a_handler_must_define_its_function(tree: Tree) -> None:
    there = tree({"src/order_events/app.py": "def main(event, context):\n    return event\n"})
    assert missed(there, packed("shop-order-events.zip"))


@pytest.mark.parametrize("beside", ["apps/calls/backend/template.yaml", "apps/calls/backend/readme.md"])
def test_a_folder_beside_that_has_a_template_is_another_project(tree: Tree, beside: str) -> None:
    there = tree({"apps/calls/server/make-user/app.py": PYTHON, beside: ""})
    of = packed("chat-make-user.zip", "apps/chat/backend/template.yaml")
    if beside.endswith("yaml"):
        assert missed(there, of)
    else:
        assert found(there, of) == ("apps/calls/server/make-user/app.py", "guess")


ESBUILD = """\
const { build } = require("esbuild");
build({
  entryPoints: ["./src/orders/accept.ts"],
  bundle: true,
  define: { "process.env.NODE_ENV": "'production'" },
  outfile: "out/accept/index.js",
});
"""
WEBPACK = """\
module.exports = {
  entry: { accept: "./src/orders/accept.ts", 'refuse': "./src/orders/refuse.ts" },
  output: { path: path.resolve(__dirname, "./out"), filename: "[name]/index.js" },
};
"""
MANY = """\
await esbuild.build({ entryPoints: ['src/orders/accept.ts', 'src/users/add.ts'], outdir: 'out' });
"""
NAMED = (
    'buildSync({ outdir: path.join(__dirname, "out"), entryPoints: { accept: "src/orders/accept.ts" } });\n'
)
SCRIPT = '{"scripts": {"build": "rm -rf out && esbuild src/orders/accept.ts --bundle --outfile=out/accept/index.js"}}'


@pytest.mark.parametrize(
    ("name", "text", "where", "handler"),
    [
        ("build.js", ESBUILD, "out/accept", "index.handler"),
        ("build.js", ESBUILD, "out/accept/accept.zip", "index.handler"),
        ("tools/esbuild.config.ts", ESBUILD, "out", "accept/index.handler"),
        ("webpack.config.js", WEBPACK, "out/accept/", "index.handler"),
        ("build.mjs", MANY, "out/orders/", "accept.handler"),
        ("esbuild.config.mjs", NAMED, "out", "accept.handler"),
        ("package.json", SCRIPT, "./out/accept", "index.handler"),
    ],
)
def test_what_a_bundler_makes_is_its_entry_point(
    tree: Tree, name: str, text: str, where: str, handler: str
) -> None:
    sources = ("src/orders/accept.ts", "src/orders/refuse.ts", "src/users/add.ts")
    there = tree({name: text, "package.json": text if name == "package.json" else "{}"})
    there = tree(dict.fromkeys(sources, NODE))
    assert found(there, built(where, handler)) == ("src/orders/accept.ts", "exact")
    assert missed(there, built("out/cancel/", handler))


@pytest.mark.parametrize(
    "text",
    [
        ESBUILD.replace('"./src/orders/accept.ts"', "`./src/orders/${name}.ts`"),
        ESBUILD.replace("out/accept/index.js", "out/refuse/index.js"),
        ESBUILD.replace("accept.ts", "gone.ts"),
        ESBUILD.replace("outfile:", "banner:"),
        ESBUILD + ESBUILD.replace("accept.ts", "refuse.ts"),
    ],
)
def test_what_a_bundler_does_not_surely_make_is_not_taken(tree: Tree, text: str) -> None:
    there = tree({"build.js": text, "src/orders/accept.ts": NODE, "src/orders/refuse.ts": NODE})
    located = locate(built("out/accept"), there)
    assert isinstance(located, NotLocated) or located.sure == "guess"


def test_a_part_of_a_template_has_the_handler_that_one_bundle_is_named_after(tree: Tree) -> None:
    there = tree({"webpack.config.js": WEBPACK.replace("/index", ""), "src/orders/accept.ts": NODE})
    part = built(".", "accept.handler", "cfn/part.yaml")._replace(runtime="")
    assert found(there, part) == ("src/orders/accept.ts", "guess")
    assert missed(there, part._replace(handler="refuse.handler")) == "no Runtime is set"
    assert missed(there, part._replace(handler="index.handler")) == "no Runtime is set"


def test_a_path_may_start_from_a_folder_around_the_template(tree: Tree) -> None:
    there = tree(
        {"infra/cfn/template.yaml": "", "src/worker/app.py": PYTHON, "lib/src/worker/app.py": PYTHON}
    )
    of = packed("", "infra/cfn/template.yaml")._replace(kind="local", where="src/worker/")
    assert found(there, of) == ("src/worker/app.py", "guess")
    assert missed(there, of._replace(where="src/other/"))
    there = tree({"infra/src/worker/app.py": PYTHON})
    assert "infra/src/worker/app.py" in missed(there, of)


def test_a_path_that_any_function_has_starts_from_the_template_only(tree: Tree) -> None:
    there = tree({"infra/template.yaml": "", "src/app.py": PYTHON})
    of = packed("", "infra/template.yaml")._replace(kind="local", where="src/")
    assert missed(there, of)


def test_the_only_file_of_a_telling_path_is_the_handlers(tree: Tree) -> None:
    there = tree({"cfn/template.yaml": "", "src/handlers/triage.py": PYTHON})
    of = packed("", "cfn/template.yaml", "handlers/triage.handler")._replace(kind="local", where="package/")
    assert found(there, of) == ("src/handlers/triage.py", "guess")
    there = tree({"old/handlers/triage.py": PYTHON})
    assert missed(there, of)


def test_a_bundle_in_a_folder_of_its_own_name_is_made_of_the_only_file_of_that_name(tree: Tree) -> None:
    there = tree({"template.yaml": "", "src/lambdas/Summarize.ts": NODE, "src/ai/summarize.ts": NODE})
    assert found(there, built("lambda/Summarize", "Summarize.handler")) == (
        "src/lambdas/Summarize.ts",
        "guess",
    )
    assert missed(there, built("lambda/Other", "Summarize.handler"))
    assert missed(there, built("lambda/Collect", "Collect.handler"))
    there = tree({"src/old/Summarize.ts": NODE})
    assert missed(there, built("lambda/Summarize", "Summarize.handler"))


def test_an_image_without_a_dockerfile_runs_the_class_of_its_command(tree: Tree) -> None:
    there = tree({"jobs/src/main/scala/com/acme/Job.scala": "package com.acme\nclass Job {}\n"})
    of = FunctionSource("cfn/t.yaml", "Job", "", "", "image", "", command="com.acme.Job::run")
    assert found(there, of)[0] == "jobs/src/main/scala/com/acme/Job.scala"
    assert "Dockerfile" in missed(there, of._replace(command="com.acme.Other::run"))
    assert "Dockerfile" in missed(there, of._replace(command="job.run"))


def image(name: str = "", file: str = "cfn/t.yaml", **more: object) -> FunctionSource:
    """A function of an image that no metadata tells more of."""
    return FunctionSource(file, "Worker", "", "", "image", name)._replace(**more)


def docker(command: str, copied: str = "src/ ./") -> str:
    return f'FROM public.ecr.aws/lambda/python:3.12\nCOPY {copied}\nCMD ["{command}"]\n'


def test_the_only_dockerfile_is_the_image_s(tree: Tree) -> None:
    there = tree({"Dockerfile": docker("jobs.handler"), "src/jobs.py": PYTHON, "cfn/t.yaml": ""})
    assert found(there, image("acme-jobs")) == ("src/jobs.py", "guess")
    assert found(there, image()) == ("src/jobs.py", "guess")
    assert "another image" in missed(there, image("acme-jobs", distinct=False))
    assert found(there, image(distinct=False, command="jobs.handler")) == ("src/jobs.py", "guess")
    assert "no handler" in missed(there, image(command="gone.handler"))


def test_a_dockerfile_is_the_image_s_whose_name_its_folder_has(tree: Tree) -> None:
    there = tree(
        {
            "app/resize/Dockerfile": docker("app.handler", "app.py ./"),
            "app/resize/app.py": PYTHON,
            "app/notify/Dockerfile": docker("app.handler", "app.py ./"),
            "app/notify/app.py": PYTHON,
            "cfn/t.yaml": "",
        }
    )
    assert found(there, image("notify", distinct=False)) == ("app/notify/app.py", "guess")
    both = "2 files fit equally: look at app/notify/app.py or app/resize/app.py"
    assert missed(there, image("images")) == both
    assert missed(there, image()) == both


def test_the_name_of_a_dockerfile_tells_which_image_it_is(tree: Tree) -> None:
    there = tree(
        {
            "docker/Dockerfile.resize": docker("resize.handler"),
            "docker/notify.Dockerfile": docker("notify.handler"),
            "src/resize.py": PYTHON,
            "src/notify.py": PYTHON,
            "t.yaml": "",
        }
    )
    assert found(there, image("resize", distinct=False)) == ("src/resize.py", "guess")
    assert found(there, image("notify", distinct=False)) == ("src/notify.py", "guess")
    assert missed(there, image("other"))


@pytest.mark.parametrize(
    "texts",
    [
        {"Dockerfile": docker("server.js"), "src/server.py": PYTHON},
        {"Dockerfile": docker("jobs.start"), "src/jobs.py": PYTHON},
        {"Dockerfile": "FROM python\nCMD python3 jobs.py\n", "jobs.py": PYTHON},
        {"other/Dockerfile": docker("jobs.handler"), "other/src/jobs.py": PYTHON, "other/template.yaml": ""},
        {"tests/Dockerfile": docker("jobs.handler"), "tests/src/jobs.py": PYTHON},
    ],
)
def test_a_dockerfile_of_something_else_is_no_image_s(tree: Tree, texts: dict[str, str]) -> None:
    assert "Dockerfile" in missed(tree({**texts, "cfn/t.yaml": ""}), image("jobs"))


IMAGE = """\
Parameters:
  Repository: {Type: String, Default: notify}
  Tag: {Type: String}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      PackageType: Image
      Code: {ImageUri: URI}
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: again
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: lambda:InvokeFunction
                Resource: !Sub 'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:worker'
"""


@pytest.mark.parametrize(
    ("uri", "verdict"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/notify:1.0", "never"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/notify@sha256:0123", "never"),
        ("!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${Repository}:${Tag}'", "never"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/images:notify", "unread"),
        ("!Ref Tag", "unread"),
    ],
)
def test_the_name_of_an_image_is_the_last_part_of_its_repository_s(
    tree: Tree, uri: str, verdict: str
) -> None:
    for name in ("notify", "resize"):
        texts = {f"app/{name}/Dockerfile": docker("app.handler", "app.py ./"), f"app/{name}/app.py": PYTHON}
        tree(texts)
    tree({"cfn/t.yaml": IMAGE.replace("URI", f"'{uri}'" if uri[0] != "!" else uri)})
    codes = [hop.code for finding in lint(["cfn"], Config()).findings for hop in finding.hops if hop.code]
    assert [code.verdict for code in codes] == [verdict]


INLINE = """\
  Other:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: PLACE
"""


@pytest.mark.parametrize(
    ("place", "verdict"),
    [("{ZipFile: 'def handler(event, context): pass'}", "never"), ("{S3Key: other.zip}", "unread")],
)
def test_inline_code_is_no_other_file_of_a_handler_s_name(tree: Tree, place: str, verdict: str) -> None:
    template = KEY.replace("KEY", "review.zip") + INLINE.replace("PLACE", place)
    tree({"cfn/shop.yaml": template, "src/app.py": PYTHON})
    codes = [hop.code for finding in lint(["cfn"], Config()).findings for hop in finding.hops if hop.code]
    assert [code.verdict for code in codes] == [verdict]


@pytest.mark.parametrize(
    ("others", "verdict"), [("['other.handler']", "never"), ("['app.handler']", "unread")]
)
def test_images_without_a_name_are_told_apart_by_their_commands(
    tree: Tree, others: str, verdict: str
) -> None:
    more = """\
  Other:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code: {ImageUri: !Ref Tag}
      ImageConfig: {Command: COMMAND}
"""
    own = IMAGE.replace("      Code:", "      ImageConfig: {Command: [app.handler]}\n      Code:")
    template = own.replace("URI", "!Ref Tag") + more.replace("COMMAND", others)
    tree({"cfn/t.yaml": template, "Dockerfile": docker("gone.handler"), "src/app.py": PYTHON})
    codes = [hop.code for finding in lint(["cfn"], Config()).findings for hop in finding.hops if hop.code]
    assert [code.verdict for code in codes] == [verdict]


def test_advice_names_the_files_of_which_one_may_be_the_code(tree: Tree) -> None:
    for name in ("notify", "resize"):
        texts = {f"app/{name}/Dockerfile": docker("app.handler", "app.py ./"), f"app/{name}/app.py": PYTHON}
        tree(texts)
    tree({"cfn/t.yaml": IMAGE.replace("URI", "acme/images:1.0")})
    (finding,) = lint(["cfn"], Config()).findings
    both = "Worker (code not found: look at app/notify/app.py or app/resize/app.py)"
    assert any(both in remedy.title for remedy in finding.remedies)


def test_a_command_of_a_go_module_has_the_functions_name(tree: Tree) -> None:
    main = "package main\nfunc main() { awslambda.StartWithOptions(run) }\n"
    there = tree({"go.mod": "module x\n", "cmd/sub-scriber/main.go": main, "cmd/other/main.go": main})
    of = FunctionSource("apps/a/t.yaml", "SubScriber", "provided.al2023", "bootstrap", "elsewhere", "")
    assert found(there, of) == ("cmd/sub-scriber/main.go", "guess")
    assert missed(there, of._replace(id="Forwarder"))


SELF = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: CODE
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}}]
      Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""
HASH = "s3://builds/app/0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("source", "code", "verdict"),
    [
        ("worker/", HASH, "never"),
        ("worker/", "s3://builds/app/latest", "unread"),
        ("gone/", HASH, "unread"),
    ],
)
def test_a_packaged_template_has_the_code_of_the_one_it_was_made_from(
    tree: Tree, source: str, code: str, verdict: str
) -> None:
    tree(
        {
            "template.yaml": SELF.replace("CODE", source)
            .replace("Jobs:", "Tasks:")
            .replace("Jobs.", "Tasks."),
            "out/packaged.yaml": SELF.replace("CODE", code),
            "worker/app.py": PYTHON,
            "other/app.py": PYTHON,
        }
    )
    of_packaged = [
        hop.code
        for finding in lint(["."], Config()).findings
        for hop in finding.hops
        if hop.code is not None and hop.span.file.startswith("out")
    ]
    assert [code.verdict for code in of_packaged] == [verdict]


KEY = """\
Parameters:
  Name: {Type: String, Default: order-events}
  Prefix: {Type: String}
  Version: {Type: String}
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Source:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: {S3Bucket: builds, S3Key: !Sub 'KEY'}
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: send
          PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}]}
"""


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ("${Prefix}/order-events.zip", "never"),
        ("${Name}/code/${Name}.zip", "never"),
        ("${Prefix}/order-events-${Version}.zip", "never"),
        ("${Prefix}/${Prefix}-events.zip", "unread"),
        ("${Prefix}.zip", "unread"),
        ("${Version}.zip", "unread"),
    ],
)
def test_a_key_may_be_made_of_parameters(tree: Tree, key: str, verdict: str) -> None:
    tree(
        {
            "cfn/shop.yaml": KEY.replace("KEY", key),
            "src/order_events/app.py": PYTHON,
            "src/users/app.py": PYTHON,
            "src/events/app.py": PYTHON,
        }
    )
    codes = [hop.code for finding in lint(["cfn"], Config()).findings for hop in finding.hops if hop.code]
    assert [code.verdict for code in codes] == [verdict]
