#!/usr/bin/env python3
"""Reports, verifications, documents and sessions as Persona publishes them, for tests/flows/published.rs.

Contains every example of Persona's OpenAPI document, and for each type one sample with all attributes of its schema, each
with a different value. Needs PyYAML. Run it again when the document changes:

    scripts/published-objects.py > tests/contract/persona/objects-2025-12-08.json
"""
import gzip
import json
import pathlib
import sys

import yaml

DOCUMENT = pathlib.Path(__file__).parent.parent / "tests/contract/persona/openapi-2025-12-08.yaml.gz"
KINDS = ("report", "verification", "document", "inquiry-session")
DEEPEST = 12

document = yaml.load(gzip.open(DOCUMENT), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
schemas = document["components"]["schemas"]
found, seen = [], set()


def add(source, kind, attributes):
    key = json.dumps([kind, attributes], sort_keys=True, default=str)
    if key not in seen:
        seen.add(key)
        found.append({"source": source, "type": kind, "attributes": attributes})


def examples(value, source):
    if isinstance(value, dict):
        kind = value.get("type")
        if isinstance(kind, str) and kind.split("/")[0] in KINDS and isinstance(value.get("attributes"), dict):
            add(source, kind, value["attributes"])
        for inner in value.values():
            examples(inner, source)
    elif isinstance(value, list):
        for inner in value:
            examples(inner, source)


count = 0


def resolved(schema):
    while "$ref" in schema:
        schema = schemas.get(schema["$ref"].split("/")[-1], {})
    return schema


def properties(schema):
    schema = resolved(schema)
    all_of = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []) + schema.get("anyOf", [])[:1] + schema.get("oneOf", [])[:1]:
        all_of.update(properties(part))
    return all_of


def secret():
    """The link to a file, which opens for anyone who has it."""
    global count
    count += 1
    return f"https://files.withpersona.com/sample-{count}.jpg?access_token=ACCESS_TOKEN"


def sample(schema, name, depth=0):
    """A value that no other attribute has, so that a test can find it on a page."""
    global count
    schema = resolved(schema)
    if "const" in schema:
        return schema["const"]
    inner = properties(schema)
    types = schema.get("type", "object" if inner else "string")
    kind = next((one for one in (types if isinstance(types, list) else [types]) if one != "null"), "string")
    if depth > DEEPEST:
        return None
    if inner:
        made = {key: sample(value, key, depth + 1) for key, value in inner.items()}
        if {"filename", "byte-size"} & set(inner):
            made.update({key: secret() for key in made if key in ("url", "normalized-url")})
        return made
    if kind == "array":
        return [sample(schema.get("items", {}), name, depth + 1)]
    count += 1
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return 100000 + count
    if kind == "object":
        return {"sample": f"sample {count}"}
    if schema.get("format") == "date-time":
        return "2026-02-03T04:05:06.000Z"
    if name.endswith("-url") and any(part in name for part in ("photo", "image", "video")):
        return secret()
    if name.endswith("url") or name == "url":
        return f"https://sample-{count}.example.test/"
    return f"sample {count}"


for name, example in document["components"]["examples"].items():
    examples(example.get("value"), name)
for name, schema in schemas.items():
    if name.endswith("-request"):
        continue
    members = properties(schema)
    kind = resolved(members.get("type", {})).get("const")
    if name == "inquiry-session":
        kind = "inquiry-session"
    if kind and kind.split("/")[0] in KINDS and "attributes" in members:
        count = 0
        attributes = sample(members["attributes"], name)
        attributes["status"] = {"report": "ready", "verification": "passed", "document": "processed"}.get(kind.split("/")[0], "expired")
        add(f"schema {name}", kind, attributes)

json.dump(found, sys.stdout, indent=1, sort_keys=True, default=str)
print()
