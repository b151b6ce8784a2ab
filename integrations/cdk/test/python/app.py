"""The app; with the variable ``PLUGIN`` it is checked while it is synthesised."""

import os

from aws_cdk import App, Validations
from lib.shop import Alarms, Archive, Orders, Photos, Reports

app = App()
if os.environ.get("PLUGIN"):
    from recursion_lint.cdk_plugin import RecursionLint

    Validations.of(app).add_plugins(RecursionLint())
archive = Archive(app, "Archive")
alarms = Alarms(app, "Alarms")
Photos(app, "Photos")
Orders(app, "Orders")
Reports(app, "Reports", alarms=alarms.topic, archive=archive.bucket)
app.synth()
