"""Link the facts of a company on Apache Spark: what `recursion-lint link` finds, one assessment for each group.

usage: spark-submit link_tables.py TABLES [--output REPORT.json] [--loops FOLDER] [--only-across]

TABLES holds the tables `repositories`, `facts` and `names` that `recursion-lint extract --format parquet` wrote, one
file for each repository. Workers need the package `recursion-lint`. The findings go to the table FOLDER
where they are asked for; the report is put together by the driver, which holds the findings and no facts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.functions import collect_list, struct

from recursion_lint.assessment.evidence.hub_steps import FEW
from recursion_lint.config import Config
from recursion_lint.fleet import components
from recursion_lint.fleet.facts_file import deployed
from recursion_lint.fleet.judge import Judged, Whole
from recursion_lint.fleet.link import report_on
from recursion_lint.fleet.repository import Origin, Repository
from recursion_lint.fleet.taking_in import brief
from recursion_lint.model.codec import Codec
from recursion_lint.model.findings import Finding
from recursion_lint.patterns.described import DOCUMENTS
from recursion_lint.report import render

TABLES = ("repositories", "facts", "names")
GROUPS_A_TASK = 200
FINDINGS = "number long, at long, finding string"
WITH_FACTS = """
SELECT g.number, g.repository, g.member, f.lines, r.commit_id, r.account, r.region
FROM (SELECT number, repository, max(member) AS member FROM
      (SELECT number, repository, true AS member FROM members
       UNION ALL SELECT number, repository, false FROM support) GROUP BY number, repository) g
JOIN facts f ON f.repository = g.repository JOIN repositories r ON r.name = g.repository
"""
COUNTS = "SELECT sum(templates), sum(resources), sum(triggers), sum(writes) FROM repositories"


def linked(spark: SparkSession, tables: str, few: int = components.FEW) -> tuple[Judged, DataFrame]:
    """What linking the tables finds, and the findings as a table."""
    for name in TABLES:
        spark.read.parquet(f"{tables}/{name}").createOrReplaceTempView(name)
    names = [row[0] for row in spark.sql("SELECT name FROM repositories ORDER BY name").collect()]
    ends = spark.sql(components.ENDS).where(f"listeners > {FEW}")
    hubs = components.hubs((row[0], row[1], row[2]) for row in ends.collect())
    whole = Whole(int(spark.sql(components.STACKS).first()[0] or 0), hubs)
    found = components.groups(((row[0], row[1]) for row in core(spark, few).collect()), names, whole.stacks)
    members = [(one.number, name) for one in found for name in one.repositories]
    spark.createDataFrame(members, "number long, repository string").createOrReplaceTempView("members")
    spark.sql(components.SUPPORT).createOrReplaceTempView("support")
    row = struct("member", "lines", "repository", "commit_id", "account", "region")
    grouped = spark.sql(WITH_FACTS).groupBy("number").agg(collect_list(row).alias("near"))

    def judged(group: Row) -> Iterator[tuple[int, int, str]]:
        """The findings of a group. Runs on the workers."""
        inside = [one.repository for one in group.near if one.member]
        loaded = [deployed(bytes(one.lines), one.commit_id, one.account, one.region) for one in group.near]
        codec = Codec(DOCUMENTS)
        for at, finding in enumerate(components.judge_group(inside, loaded, whole)):
            yield group.number, at, json.dumps(codec.written(Finding, finding))

    # What is looked at takes long for its size, so that no more of it is put together than asked for here.
    tasks = max(len(found) // GROUPS_A_TASK, spark.sparkContext.defaultParallelism)
    findings = spark.createDataFrame(grouped.rdd.repartition(tasks).flatMap(judged), FINDINGS).cache()
    codec = Codec(DOCUMENTS)
    told = findings.orderBy("number", "at").collect()
    counts = [int(one or 0) for one in spark.sql(COUNTS).first()]
    return components.together(
        [codec.read(Finding, json.loads(one.finding)) for one in told], counts
    ), findings


def core(spark: SparkSession, few: int) -> DataFrame:
    """The steps that may be part of a loop: round by round without the ends of chains, until they are ``few``."""
    edges = spark.sql(components.EDGES).localCheckpoint()
    size = edges.count()
    for _ in range(components.ROUNDS):
        if size <= few:
            break
        edges.createOrReplaceTempView("edges")
        fewer = spark.sql(components.PEELED).localCheckpoint()
        left = fewer.count()
        if left == size:
            break
        edges, size = fewer, left
    return edges


def repositories(spark: SparkSession) -> list[Repository]:
    """All repositories by their names, with no more of their facts than a report needs."""
    rows = spark.sql(
        "SELECT name, commit_id, account, region, aside FROM repositories ORDER BY name"
    ).collect()
    return [brief(Origin(*row[:4]), row[4]) for row in rows]


def main() -> int:
    """Run the job; the exit status is that of `recursion-lint link`, as far as loops go."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables")
    parser.add_argument("--output")
    parser.add_argument("--loops")
    parser.add_argument("--few", type=int, default=components.FEW, help="steps that the driver looks at")
    parser.add_argument("--only-across", action="store_true")
    options = parser.parse_args()
    spark = SparkSession.builder.appName("recursion-lint link").getOrCreate()
    results, findings = linked(spark, options.tables, options.few)
    if options.loops:
        findings.write.mode("overwrite").parquet(options.loops)
    report = report_on(repositories(spark), Config(), options.only_across, results=results)
    text = render(report, "json")
    if options.output:
        Path(options.output).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    spark.stop()
    return 1 if report.summary.error or report.summary.warning else 0


if __name__ == "__main__":
    raise SystemExit(main())
