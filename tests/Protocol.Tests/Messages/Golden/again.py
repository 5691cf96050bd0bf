"""Reads each line of the file that is named (message, version, bytes) with Kafka's own definitions and writes it again: prints what differs.
Needs the peers' folder in PYTHONPATH."""
import sys

from kafkawire import messages
from kafkawire.messages import message


class Field(messages.Field):
    """A field of a record may say in which versions it is tagged, and nothing else about its versions."""

    def __init__(self, spec, structs, flexible):
        super().__init__({"versions": spec.get("taggedVersions"), **spec}, structs, flexible)


messages.Field = Field

lines = [line.rstrip("\n").split(" ") for line in open(sys.argv[1]) if not line.startswith("#")]
different = 0
for name, version, expected in lines:
    definition = message(name)
    written = definition.encode(definition.decode(bytes.fromhex(expected), int(version)), int(version)).hex()
    if written != expected:
        different += 1
        print(f"{name} v{version}\n  is     {expected}\n  Kafka: {written}")
print(f"{len(lines)} read and written, {different} different")
sys.exit(1 if different else 0)
