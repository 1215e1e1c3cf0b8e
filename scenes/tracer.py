# SPDX-License-Identifier: Apache-2.0
"""Sphere tracing of the armillary eye with numpy: rays in, linear light and coverage out.

Light: a smooth surrounding (sky, horizon, ground and two soft boxes) and one key light with a
soft shadow; ambient occlusion from five distance look-ups. Metals reflect the surrounding,
lacquer and eye add a Fresnel coat. The surrounding has no sharp edges, so the colour of a
point is a smooth function of the viewing direction.
"""
import numpy as np

import armillary

KEY = np.float32([0.50, -0.52, 0.69])
FILL = np.float32([-0.78, -0.30, 0.55])
MAX_STEPS = 110
HIT = 6e-4


def _dot(a, b):
  return np.sum(a * b, axis=-1)


def _march(origin, direction, start, stop, steps, hit):
  """Sphere tracing; returns t and a mask of the rays that hit before `stop`."""
  t = start.copy()
  done = np.zeros(t.shape, bool)
  live = np.flatnonzero(start < stop)
  for _ in range(steps):
    if live.size == 0:
      break
    p = origin[live] + t[live, None] * direction[live]
    d = armillary.distance(p[:, 0], p[:, 1], p[:, 2])
    near = d < hit
    done[live[near]] = True
    live, d = live[~near], d[~near]
    t[live] += np.maximum(d * np.float32(armillary.SAFETY), np.float32(hit * 0.8))
    live = live[t[live] < stop[live]]
  return t, done


def _normal(p):
  e = np.float32(1.2e-3)
  n = np.zeros_like(p)
  for corner in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
    k = np.float32(corner)
    q = p + e * k
    n += k * armillary.distance(q[:, 0], q[:, 1], q[:, 2])[:, None]
  return n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), np.float32(1e-9))


def _shadow(p, n):
  """Soft visibility of the key light, 0 to 1."""
  visible = np.ones(len(p), np.float32)
  t = np.full(len(p), 0.03, np.float32)
  live = np.flatnonzero(_dot(n, KEY) > 0)
  base = p + n * np.float32(4e-3)
  for _ in range(34):
    if live.size == 0:
      break
    q = base[live] + t[live, None] * KEY
    d = armillary.distance(q[:, 0], q[:, 1], q[:, 2])
    visible[live] = np.minimum(visible[live], np.clip(14 * d / t[live], 0, 1))
    t[live] += np.clip(d, 0.012, 0.2)
    live = live[(t[live] < 2.0) & (visible[live] > 0.01)]
  return visible * visible * (3 - 2 * visible)


def _occlusion(p, n):
  blocked = np.zeros(len(p), np.float32)
  weight = 1.0
  for h in (0.02, 0.06, 0.11, 0.17, 0.25):
    q = p + n * np.float32(h)
    d = armillary.distance(q[:, 0], q[:, 1], q[:, 2])
    blocked += np.float32(weight) * (h - d)
    weight *= 0.75
  return np.clip(1 - 1.6 * blocked, 0.12, 1).astype(np.float32)


def surrounding(r, gloss):
  """Light that arrives from direction r; a low gloss widens the soft boxes."""
  up = r[:, 2]
  s = np.clip(up * 0.5 + 0.5, 0, 1)[:, None]
  ground, horizon, sky = (np.float32(c) for c in ([0.10, 0.085, 0.08], [0.74, 0.72, 0.70],
                                                  [0.50, 0.62, 0.86]))
  low = np.clip(s * 2, 0, 1)
  high = np.clip(s * 2 - 1, 0, 1)
  light = ground + (horizon - ground) * low ** 2 + (sky - horizon) * high
  for box, power, tint in ((KEY, 5.0, [1.0, 0.95, 0.86]), (FILL, 1.4, [0.80, 0.88, 1.0])):
    sharp = 8 + 42 * gloss * gloss
    lobe = np.exp(sharp * (np.clip(_dot(r, box), -1, 1) - 1)) * power * (0.35 + 0.65 * gloss)
    light = light + lobe[:, None] * np.float32(tint)
  return light


def _shade(p, n, v):
  facing = np.clip(_dot(n, v), 0, 1).astype(np.float32)
  which = armillary.material(p[:, 0], p[:, 1], p[:, 2])
  colour, metal, gloss = armillary.surface(which, p[:, 0], p[:, 1], p[:, 2], facing)
  open_ = _occlusion(p, n)
  lit = _shadow(p, n) * np.clip(_dot(n, KEY), 0, 1)
  s = (n[:, 2] * 0.5 + 0.5)[:, None]
  ambient = np.float32([0.30, 0.27, 0.25]) * (1 - s) + np.float32([0.62, 0.68, 0.80]) * s
  diffuse = colour * (ambient * open_[:, None]
                      + np.float32([1.25, 1.15, 1.0]) * lit[:, None])
  r = 2 * facing[:, None] * n - v
  mirror = surrounding(r, gloss) * (0.25 + 0.75 * open_)[:, None]
  fresnel = (1 - facing) ** 5
  tint = colour + (1 - colour) * fresnel[:, None]
  coat = (0.04 + 0.96 * fresnel * 0.7)[:, None]
  shiny = mirror * tint + 0.12 * diffuse
  matt = diffuse * (1 - coat) + mirror * coat
  return matt + (shiny - matt) * metal[:, None]


def display(light):
  """Linear light to display values in [0,1]: a filmic curve, then gamma 2.2."""
  x = 0.80 * light
  return np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1) ** (1 / 2.2)


def trace(origin, direction):
  """Linear RGB (n,3) and coverage (n) of rays with unit directions; uncovered rays are 0."""
  light = np.zeros((len(origin), 3), np.float32)
  b = _dot(origin, direction)
  c = _dot(origin, origin) - np.float32(armillary.BOUND_RADIUS ** 2)
  root = b * b - c
  half = np.sqrt(np.maximum(root, 0))
  start = np.where(root > 0, np.maximum(-b - half, 0.02), 1).astype(np.float32)
  stop = np.where(root > 0, -b + half, 0).astype(np.float32)
  t, hit = _march(origin, direction, start, stop, MAX_STEPS, np.float32(HIT))
  index = np.flatnonzero(hit)
  if index.size:
    p = origin[index] + t[index, None] * direction[index]
    light[index] = _shade(p, _normal(p), -direction[index])
  return light, hit.astype(np.float32)
