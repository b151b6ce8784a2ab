"""The events of AWS services that have no declaration of their own here: which calls cause them."""

from recursion_lint.services.eventbridge.infrastructure_events import INFRASTRUCTURE_EVENTS
from recursion_lint.services.eventbridge.job_events import JOB_EVENTS
from recursion_lint.services.eventbridge.tag_events import TAG_EVENT

EVENTS = (*INFRASTRUCTURE_EVENTS, *JOB_EVENTS, TAG_EVENT)
