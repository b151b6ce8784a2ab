"""AWS IAM: how roles and managed policies are named. What they allow is read elsewhere.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.template.resource_types import ResourceKind

SERVICE = Service(
    name="iam",
    rule="",
    kinds=(
        ResourceKind(
            "AWS::IAM::Role", "iam", "iam:@:role/{}", "RoleName", "name", {"Arn": "arn", "RoleId": "name"}
        ),
        ResourceKind(
            "AWS::IAM::ManagedPolicy",
            "iam",
            "iam:@:policy/{}",
            "ManagedPolicyName",
            "arn",
            {"PolicyArn": "arn"},
        ),
    ),
    arn=ArnForm("role/", within=True),
)
