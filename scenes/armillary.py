# SPDX-License-Identifier: Apache-2.0
"""The object: an armillary eye, as one signed distance field and its materials.

A glossy eye hangs by thin spokes inside a polished ring, inside an iridescent perforated band,
inside a graduated brass ring; a turned collar carries it on a pierced dome with three feet. Parts
as thin as a voxel, holes, hollow insides and colours that change with the eye's place: what a
radiance field finds hard. The object itself is dedicated to the public domain (CC0 1.0).

Units are those of the Blender scenes of NeRF: the object lies within about +-1 around the
origin, z up. Arrays are float32, one array per coordinate. `distance` is a bound from below up
to the factor `SAFETY`, so it suits sphere tracing; `material` names the nearest part.
"""
import numpy as np

SAFETY = 0.85           # step factor that covers the parts whose distance is only approximate
BOUND_RADIUS = 1.16     # the object lies in this sphere around the origin
CENTRE_Z = 0.17         # height of the eye

BRASS, COPPER, STEEL, ENAMEL, LACQUER, EYE = range(6)


def _frame(normal, turn=0.0):
  """Three orthonormal rows; the third is `normal`, the first two turned by `turn` about it."""
  w = np.asarray(normal, float)
  w = w / np.linalg.norm(w)
  helper = np.array([0.0, 0.0, 1.0]) if abs(w[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
  u = np.cross(helper, w)
  u /= np.linalg.norm(u)
  v = np.cross(w, u)
  c, s = np.cos(turn), np.sin(turn)
  return np.stack([c * u + s * v, c * v - s * u, w]).astype(np.float32)


def _meeting(frame, other):
  """`frame`, turned so that its first row lies in the plane of `other` too: the pivot axis."""
  axis = np.cross(other[2], frame[2])
  axis /= np.linalg.norm(axis)
  return np.stack([axis, np.cross(frame[2], axis), frame[2]]).astype(np.float32)


GAZE = _frame([0.42, -0.82, 0.30])                      # where the eye looks
OUTER = _frame([0.85, -0.53, 0.0])                      # the upright graduated ring
BAND = _meeting(_frame([0.36, -0.30, 0.88]), OUTER)     # the perforated band, hung in it
INNER = _meeting(_frame([0.74, -0.46, 0.56]), BAND)    # ring and spokes of the eye, hung in that

OUTER_RADIUS, BAND_RADIUS, INNER_RADIUS, EYE_RADIUS = 0.78, 0.635, 0.485, 0.31
BAND_HALF = 0.10        # half the band's width
BAND_HOLES = 26
SPOKES = 8
DOME_RADIUS, DOME_Z = 0.66, -1.285


def _local(frame, x, y, z):
  return [row[0] * x + row[1] * y + row[2] * z for row in frame]


def _sector(u, v, count, shift=0.0):
  """Folds the plane (u, v) into one of `count` sectors: radius along, and across, the sector."""
  step = np.float32(2.0 * np.pi / count)
  angle = np.arctan2(v, u) - np.float32(shift)
  angle = angle - step * np.round(angle / step)
  radius = np.sqrt(u * u + v * v)
  return radius * np.cos(angle), radius * np.sin(angle), radius


def _band(radius, axial, ring_radius, half_radial, half_axial, rounding):
  a = np.abs(radius - ring_radius) - (half_radial - rounding)
  b = np.abs(axial) - (half_axial - rounding)
  outside = np.sqrt(np.maximum(a, 0) ** 2 + np.maximum(b, 0) ** 2)
  return outside + np.minimum(np.maximum(a, b), 0) - rounding


def _parts(x, y, z):
  """Distances to all parts, as (material, distance) pairs."""
  zc = z - np.float32(CENTRE_Z)
  radius3 = np.sqrt(x * x + y * y + zc * zc)
  parts = [(EYE, radius3 - EYE_RADIUS)]

  u, v, w = _local(OUTER, x, y, zc)
  radius = np.sqrt(u * u + v * v)
  ring = _band(radius, w, OUTER_RADIUS, 0.022, 0.052, 0.010)
  parts.append((BRASS, ring))

  u, v, w = _local(BAND, x, y, zc)
  along, across, radius = _sector(u, v, BAND_HOLES)
  band = _band(radius, w, BAND_RADIUS, 0.016, BAND_HALF, 0.006)
  hole = np.sqrt(across * across + w * w) - np.float32(0.052)
  small = _sector(u, v, BAND_HOLES, np.pi / BAND_HOLES)[1]
  for side in (-0.055, 0.055):
    pin = np.sqrt(small * small + (w - np.float32(side)) ** 2) - np.float32(0.021)
    hole = np.minimum(hole, pin)
  parts.append((ENAMEL, np.maximum(band, -hole)))
  edge = np.abs(w) - np.float32(BAND_HALF)
  parts.append((BRASS, np.sqrt((radius - np.float32(BAND_RADIUS)) ** 2 + edge * edge) - 0.019))

  u, v, w = _local(INNER, x, y, zc)
  along, across, radius = _sector(u, v, SPOKES)
  inner = radius - np.float32(INNER_RADIUS)
  parts.append((STEEL, np.sqrt(inner * inner + w * w) - np.float32(0.026)))
  spoke = np.sqrt(across * across + w * w) - np.float32(0.0125)
  spoke = np.maximum(spoke, np.maximum(radius - np.float32(INNER_RADIUS), 0.25 - radius))
  parts.append((BRASS, spoke))
  bead = np.sqrt((along - np.float32(0.395)) ** 2 + across * across + w * w) - np.float32(0.034)
  parts.append((COPPER, bead))

  # Pivots: inner ring to band, band to outer ring, two pins each; then the finial on the top.
  for axis, low, high, knob in ((INNER[0], 0.485, 0.63, 0.045), (BAND[0], 0.64, 0.78, 0.05)):
    h = axis[0] * x + axis[1] * y + axis[2] * zc
    far = np.sqrt(np.maximum(radius3 * radius3 - h * h, 0))
    rod = np.maximum(far - np.float32(0.017), np.maximum(np.abs(h) - high, low - np.abs(h)))
    ball = np.sqrt(far * far + (np.abs(h) - np.float32(low)) ** 2) - np.float32(knob)
    parts.append((COPPER, np.minimum(rod, ball)))

  far = np.sqrt(x * x + y * y)
  finial = np.sqrt(far * far + (zc - np.float32(0.815)) ** 2) - np.float32(0.055)
  parts.append((COPPER, finial))

  # A turned collar from the outer ring down to the dome.
  profile = 0.052 + 0.045 * np.exp(-((z + 0.618) / 0.018) ** 2)
  collar = np.maximum((far - profile.astype(np.float32)) * np.float32(0.5),
                      np.maximum(z + np.float32(0.585), np.float32(-0.66) - z))
  parts.append((BRASS, collar))

  # The dome: a thin spherical cap pierced by three staggered rows of holes.
  zd = z - np.float32(DOME_Z)
  shell_radius = np.sqrt(far * far + zd * zd)
  shell = np.abs(shell_radius - np.float32(DOME_RADIUS)) - np.float32(0.018)
  polar = np.arctan2(far, zd)
  pierced = np.full_like(shell, 1.0)
  for row, (tilt, size, count) in enumerate(((0.33, 0.036, 12), (0.53, 0.050, 16),
                                             (0.75, 0.060, 20))):
    _, across, _ = _sector(x, y, count, row * np.pi / count)
    away = np.sqrt(across * across + (DOME_RADIUS * (polar - np.float32(tilt))) ** 2)
    pierced = np.minimum(pierced, away - np.float32(size))
  dome = np.maximum(np.maximum(shell, -pierced * np.float32(0.9)), np.float32(-0.905) - z)
  parts.append((LACQUER, dome))

  rim_radius = float(np.sqrt(DOME_RADIUS ** 2 - (DOME_Z + 0.905) ** 2))
  rim = np.sqrt((far - np.float32(rim_radius)) ** 2 + (z + np.float32(0.905)) ** 2)
  parts.append((BRASS, rim - np.float32(0.032)))
  along, across, _ = _sector(x, y, 3, 0.5)
  foot = np.sqrt((along - np.float32(rim_radius)) ** 2 + across ** 2 + (z + 0.955) ** 2) - 0.062
  parts.append((COPPER, foot))
  return parts


def distance(x, y, z):
  """Signed distance of points, negative inside."""
  parts = _parts(x, y, z)
  best = parts[0][1]
  for _, d in parts[1:]:
    best = np.minimum(best, d)
  return best


def material(x, y, z):
  """The material (an index) of the part nearest to each point."""
  parts = _parts(x, y, z)
  best = parts[0][1]
  which = np.full(best.shape, parts[0][0], np.int8)
  for name, d in parts[1:]:
    nearer = d < best
    which = np.where(nearer, np.int8(name), which)
    best = np.minimum(best, d)
  return which


def _mix(a, b, t):
  return a + (b - a) * t[:, None]


def _smooth(low, high, value):
  t = np.clip((value - low) / (high - low), 0, 1)
  return (t * t * (3 - 2 * t)).astype(np.float32)


def surface(which, x, y, z, facing):
  """Colour (n,3; linear), metal (n) and gloss (n) of surface points.

  `facing` is the cosine between normal and direction to the viewer: the enamel's hue and
  nothing else of the base colour depends on it.
  """
  palette = np.array([[0.93, 0.56, 0.15], [0.88, 0.33, 0.17], [0.66, 0.74, 0.86],
                      [0.03, 0.22, 0.40], [0.035, 0.05, 0.16], [0.70, 0.62, 0.53]], np.float32)
  metal = np.array([1.0, 1.0, 1.0, 0.35, 0.0, 0.0], np.float32)[which]
  gloss = np.array([0.70, 0.75, 0.85, 0.80, 0.85, 1.0], np.float32)[which]
  colour = palette[which]
  zc = z - np.float32(CENTRE_Z)

  # Graduation of the outer ring: dark ticks on its two flat faces, every fifth one longer.
  u, v, w = _local(OUTER, x, y, zc)
  radius = np.sqrt(u * u + v * v)
  angle = np.arctan2(v, u) / np.float32(2 * np.pi)
  outer = (which == BRASS) & (np.abs(radius - OUTER_RADIUS) < 0.04) & (np.abs(w) < 0.056)
  fine = np.abs(angle * 72 - np.round(angle * 72)) < 0.16
  bold = np.abs(angle * 24 - np.round(angle * 24)) < 0.10
  tick = outer & ((fine & (np.abs(w) < 0.018)) | (bold & (np.abs(w) < 0.036)))
  colour = np.where(tick[:, None], np.float32([0.07, 0.035, 0.02]), colour)

  # Iridescence: the enamel turns from teal (seen straight) to violet and magenta (grazing).
  enamel = which == ENAMEL
  t = np.clip(1 - facing, 0, 1)
  teal, violet, rose = (np.float32(c) for c in ([0.02, 0.42, 0.46], [0.17, 0.10, 0.60],
                                                [0.62, 0.10, 0.36]))
  film = _mix(_mix(teal[None], violet[None], _smooth(0.05, 0.55, t)), rose[None],
              _smooth(0.5, 0.95, t))
  colour = np.where(enamel[:, None], film, colour)

  # The eye: pupil, radially fibred iris with a dark limbus, ivory sclera.
  u, v, w = _local(GAZE, x, y, zc)
  polar = np.arctan2(np.sqrt(u * u + v * v), w)
  around = np.arctan2(v, u)
  fibre = 0.5 + 0.3 * np.sin(around * 18) + 0.2 * np.sin(around * 31 + 9 * polar)
  inner = np.float32([0.95, 0.50, 0.06])
  ring = np.float32([0.02, 0.50, 0.46])
  deep = np.float32([0.01, 0.14, 0.30])
  iris = _mix(_mix(inner[None], ring[None], _smooth(0.30, 0.48, polar)), deep[None],
              _smooth(0.55, 0.80, polar))
  iris = iris * (0.65 + 0.5 * fibre.astype(np.float32))[:, None]
  eye = _mix(np.float32([[0.008, 0.008, 0.012]]), iris, _smooth(0.24, 0.29, polar))
  eye = _mix(eye, np.float32([[0.01, 0.02, 0.04]]), _smooth(0.72, 0.80, polar))
  eye = _mix(eye, palette[EYE][None], _smooth(0.82, 0.90, polar))
  colour = np.where((which == EYE)[:, None], eye, colour)
  return colour.astype(np.float32), metal, gloss
