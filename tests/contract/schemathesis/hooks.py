"""What the document cannot tell Schemathesis: existing operations, real ids, and the rules that it states in prose.

The document itself is not changed; everything here changes the loaded copy, or single requests and answers.
"""

import functools
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
import zlib

import argued
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.generation.meta import TestPhase

URL = os.environ["SANDBOX_URL"]
KEY = "persona_sandbox_schemathesis"
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}

# The customer defines relation keys, so no endpoint lists them.
RELATIONS = {
    "User": [("spouse", "User"), ("director_of", "Business"), ("beneficial_owner_of", "Business")],
    "Business": [("directors", "User"), ("beneficial_owners", "User"), ("subsidiaries", "Business")],
}
USERS = ["maya.okafor@reviewer.example", "anna.lind@reviewer.example"]
# Members that may name objects of several kinds.
ANY = {"object-id", "object-ids", "target-object-id"}
ATTACHABLE = ("inquiry", "account", "report", "verification")
# A complete picture of one pixel.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
# No program listens there, so webhooks that a test subscribes to stay on this machine.
NOWHERE = "http://127.0.0.1:9/"
LONGEST = 2 * 24 * 3600  # Seconds that every call accepts: cases allow 90 days, file tokens of webhooks three.

PREDICATES = [
    {"attribute": "created_at", "operator": "gte", "value": "2026-01-01T00:00:00Z"},
    {"attribute": "updated_at", "operator": "lt", "value": "2026-11-01T00:00:00Z"},
    {"attribute": "status", "operator": "eq", "value": "approved"},
]
VERSION = argued.VERSION  # The version of the document.
# Persona has more; the sandbox creates these.
REPORTS = ("report-watchlist-request", "report-adverse-media-request", "report-politically-exposed-person-request")
# The state that an object needs for the call to succeed. An object in another state gets a conflict, which tests
# nothing else.
READY = {
    "/dismiss": ("has-match", {True}),
    "/expire": ("status", {"created", "pending", "new", "active"}),
    "/mark-for-review": ("status", {"created", "pending", "completed", "failed"}),
    "/perform-simulate-actions": ("status", {"created"}),
    "/resume": ("status", {"pending", "expired"}),
    "/{inquiry-session-id}/generate-one-time-link": ("status", {"new", "active"}),
}

routes = []
objects = {}  # every object seen at the start, by id
pools = {}  # ids by kind: `verification` also contains those of `verification/selfie`
names = set()  # names of all properties in the document


# The existing operations, and the links between them.


@schemathesis.hook
def before_load_schema(context, raw_schema):
    routes.extend(read("/sandbox/routes"))
    known = {(route["method"].lower(), blank(route["path"])) for route in routes}
    kept = {}
    for path, item in raw_schema["paths"].items():
        operations = {key: value for key, value in item.items() if key in METHODS and (key, blank(path)) in known}
        if operations:
            kept[path] = {key: value for key, value in item.items() if key not in METHODS} | operations
    missing = known - {(method, blank(path)) for path, item in kept.items() for method in item}
    if missing:
        raise SystemExit(f"The sandbox has operations that the document lacks: {sorted(missing)}")
    raw_schema["paths"] = kept
    if "/reports" in kept and "post" in kept["/reports"]:
        data = kept["/reports"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["data"]
        data["anyOf"] = [kind for kind in data["anyOf"] if kind["$ref"].rpartition("/")[2] in REPORTS]
    names.update(property_names(raw_schema))
    link(kept)
    look_around()


def blank(path):
    return re.sub(r"\{[^}]*\}", "{}", path)


def property_names(value):
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else []:
        yield from property_names(item)
    if isinstance(value, dict) and isinstance(value.get("properties"), dict):
        yield from value["properties"]


def link(paths):
    """Adds links, which the document lacks: `POST /cases` creates what `/cases/{case-id}/assign` takes."""
    for path, item in paths.items():
        for status, answer in item.get("post", {}).get("responses", {}).items():
            if "{" in path or not status.startswith("2"):
                continue
            links = answer.setdefault("links", {})
            for other, operations in paths.items():
                hole = re.match(re.escape(path) + r"/\{([^}]+)\}", other)
                for method in METHODS & operations.keys() if hole else []:
                    links[f"{method} {other}"] = {
                        "operationId": operations[method]["operationId"],
                        "parameters": {f"path.{hole[1]}": "$response.body#/data/id"},
                    }


# Existing ids.


def read(path, body=None):
    request = urllib.request.Request(
        URL + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError:
        return {}


def look_around():
    # The only kind that a new sandbox does not contain.
    for number in range(30):
        webhook = {"name": f"Webhook {number}", "url": NOWHERE, "enabled-events": ["inquiry.approved"]}
        read("/api/v1/webhooks", {"data": {"attributes": webhook}})
    paths = [route["path"] for route in routes if route["method"] == "GET"]
    for path in paths:
        if "{" not in path:
            link = f"/api/v1{path}?page%5Bsize%5D=100"
            for _ in range(4):
                answer = read(link) if link else {}
                collect(answer.get("data"))
                link = (answer.get("links") or {}).get("next")
    # Objects that no list contains are related to single objects: verification templates, for example.
    for path in paths:
        if path.count("{") == 1 and path.endswith("}"):
            for id in pools.get(kind_of(path), [])[:12]:
                collect(read("/api/v1" + re.sub(r"\{[^}]*\}", id, path)).get("data"))


def collect(value):
    if isinstance(value, list):
        for item in value:
            collect(item)
    elif isinstance(value, dict):
        kind, id = value.get("type"), value.get("id")
        if isinstance(kind, str) and isinstance(id, str):
            for name in {kind, kind.split("/")[0]}:
                if id not in pools.setdefault(name, []):
                    pools[name].append(id)
            if "attributes" in value:
                objects[id] = value
        for item in value.values():
            collect(item)


def kind_of(path):
    """`/verification/government-ids/{verification-id}` names a `verification/government-id`."""
    fixed = path.split("{")[0].removesuffix("/search").strip("/")
    singles = [re.sub(ending, single, fixed) for ending, single in ((r"ies$", "y"), (r"sses$", "ss"), (r"s$", ""))]
    return next((name for name in singles if name in pools), singles[-1])


def kind_of_member(name):
    """An `auto-create-account-type-id` names an `account-type`: the longest matching kind is used."""
    base = re.sub(r"-ids?$", "", name)
    if base == name:
        return None
    return max((kind for kind in pools if base == kind or base.endswith(f"-{kind}")), key=len, default=None)


# Meaningful requests. No edit changes whether the document allows the request.


@schemathesis.hook
def map_case(context, case):
    Edit(case).apply()
    # The edits count as generated; judged again, the flat form of deep objects would look wrong.
    case._record_starting_state()
    return case


@schemathesis.hook
def before_add_examples(context, examples):
    """`map_case` does not see the document's examples, whose ids are invented like the generated ones."""
    for case in examples:
        map_case(context, case)


class Edit:
    def __init__(self, case):
        self.case = case
        self.method = case.method.upper()
        self.kind = kind_of(case.path)
        whole = [case.method, case.path, case.path_parameters, case.query, case.headers, case.body]
        self.salt = repr(whole).encode("utf-8", "replace")
        meta = case._meta
        self.wrong = meta is not None and meta.generation.mode.is_negative
        self.stateful = meta is not None and meta.phase.name is TestPhase.STATEFUL
        # In a request with one wrong member everything else must be right, or its refusal proves nothing.
        self.unknown = not self.wrong and "404" in case.operation.responses.status_codes

    def number(self, name):
        """The same request always gets the same values, as shrinking and replaying require."""
        return zlib.crc32(name.encode("utf-8", "replace") + self.salt)

    def pick(self, name, choices):
        return choices[self.number(name) % len(choices)]

    def id(self, name, kind):
        ids = pools[kind]
        if len(ids) >= 20:
            # A redacted or archived object refuses nearly all calls, so only a few are redacted or archived.
            few = len(ids) // 10
            last = self.method == "DELETE" or self.case.path.endswith("/archive")
            ids = ids[:few] if last else ids[few:]
        return self.pick(name, ids)

    def keeps(self, name, value):
        """Whether an id stays as it is: a link has just created it, or it is the one in eight that stays unknown."""
        made = self.stateful and re.fullmatch(r"[a-z]+_[A-Za-z0-9]{20,}", value)
        return made or (self.unknown and self.number(name) % 8 == 0)

    def apply(self):
        case = self.case
        if case.path_parameters:
            case.path_parameters = {name: self.path(value) for name, value in case.path_parameters.items()}
        if isinstance(case.body, dict) and case.media_type == "application/json":
            case.body = self.body(self.object(case.body))
        if case.query:
            case.query = self.query(dict(case.query))
        headers = case.headers or {}
        if re.fullmatch(r"\d{4}-\d\d-\d\d", headers.get("Persona-Version", "")) and self.number("version") % 8:
            # Answers of older versions have other shapes, which these checks cannot judge.
            headers["Persona-Version"] = VERSION
        key = headers.get("Idempotency-Key")
        if key:
            # Generated keys are short and occur again. A second use with other parameters is a conflict and tests
            # nothing.
            headers["Idempotency-Key"] = f"{key}{self.number('idempotency')}"

    def path(self, value):
        if self.kind not in pools or not isinstance(value, str) or self.keeps("path", value):
            return value
        name, values = next((row for end, row in READY.items() if self.case.path.endswith(end)), (None, ()))
        ready = [object["id"] for object in seen(self.kind) if object["attributes"].get(name) in values]
        return self.pick("path", ready) if ready and self.number("ready") % 4 else self.id("path", self.kind)

    def target(self):
        return objects.get(next(iter((self.case.path_parameters or {}).values()), None))

    def object(self, value):
        return {key: self.member(key, item) for key, item in value.items()}

    def member(self, name, value):
        if isinstance(value, dict):
            return value if name == "fields" else self.object(value)
        if isinstance(value, list):
            return [self.member(name, item) for item in value]
        if isinstance(value, str):
            return self.text(name, value)
        if name.endswith(("-seconds", "-expires-in")) and type(value) in (int, float) and not self.wrong:
            # "Must be greater than 0"; 60.0 is an integer as well.
            return type(value)(60 + self.number(name) % LONGEST)
        return value

    def text(self, name, value):
        if name in ANY:
            return self.pick(name + value, pools[self.pick(name, ATTACHABLE)])
        if name in ("name", "tag-name"):
            return value or "A name"
        if name == "account-status":
            return self.pick(name, ["Default", "Approved"])
        if name == "user-email-address":
            return self.pick(name, USERS)
        if name == "data":
            return PICTURE  # "Base64 encoded".
        if name == "url":
            return NOWHERE
        if name == "reference-id" and self.method != "GET":
            return f"{value}-{self.number(name)}"  # one for each account
        kind = kind_of_member(name)
        return value if kind is None or self.keeps(name, value) else self.id(name + value, kind)

    def body(self, body):
        data, meta = body.get("data"), body.get("meta")
        attributes = data.get("attributes") if isinstance(data, dict) else None
        if self.method == "POST" and self.case.path == "/inquiries" and isinstance(attributes, dict):
            self.template(attributes)
        if self.method == "POST" and self.case.path == "/reports" and isinstance(attributes, dict):
            self.report(data, attributes)
        if self.case.path.endswith("/search") and not self.wrong:
            body = self.search(body)
        if isinstance(meta, dict):
            if isinstance(meta.get("status"), str) and self.case.path.endswith("/set-status"):
                meta["status"] = self.pick("status", self.statuses())
            if isinstance(meta.get("relation-schema-key"), str) and isinstance(meta.get("target-object-id"), str):
                self.relation(meta)
            if meta.get("auto-create-account") is False and not self.wrong:
                # "Will error if passed when `auto-create-account` is false."
                meta = {key: value for key, value in meta.items() if not key.startswith("auto-create-account-")}
                body = body | {"meta": meta}
        return body

    def template(self, attributes):
        # "You must pass in either template-id OR inquiry-template-id OR inquiry-template-version-id."
        names = ["template-id", "inquiry-template-id", "inquiry-template-version-id"]
        if all(isinstance(attributes.get(name), str | None) for name in names):
            keep = self.pick("template", names[1:])
            for name in names:
                attributes.pop(name, None)
            attributes[keep] = self.id(keep, keep.removesuffix("-id"))

    def report(self, data, attributes):
        """The schema leaves the type open, and says that "at least one of `name-first`, … or `term` is required"."""
        query = attributes.get("query")
        if not self.wrong:
            data["type"] = data.get("type") or "report/watchlist"
            if isinstance(query, dict):
                query["term"] = query.get("term") or "A name"
        if isinstance(query, dict) and isinstance(query.get("birthdate"), str):
            query["birthdate"] = "1991-10-07"  # "Formatted as YYYY-MM-DD".
        kind = f"report-template/{str(data.get('type')).removeprefix('report/')}"
        if isinstance(attributes.get("report-template-id"), str) and kind in pools:
            attributes["report-template-id"] = self.pick(kind, pools[kind])

    def search(self, body):
        """The schema accepts any strings as attributes and operators, and any objects as clauses."""
        query, page = body.get("query"), body.get("page")
        if isinstance(query, dict):
            word = next((word for word in ("and", "or", "not") if word in query), None)
            if word is None:
                query = self.pick("leaf", PREDICATES)
            elif word == "not":
                query = {word: self.pick("not", PREDICATES)}
            else:
                number = max(1, min(20, len(query[word])))
                query = {word: [self.pick(f"clause {at}", PREDICATES) for at in range(number)]}
            body = body | {"query": query}
        if isinstance(body.get("sort"), dict):
            body = body | {"sort": {"attribute": "created_at", "direction": self.pick("sort", ["asc", "desc"])}}
        if isinstance(page, dict):
            kept = {key: value for key, value in page.items() if key == "size"}
            ends = [name for name in ("after", "before") if name in page]
            # Cursors in the address and in the body exclude each other as well.
            if ends and not any(key.startswith("page") for key in self.case.query or {}):
                kept[ends[0]] = self.id(ends[0], self.kind)
            body = body | {"page": kept}
        return body

    def statuses(self):
        """A case accepts the statuses of its template; they are found in other cases of the template."""
        template = related(self.target(), "case-template")
        known = {case["attributes"]["status"] for case in seen("case") if related(case, "case-template") == template}
        return sorted(known) or ["Open"]

    def relation(self, meta):
        account = self.target()
        if account is not None:
            key, kind = self.pick("key", RELATIONS[account["attributes"]["account-type-name"]])
            fitting = [other["id"] for other in seen("account") if other["attributes"]["account-type-name"] == kind]
            meta["relation-schema-key"], meta["target-object-id"] = key, self.pick("target", fitting)

    def query(self, query):
        # Deep objects are flat (`page[size]`) in some phases and nested in others.
        flat = {}
        for key, value in query.items():
            nested = key in ("page", "filter") and isinstance(value, dict)
            flat.update({f"{key}[{inner}]": item for inner, item in value.items()} if nested else {key: value})
        text = {key: value for key, value in flat.items() if isinstance(value, str)}
        if "include" in text:
            flat["include"] = self.include()
        if "page[after]" in text and "page[before]" in text:
            # A page is on one side of one cursor.
            del flat[self.pick("cursor", ["page[after]", "page[before]"])]
        for name in {"page[after]", "page[before]"} & text.keys() & flat.keys():
            if self.case.path.endswith("/history"):
                del flat[name]  # Only this report's own runs are cursors here.
            elif self.kind in pools:
                flat[name] = self.id(name, self.kind)
        if is_number(flat.get("page[size]")):
            # 1 to 100, according to the guide to pagination.
            flat["page[size]"] = str(1 + self.number("size") % 100)
        if "filter[note]" in text and sum(key.startswith("filter[") for key in flat) > 1:
            # "Must be the only filter."
            del flat["filter[note]"]
        for key in text.keys() & flat.keys():
            inner = re.fullmatch(r"filter\[([a-z-]+)\]", key)
            if inner:
                flat[key] = self.filter(inner[1], text[key])
        return flat

    def filter(self, name, value):
        if name == "key":
            return self.pick("key", sorted({key for rows in RELATIONS.values() for key, _ in rows}))
        if name in ("created-at-start", "created-at-end"):
            # A date in all cases, though only some of the schemas require it.
            return "2026-01-02T03:04:05Z" if self.case.path.endswith("/relations") else value
        return self.text(f"{self.kind}-id" if name == "id" else name, value)

    def include(self):
        """Names of relations, which the description requires; the schema accepts any string."""
        names = sorted(next(seen(self.kind), {}).get("relationships", {}))
        return self.pick("include", names) if names else ""


def seen(kind):
    return (objects[id] for id in pools.get(kind, []) if id in objects)


def related(object, name):
    return (((object or {}).get("relationships") or {}).get(name, {}).get("data") or {}).get("id")


def is_number(value):
    try:
        float(value)
        return not isinstance(value, bool)
    except (TypeError, ValueError):
        return False


# Answers.


@schemathesis.hook
def after_call(context, case, response):
    """The document describes only kebab keys, so an answer in another inflection is converted before it is judged."""
    if "json" not in response.headers.get("content-type", [""])[0]:
        return
    body = json.loads(response.content)
    if response.request.headers.get("Key-Inflection") in ("camel", "snake"):
        body = kebab(body)
        response.content = json.dumps(body).encode()
    data = body.get("data") if isinstance(body, dict) else None
    if response.status_code == 201 and isinstance(data, dict):
        # For the calls that a link makes afterwards. The pools do not change, so all other requests do not change
        # either.
        objects.setdefault(data["id"], data)


def kebab(value, below_attributes=False):
    if isinstance(value, list):
        return [kebab(item) for item in value]
    if not isinstance(value, dict):
        return value
    # Below `fields` the customer defines the keys, and their case is not changed.
    return {
        plain().get(key, key): item if below_attributes and key == "fields" else kebab(item, key == "attributes")
        for key, item in value.items()
    }


@functools.cache
def plain():
    """`addressStreet1` does not show where its hyphens were; the names in the document do."""
    hyphened = [name for name in names if "-" in name]
    camel = {re.sub(r"-(.)", lambda letter: letter[1].upper(), name): name for name in hyphened}
    return camel | {name.replace("-", "_"): name for name in hyphened}


@schemathesis.check
def deep_object_rejection(ctx, response, case):
    """`page[size]=x` and `filter[nonsense]=x`: the built-in check does not judge the members of deep objects."""
    if response.status_code >= 300:
        return
    sent = urllib.parse.parse_qsl(urllib.parse.urlsplit(response.request.url).query, keep_blank_values=True)
    for parameter in case.operation.query:
        if parameter.name in ("page", "filter"):
            members = {}
            for key, value in sent:
                if key.startswith(parameter.name):
                    inner = key.removeprefix(parameter.name).removeprefix("[").removesuffix("]")
                    members[inner] = float(value) if inner == "size" and is_number(value) else value
            if members and not parameter.get_validator().is_valid(members):
                raise AcceptedNegativeData(
                    operation=case.operation.label,
                    message=f"The document forbids {parameter.name} {members}",
                    status_code=response.status_code,
                    expected_statuses=["400"],
                )


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return argued.judge(failure, case, response)
