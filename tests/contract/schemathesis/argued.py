"""Accepted failures, each with its reason; anything else fails the run. Also the summary at the end."""

import atexit
import collections
import json
import re
import urllib.parse

TAGS = r"POST /(inquiries|cases|accounts|reports)/\{[a-z-]+\}/(add|remove|set)-tags?"

VERSION = "2025-12-08"
# Operation and details are regular expressions for the whole text. The details are matched against the answer's first
# error.
Argued = collections.namedtuple("Argued", "operation check details reason")

ARGUED = [
    Argued(
        rf"{TAGS}|POST /cases/\{{case-id\}}/set-status|POST /(cases|reports|inquiry-sessions(/expire-all)?)",
        "positive_data_acceptance",
        r"(data|meta)(\.attributes)? is missing",
        "The document forgets `required` on the way down to a member without which the call has no subject.",
    ),
    Argued(
        TAGS,
        "positive_data_acceptance",
        r"meta\.tag_name is missing",
        "The schema has no way to say that a tag is named by `tag-name` or by `tag-id`.",
    ),
    Argued(
        r"POST /reports/\{report-id\}/dismiss",
        "positive_data_acceptance",
        r"data\.attributes\..* must be filled",
        "The descriptions require these for adverse media; the schema cannot, as it does not know the report.",
    ),
    Argued(
        r"DELETE /.*",
        "use_after_free",
        r"",
        "DELETE redacts: it removes what is personal and leaves the object readable, says its description.",
    ),
]

excused = collections.Counter()
kept = collections.Counter()


def judge(failure, case, response):
    """Whether the failure counts."""
    details = said(response)
    for entry in ARGUED:
        if (
            entry.check in failure.checks
            and re.fullmatch(entry.operation, failure.operation or "")
            and re.fullmatch(entry.details, details)
        ):
            excused[entry.reason] += 1
            return False
    for check, test in TESTS.items():
        if check in failure.checks and test(case, response):
            excused[test.__doc__] += 1
            return False
    kept[", ".join(failure.checks), failure.operation, response.status_code, details] += 1
    return True


def said(response):
    try:
        return json.loads(response.content)["errors"][0].get("details", "")
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def right_as_text(case, response):
    """`fields[inquiry]=null`, meant as null, arrives as a word, which is valid as the text in a query."""
    data = case.meta.phase.data
    if {data.parameter, *(change.parameter for change in data.mutations)} - {None} != {"fields"}:
        return False
    query = urllib.parse.urlsplit(response.request.url).query
    fields = [name for name, _ in urllib.parse.parse_qsl(query, True) if name.startswith("fields")]
    flat = all(re.fullmatch(r"fields\[(?!.*\]\[).*\]", name, re.DOTALL) for name in fields)
    return flat and len(set(fields)) == len(fields)


def nothing_sent(case, response):
    """The document requires no body, although it requires members of it."""
    required = any(as_schema(body.optimized_schema).get("required") for body in case.operation.body)
    return required and not response.request.body and said(response).endswith(" is missing")


def older_version(case, response):
    """The document describes the answers of one version, and the call asked for another one."""
    return response.request.headers.get("Persona-Version", VERSION) != VERSION


def as_schema(value):
    return value if isinstance(value, dict) else {}


TESTS = {
    "negative_data_rejection": right_as_text,
    "positive_data_acceptance": nothing_sent,
    "response_schema_conformance": older_version,
}


@atexit.register
def summary():
    for reason, number in excused.most_common():
        print(f"{number:5} excused: {reason}")
    for entry in ARGUED:
        if entry.reason not in excused:
            print(f"      never met: {entry.operation} {entry.check}: {entry.reason}")
    for (check, operation, status, details), number in sorted(kept.items(), key=str):
        print(f"{number:5} {check}: {operation} {status} {details}")
