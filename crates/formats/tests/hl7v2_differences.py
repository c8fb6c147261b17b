"""Compares what two independent parsers make of HL7 v2 messages with what ours made.

Reads JSON lines from the file that is named: {"name", "place", "text", "separators", "leaves"}, where leaves
are [segment, name, field, repetition, component, sub-component, value] of everything
that is not empty, values as they were sent. Prints one JSON line for each kind of
difference: {"parser", "kind", "count", "first"}. `first` is a place, never a value.
"""

import json
import sys
import warnings

import hl7
import hl7apy.parser
from hl7apy.consts import VALIDATION_LEVEL

warnings.simplefilter("ignore")


def with_returns(text):
    """Both parsers end segments at a carriage return alone and want no mark before MSH."""
    text = text.lstrip("\ufeff")
    if "\r" not in text or text.find("\r\n") >= 0:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    return text


def of_hl7(text):
    """The leaves of PyPI `hl7`."""
    leaves = {}
    for at, segment in enumerate(hl7.parse(text)):
        name = str(segment[0])
        for number, field in enumerate(segment):
            if number == 0 or (name == "MSH" and number < 3):
                continue
            for repetition, one in enumerate(parts(field)):
                for component, part in enumerate(parts(one), 1):
                    for sub, value in enumerate(parts(part), 1):
                        if str(value):
                            leaves[(at, name, number, repetition, component, sub)] = str(value)
    return leaves


def parts(container):
    return container if isinstance(container, hl7.Container) else [container]


def of_hl7apy(text):
    """Whole repetitions of `hl7apy`, since it names parts by their data types."""
    message = hl7apy.parser.parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
    repetitions = {}
    for at, segment in enumerate(message.children):
        counts = {}
        for field in segment.children:
            number = int(field.name.rsplit("_", 1)[1]) if field.name else 0
            if segment.name == "MSH" and number < 3:
                continue
            repetition = counts.get(number, 0)
            counts[number] = repetition + 1
            value = bare(field.to_er7())
            if value:
                repetitions[(at, segment.name, number, repetition)] = value
    return repetitions


def whole(leaves, separators):
    """Our leaves put together to repetitions again, without separators at their end."""
    component, sub = separators
    repetitions = {}
    for (at, name, number, repetition, place, within), value in sorted(leaves.items()):
        repetitions.setdefault((at, name, number, repetition), {}).setdefault(place, {})[within] = value
    joined = lambda found, mark: mark.join(found.get(place, "") for place in range(1, max(found) + 1))
    return {
        key: joined({place: joined(parts, sub) for place, parts in found.items()}, component)
        for key, found in repetitions.items()
    }


def bare(value):
    """hl7apy writes back separators that hold nothing."""
    return "^".join(part.rstrip("&") for part in value.split("^")).rstrip("^")


def kind_of(key, ours, theirs, unnumbered):
    """What sort of difference it is, in the words of docs/hl7v2-differences.md."""
    if theirs is None and bare(ours).strip() in unnumbered:
        return "a field that its tables do not define, kept without a number"
    if theirs is None and not ours.strip():
        return "white space alone"
    if ours is None or theirs is None:
        return "a value that only one of them has"
    if ours.strip() == theirs.strip():
        return "white space at the edges"
    if ours.strip().isdecimal() and theirs.strip().isdecimal() and int(ours) == int(theirs):
        return "a number written anew"
    if sorted(filter(None, ours.split("^"))) == sorted(filter(None, theirs.split("^"))):
        return "a component put elsewhere"
    if with_returns(ours) == theirs:
        return "a line feed within text"
    return "another value"


def compare(parser, name, ours, theirs, found):
    unnumbered = {key[:2]: set() for key in theirs}
    for key in [key for key in theirs if key[2] == 0]:
        unnumbered[key[:2]].add(theirs.pop(key).strip())
    for key in sorted(set(ours) | set(theirs)):
        if ours.get(key) != theirs.get(key):
            kind = kind_of(key, ours.get(key), theirs.get(key), unnumbered.get(key[:2], set()))
            place = f"{name} segment {key[0] + 1} {key[1]}-{key[2]}[{key[3] + 1}]"
            note(found, parser, kind, place)


def note(found, parser, kind, place):
    entry = found.setdefault((parser, kind), {"count": 0, "first": place})
    entry["count"] += 1


def main():
    """`hl7apy` builds an object for every part and is slow: of a file with many
    messages it reads each hundredth, unless the second argument is `all`."""
    every = 1 if sys.argv[2:] == ["all"] else 100
    found = {}
    compared = {"hl7": 0, "hl7apy": 0}
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            text = with_returns(message["text"])
            ours = {tuple(leaf[:6]): leaf[6] for leaf in message["leaves"]}
            parsers = [("hl7", of_hl7, ours)]
            if message["place"] % every == 0:
                parsers.append(("hl7apy", of_hl7apy, whole(ours, message["separators"])))
            for parser, read, mine in parsers:
                compared[parser] += 1
                try:
                    theirs = read(text)
                except Exception as problem:  # whatever it raises is a difference
                    note(found, parser, "refused", message["name"])
                    continue
                compare(parser, message["name"], mine, theirs, found)
    for (parser, kind), entry in sorted(found.items()):
        print(json.dumps({"parser": parser, "kind": kind, **entry}))
    print(json.dumps({"compared": compared}))


main()
