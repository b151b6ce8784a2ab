"""AWS Glue: jobs, which run when somebody starts a job run.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-glue-job.html
"""

from __future__ import annotations

from recursion_lint.kinds import ResourceKind
from recursion_lint.services.jobs import Job
from recursion_lint.services.reading import Service

_JOB = Job(roles=("Role",), variables=())

SERVICE = Service(
    name="glue",
    rule="other-loop",
    kinds=(ResourceKind("AWS::Glue::Job", "glue", "glue:@:job/{}", "Name", "name"),),
    writes={"StartJobRun": frozenset()},
    readers={"AWS::Glue::Job": _JOB.read},
)
