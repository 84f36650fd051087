"""Checks many exports with the program in VERIFY.md, cut out of the text as an auditor would do it.

    python.py VERIFY.md INDEX

A line of INDEX: zip file, trusted key, file with an earlier checkpoint or `-`, separated by tabs. For each line it
prints `ok` or `bad <reason>`, in order.
"""
import sys
import types


def load(text_file):
    """The program in VERIFY.md as a module."""
    with open(text_file, encoding="utf-8") as file:
        text = file.read()
    blocks = text.split("\n```python\n")
    if len(blocks) != 2:
        raise SystemExit(f"{text_file}: {len(blocks) - 1} python blocks, and there has to be one")
    source = blocks[1].split("\n```\n")[0] + "\n"
    module = types.ModuleType("verify")
    # Line numbers are those of the text, so that a traceback is readable.
    exec(compile("\n" * (blocks[0].count("\n") + 2) + source, text_file, "exec"), module.__dict__)
    return module


def batch(verifier, index, verify):
    with open(index, encoding="utf-8") as lines:
        for line in lines:
            path, key, checkpoint = line.rstrip("\n").split("\t")
            try:
                verify(path, key, None if checkpoint == "-" else checkpoint)
                print("ok", flush=True)
            except verifier.Bad as bad:
                print("bad", verifier.plain(bad), flush=True)


if __name__ == "__main__":
    verifier = load(sys.argv[1])
    batch(verifier, sys.argv[2], verifier.verify)
