# SPDX-License-Identifier: Apache-2.0
"""Reads the YAML sources of the specification and refuses what does not make sense.

load_spec(folder) returns a Spec of plain dictionaries in file order. Every problem raises SpecError with
file:line; unknown keys, duplicate keys, overlapping fields, registers, opcodes or codes, names that a language
reserves and missing documentation are problems.
"""
import os
import re
from dataclasses import dataclass, field

import yaml

RESERVED_WORDS = set("""
table endtable begin end input output inout wire reg logic case endcase default do else if for while return
function task module package struct union enum signed unsigned packed int byte bit string time real event
class new this super null void static automatic auto const var type assign always initial final generate
double float long short char register extern volatile sizeof switch break continue goto typedef inline
""".split())


class SpecError(Exception):
  """What is wrong with the sources, as 'file:line: message'."""


class Lines(dict):
  """A mapping that knows the line of every key."""

  def __init__(self, path):
    super().__init__()
    self.path = path
    self.line = {}

  def where(self, key):
    return f"{self.path}:{self.line[key]}"


def _construct(path, node):
  if isinstance(node, yaml.MappingNode):
    result = Lines(path)
    for key_node, value_node in node.value:
      key = str(key_node.value)
      line = key_node.start_mark.line + 1
      if key in result:
        raise SpecError(f"{path}:{line}: {key} is given twice (first in line {result.line[key]})")
      result[key] = _construct(path, value_node)
      result.line[key] = line
    return result
  if isinstance(node, yaml.SequenceNode):
    return [_construct(path, child) for child in node.value]
  return yaml.safe_load(node.value) if node.style is None else node.value


def load_yaml(path, shown=None):
  """One YAML file as nested Lines."""
  shown = shown or path
  try:
    with open(path, encoding="utf-8") as stream:
      node = yaml.compose(stream, Loader=yaml.SafeLoader)
  except OSError as error:
    raise SpecError(f"{shown}: cannot be read: {error.strerror}") from error
  except yaml.YAMLError as error:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    raise SpecError(f"{shown}:{line}: not YAML: {getattr(error, 'problem', error)}") from error
  if not isinstance(node, yaml.MappingNode):
    raise SpecError(f"{shown}:1: expected a mapping of keys to values")
  return _construct(shown, node)


def check_keys(mapping, where, required, optional=()):
  """Refuses unknown and missing keys of a Lines."""
  if not isinstance(mapping, Lines):
    raise SpecError(f"{where}: expected a mapping")
  for key in mapping:
    if key not in required and key not in optional:
      known = ", ".join(sorted((*required, *optional)))
      raise SpecError(f"{mapping.where(key)}: unknown key {key} (known: {known})")
  for key in required:
    if key not in mapping:
      raise SpecError(f"{where}: {key} is missing")


def _integer(mapping, key, low, high):
  value = mapping[key]
  if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
    raise SpecError(f"{mapping.where(key)}: {key} is {value}, expected an integer from {low} to {high}")
  return value


def _name(mapping, key, pattern):
  if not re.fullmatch(pattern, key) or key in RESERVED_WORDS:
    raise SpecError(f"{mapping.where(key)}: {key} cannot be a name (pattern {pattern}, no reserved word)")


UPPER = r"[A-Z][A-Z0-9_]*"
LOWER = r"[a-z][a-z0-9_]*"


@dataclass
class Field:
  """Bits of a block of 32-bit words; `low` counts from bit 0 of word 0."""

  name: str
  word: int
  shift: int
  width: int
  signed: bool
  align: int
  value: object
  access: object
  doc: str

  @property
  def low(self):
    return 32 * self.word + self.shift


@dataclass
class Block:
  """A command, a record or a register with fields."""

  name: str
  doc: str
  words: int
  fields: list = field(default_factory=list)
  opcode: object = None

  def reserved(self):
    """Mask of bits that no field covers."""
    mask = (1 << 32 * self.words) - 1
    for item in self.fields:
      mask &= ~(((1 << item.width) - 1) << item.low)
    return mask

  def align(self):
    """Mask of bits that alignment wants zero."""
    mask = 0
    for item in self.fields:
      mask |= (item.align - 1) << item.low
    return mask


@dataclass
class Spec:
  registers: list
  capacities_offset: int
  counters_offset: int
  common: Block
  commands: list
  records: list
  errors: list
  targets: list
  counters: list
  parameters: list
  uniform: list
  work: list


def _fields(mapping, words, extra=(), in_register=False):
  result = []
  documented = set()
  for name, entry in mapping.items():
    where = mapping.where(name)
    _name(mapping, name, LOWER)
    required = ["high", "low"] if in_register else ["word", "high", "low"]
    optional = ["doc", "access"] if in_register else ["doc", "signed", "align", "value"]
    check_keys(entry, where, required, optional)
    word = 0 if in_register else _integer(entry, "word", 0, words - 1)
    high = _integer(entry, "high", 0, 31)
    low = _integer(entry, "low", 0, high)
    align = _integer(entry, "align", 1, 4096) if "align" in entry else 1
    if align & (align - 1):
      raise SpecError(f"{entry.where('align')}: align is {align}, expected a power of two")
    stem = name.rsplit("_", 1)[0]
    if "doc" in entry:
      documented.add(stem)
    elif stem not in documented:
      raise SpecError(f"{where}: {name} needs a doc (only the rest of a series like a_x, a_y goes without)")
    result.append(Field(name, word, low, high - low + 1, bool(entry.get("signed", False)), align,
                        entry.get("value"), entry.get("access"), str(entry.get("doc", ""))))
    for other in [*extra, *result[:-1]]:
      if other.low <= result[-1].low + result[-1].width - 1 and result[-1].low <= other.low + other.width - 1:
        raise SpecError(f"{where}: {name} overlaps {other.name}")
  return sorted(result, key=lambda item: item.low)


def _registers(data):
  check_keys(data, data.path, ["registers", "capacities_offset", "counters_offset"])
  used = {}
  result = []
  for name, entry in data["registers"].items():
    where = data["registers"].where(name)
    _name(data["registers"], name, UPPER)
    check_keys(entry, where, ["offset", "access"], ["reset", "doc", "fields", "count", "stride"])
    if entry["access"] not in ("ro", "rw", "w1c"):
      raise SpecError(f"{entry.where('access')}: access is {entry['access']}, expected ro, rw or w1c")
    stem = name.rsplit("_", 1)[0]
    if "doc" not in entry and not any(other["name"].rsplit("_", 1)[0] == stem for other in result):
      raise SpecError(f"{where}: {name} needs a doc")
    offset = _integer(entry, "offset", 0, 0xFFC)
    count = _integer(entry, "count", 1, 64) if "count" in entry else 1
    stride = _integer(entry, "stride", 4, 256) if "stride" in entry else 4
    for index in range(count):
      place = offset + index * stride
      if place % 4:
        raise SpecError(f"{where}: offset {place:#x} is not a multiple of 4")
      if place in used:
        raise SpecError(f"{where}: {name} overlaps {used[place]} at {place:#x}")
      used[place] = name
    fields = _fields(entry["fields"], 1, in_register=True) if "fields" in entry else []
    result.append({"name": name, "offset": offset, "count": count, "stride": stride, "access": entry["access"],
                   "reset": entry.get("reset", 0), "doc": str(entry.get("doc", "")), "fields": fields})
  return result, used


def _codes(data, key, high, required, optional=()):
  seen = {}
  result = []
  for name, entry in data.items():
    where = data.where(name)
    _name(data, name, UPPER)
    check_keys(entry, where, [key, "doc", *required], optional)
    code = _integer(entry, key, 0, high)
    if code in seen:
      raise SpecError(f"{where}: {name} has the {key} of {seen[code]}: {code}")
    seen[code] = name
    result.append({**entry, "name": name})
  return result


def _parameters(data):
  result = []
  for name, entry in data.items():
    where = data.where(name)
    _name(data, name, LOWER)
    check_keys(entry, where, ["doc", "caps"], ["min", "max", "values"])
    if ("values" in entry) == ("min" in entry and "max" in entry):
      raise SpecError(f"{where}: {name} needs either values or min and max")
    result.append({**entry, "name": name})
  return result


def _counters(data):
  result = []
  for name, entry in data.items():
    where = data.where(name)
    _name(data, name, r"[a-z_]+\.[a-z0-9_]+")
    check_keys(entry, where, ["kind", "doc"])
    if entry["kind"] not in ("work", "time"):
      raise SpecError(f"{entry.where('kind')}: kind is {entry['kind']}, expected work or time")
    result.append({**entry, "name": name})
  return result


def _terms(entry, pipeline, known):
  """The sum of a quantity: count -> {times, for}."""
  terms = entry[pipeline]
  for count, term in terms.items():
    if count not in known:
      raise SpecError(f"{terms.where(count)}: {count} is no count of work that {pipeline} has")
    check_keys(term, terms.where(count), ["times", "for"])
    _integer(term, "times", 1, 1 << 20)
  return dict(terms)


def _work(data, counters):
  check_keys(data, data.path, ["uniform", "quantities"])
  uniform = []
  for name, entry in data["uniform"].items():
    _name(data["uniform"], name, LOWER)
    check_keys(entry, data["uniform"].where(name), ["doc"])
    uniform.append({"name": name, "doc": entry["doc"]})
  quantities = []
  for name, entry in data["quantities"].items():
    _name(data["quantities"], name, LOWER)
    check_keys(entry, data["quantities"].where(name), ["doc", "rtnerf", "uniform"], ["scaled_by"])
    if entry.get("scaled_by", "value_bits") != "value_bits":
      raise SpecError(f"{entry.where('scaled_by')}: scaled_by is {entry['scaled_by']}, expected value_bits")
    quantities.append({**entry, "name": name,
                       "rtnerf": _terms(entry, "rtnerf", [c["name"] for c in counters if c["kind"] == "work"]),
                       "uniform": _terms(entry, "uniform", [u["name"] for u in uniform])})
  return uniform, quantities


def load_spec(folder, shown=None):
  """All sources of `folder`, checked."""
  def read(stem):
    return load_yaml(os.path.join(folder, f"{stem}.yaml"), os.path.join(shown or folder, f"{stem}.yaml"))

  data = read("commands")
  check_keys(data, data.path, ["common", "commands"])
  common = Block("COMMON", "Fields of every command.", 16, _fields(data["common"], 16))
  commands = []
  entries = _codes(data["commands"], "opcode", 255, ["fields"])
  for entry in entries:
    fields = _fields(entry["fields"], 16, common.fields)
    block = Block(entry["name"], entry["doc"], 16, sorted(common.fields + fields, key=lambda f: f.low))
    block.opcode = entry["opcode"]
    commands.append(block)
  data = read("records")
  records = []
  for name, entry in data.items():
    _name(data, name, UPPER)
    check_keys(entry, data.where(name), ["words", "doc", "fields"])
    words = _integer(entry, "words", 1, 64)
    records.append(Block(name, entry["doc"], words, _fields(entry["fields"], words)))
  data = read("registers")
  registers, used = _registers(data)
  parameters = _parameters(read("parameters"))
  counters = _counters(read("counters"))
  caps = sum(1 for item in parameters if item["caps"])
  for start, count, what in ((data["capacities_offset"], caps, "capacities"),
                             (data["counters_offset"], len(counters), "counters")):
    for index in range(count):
      place = start + 4 * index
      if place in used:
        raise SpecError(f"{data.path}: {what} overlap {used[place]} at {place:#x}")
      used[place] = what
  uniform, work = _work(read("work"), counters)
  return Spec(registers, data["capacities_offset"], data["counters_offset"], common, commands, records,
              _codes(read("errors"), "code", 255, []),
              _codes(read("targets"), "code", 31, ["entry_bytes", "entries"]), counters, parameters, uniform, work)
