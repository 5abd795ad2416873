"""What schemathesis must know beside the description, because OpenAPI 3.1 has no words for it.

Its check that a request which fits the description is accepted stays in force for every request but those
that `excuse` names, each with its reason.
"""

import re
from urllib.parse import unquote

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

NAME_BYTES_MAX = 255
# Answers that what is there decides, or another request, and not the form of this one.
STATES = {410, 412, 413, 416, 422, 423}
STATE_CODES = {"IS_A_DIRECTORY"}
YEARS = range(1678, 2262)


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """A path has slashes between its names; a parameter of OpenAPI would have them encoded."""
    if case.path_parameters and "path" in case.path_parameters:
        case.path_parameters["path"] = str(case.path_parameters["path"]).replace("%2F", "/")


@schemathesis.hook
def after_call(ctx, case, response):
    """OpenAPI 3.1 knows no method COPY, so the description has it as `x-callfs-copy`."""
    allowed = response.headers.get("allow")
    if allowed:
        response.headers["allow"] = [
            ", ".join(name for name in re.split(r", *", value) if name != "COPY") for value in allowed
        ]


@schemathesis.check
def described_requests_are_accepted(ctx, response, case):
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    if is_positive and excuse(case, response) is None:
        return positive_data_acceptance(ctx, response, case)


def excuse(case, response):
    """Why a request may be refused although it fits the description; None when it may not."""
    query, fields = set(case.query or {}), {name.lower() for name in case.headers or {}}
    method, path = case.method.upper(), unquote(str((case.path_parameters or {}).get("path", "")))
    if response.status_code in STATES or code(response) in STATE_CODES:
        return "what is there decides"
    if case.operation.path.startswith("/v1/directories") and "is not a directory" in response.text:
        return "what is there decides"
    if response.status_code == 400 and method == "HEAD":
        return "says nothing of why; GET is judged by the same rules"
    is_question = "access" in query and "right" in query and not query & {"follow", "limit", "cursor"}
    if query & {"access", "right", "user"} and not is_question:
        return "a question about access has parameters of its own, and others have none of them"
    if "copy_from" in query or "overwrite" in query:
        return "a copy has parameters of its own and no body"
    if not fits_described_fields(case):
        return "the tool itself did not do what the description says"
    if "cursor" in query:
        return "a cursor is what an answer said"
    if fields & {"content-digest", "repr-digest"}:
        return "a digest is that of the body"
    times = [value for name, value in (case.headers or {}).items() if name.lower() == "x-callfs-mtime"]
    if not all(is_in_years(time) for time in times):
        return "a bound that is not one of characters"
    if method != "GET" and not path.strip("/"):
        return "the root directory is there and stays"
    if method == "POST" and path.endswith("/") or "parents" in query:
        return "what makes a directory has no body"
    if isinstance(case.body, dict):
        if case.body.get("type") in ("symlink", "link") and fields & {"x-callfs-mode", "x-callfs-mtime"}:
            return "a link has no attributes of its own"
        if not is_in_bounds(case.body):
            return "a bound that is not one of characters"
    if any(len(name.encode(errors="replace")) > NAME_BYTES_MAX for name in path.split("/")):
        return "bounds of names are in bytes"
    return None


def fits_described_fields(case):
    """Where it finds no text for a pattern in time, schemathesis sends `0`."""
    described = case.operation.schema.raw_schema["components"]["parameters"].values()
    patterns = {one["name"].lower(): one["schema"].get("pattern", "") for one in described
                if one["in"] == "header"}
    return all(re.search(patterns.get(name.lower(), ""), str(value))
               for name, value in (case.headers or {}).items())


def code(response):
    try:
        return response.json().get("code")
    except Exception:  # noqa: BLE001 - whatever is no JSON has no code
        return None


def is_in_years(time):
    """Whether a time is one that the server can keep."""
    year = re.match(r"\d{4}", str(time))
    return year is not None and int(year[0]) in YEARS


def is_in_bounds(body):
    """Bytes, years and printable characters."""
    for member in ("name", "destination", "path", "target"):
        names = str(body.get(member, "")).split("/")
        if any(len(name.encode(errors="replace")) > NAME_BYTES_MAX for name in names):
            return False
        if len(str(body.get(member, "")).encode(errors="replace")) > 4095:
            return False
    if not is_in_years(body.get("mtime", "2000")):
        return False
    values = [value for value in (body.get("metadata") or {}).values() if value is not None]
    return all(value.isprintable() and value == value.strip(" ") for value in values)
