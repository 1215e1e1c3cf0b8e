# SPDX-License-Identifier: Apache-2.0
"""Reads a torch.save checkpoint without trusting it and without PyTorch.

The file is a zip of a pickle and raw storages. A pickle is a program; this reader refuses every
opcode and every global outside the short lists below before it runs a single one, and replaces
the allowed globals by inert functions of its own. So nothing that the file names is ever
imported or called.
"""
import io
import pickle
import pickletools
import zipfile

import numpy as np

from tensorf.scene_file import SceneError

OPCODES = frozenset("""PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT
  BINUNICODE SHORT_BINUNICODE SHORT_BINBYTES BINBYTES EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3
  EMPTY_LIST APPEND APPENDS EMPTY_DICT SETITEM SETITEMS BINPUT LONG_BINPUT BINGET LONG_BINGET
  BINPERSID GLOBAL REDUCE BUILD""".split())
STORAGES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8",
            "LongStorage": "<i8", "IntStorage": "<i4", "BoolStorage": "?", "ByteStorage": "u1"}
PLAIN_DTYPES = frozenset(("u1", "b1", "i4", "i8", "f2", "f4", "f8"))
LARGEST = 1 << 32       # bytes of one tensor; larger ones are refused


class _Ordered(dict):
  """An OrderedDict; what the file wants to set on it is ignored."""

  def __setstate__(self, state):
    pass


class _Dtype:
  def __init__(self, name, *_):
    if name not in PLAIN_DTYPES:
      raise SceneError(f"array type {name!r} is not a plain number type")
    self.dtype = np.dtype(name)

  def __setstate__(self, state):
    pass


class _Array:
  """A numpy array, kept as bytes until all is checked."""

  def __setstate__(self, state):
    _, shape, kind, fortran, body = state
    if not isinstance(kind, _Dtype) or fortran or not isinstance(body, bytes):
      raise SceneError("array: not a plain C-ordered array")
    if int(np.prod(shape)) * kind.dtype.itemsize != len(body):
      raise SceneError(f"array: {len(body)} bytes do not make shape {shape}")
    self.value = np.frombuffer(body, kind.dtype).reshape(shape)


def _reconstruct(*_):
  return _Array()


def _encode(text, codec="utf-8"):
  if codec not in ("latin1", "latin-1"):
    raise SceneError(f"array: encoding {codec!r} instead of latin1")
  return text.encode("latin-1")


def _tensor(storage, offset, shape, stride, *_):
  size = storage.dtype.itemsize
  last = offset + sum((n - 1) * s for n, s in zip(shape, stride))
  if any(n <= 0 for n in shape) or any(s < 0 for s in stride) or offset < 0 \
      or last >= len(storage):
    raise SceneError(f"tensor: shape {shape} leaves its storage of {len(storage)} numbers")
  view = np.lib.stride_tricks.as_strided(storage[offset:], shape, [s * size for s in stride],
                                         writeable=False)
  if view.size * size > LARGEST:
    raise SceneError(f"tensor: shape {shape} is too large")
  return view.copy()


def _ndarray():
  raise SceneError("numpy.ndarray: called directly")


GLOBALS = {
  ("torch._utils", "_rebuild_tensor_v2"): _tensor,
  ("collections", "OrderedDict"): _Ordered,
  ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
  ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
  ("numpy", "ndarray"): _ndarray,
  ("numpy", "dtype"): _Dtype,
  ("_codecs", "encode"): _encode,
  **{("torch", name): np.dtype(kind) for name, kind in STORAGES.items()},
}


class _Unpickler(pickle.Unpickler):
  def __init__(self, body, storage):
    super().__init__(io.BytesIO(body))
    self._storage = storage

  def find_class(self, module, name):
    return GLOBALS[module, name]

  def persistent_load(self, pid):
    return self._storage(pid)


def inspect(body):
  """Refuses, by name, what a TensoRF checkpoint has no need of. Nothing is executed."""
  try:
    for opcode, argument, position in pickletools.genops(body):
      if opcode.name not in OPCODES:
        raise SceneError(f"foreign pickle opcode {opcode.name} at byte {position}")
      if opcode.name == "GLOBAL" and tuple(argument.split(" ", 1)) not in GLOBALS:
        raise SceneError(f"foreign global {argument.replace(' ', '.')} at byte {position}")
  except (ValueError, IndexError, UnicodeDecodeError) as e:
    raise SceneError(f"not a complete pickle ({e})") from e


def load(path):
  """The checkpoint as plain dicts, lists, numbers and numpy arrays."""
  try:
    with zipfile.ZipFile(path) as archive:
      return _load(archive)
  except SceneError as e:
    raise SceneError(f"{path}: {e}") from e
  except OSError as e:
    raise SceneError(f"{path}: cannot read: {e.strerror}") from e
  except (zipfile.BadZipFile, EOFError, NotImplementedError) as e:
    raise SceneError(f"{path}: not a zip written by torch.save ({e})") from e


def _load(archive):
  pickles = [n for n in archive.namelist() if n.endswith("/data.pkl")]
  if len(pickles) != 1:
    raise SceneError(f"data.pkl: expected once in the archive, found {len(pickles)} times")
  root = pickles[0][:-len("data.pkl")]
  if root + "byteorder" in archive.namelist() and archive.read(root + "byteorder") != b"little":
    raise SceneError("byteorder: only little-endian files are read")

  def storage(pid):
    if not (isinstance(pid, tuple) and len(pid) == 5 and pid[0] == "storage"
            and isinstance(pid[1], np.dtype)):
      raise SceneError(f"persistent id {pid!r}: not a tensor storage")
    try:
      raw = archive.read(f"{root}data/{pid[2]}")
    except KeyError as e:
      raise SceneError(f"storage {pid[2]}: missing in the archive") from e
    if len(raw) != pid[4] * pid[1].itemsize:
      raise SceneError(f"storage {pid[2]}: expected {pid[4] * pid[1].itemsize} bytes, "
                       f"found {len(raw)}")
    return np.frombuffer(raw, pid[1])

  body = archive.read(pickles[0])
  inspect(body)
  try:
    return _plain(_Unpickler(body, storage).load())
  except (pickle.UnpicklingError, TypeError, ValueError, KeyError, AttributeError, IndexError,
          UnicodeEncodeError, EOFError) as e:
    raise SceneError(f"data.pkl: malformed ({type(e).__name__}: {e})") from e


def _plain(value):
  if isinstance(value, dict):
    return {k: _plain(v) for k, v in value.items()}
  return value.value if isinstance(value, _Array) else value
