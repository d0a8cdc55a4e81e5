"""The flows as Prefect has them: what `prefect.yaml` deploys, and what a command runs where a server is named.

Each does what the function of its name does, with its parameters as the form; that function's steps are its tasks.
"""

from flows import check as checks
from flows import crawl as crawls
from flows import nightly as nights
from flows import publish as publications
from flows import report as reports
from flows import reproduce as repetitions
from flows import scrub as scrubs
from flows import yearly as years
from flows.orchestrator.outcome import flow_of

nightly = flow_of("nightly", nights.nightly)
draft = flow_of("draft", years.draft, "yearly draft")
yearly = flow_of("yearly", years.yearly)
publish = flow_of("publish", publications.publish)
crawl = flow_of("crawl", crawls.crawl)
check = flow_of("check", checks.check)
report = flow_of("report", reports.report)
reproduce = flow_of("reproduce", repetitions.reproduce)
scrub = flow_of("scrub", scrubs.scrub)
