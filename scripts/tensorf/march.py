# SPDX-License-Identifier: Apache-2.0
"""Samples of rays and their compositing, on packed lists: only samples in active cells exist.

Sample k of a ray lies at t_k = clamp(entry of the box, near, far) + k * step. A sample counts
iff its cell of the occupancy mask is active, that is, one of the cell's eight vertices is set:
the same as TensoRF's "trilinear value > 0". Rays first list runs of RUN samples that touch
an active block (a coarse walk done once per mask); a batch then tests single samples exactly.
"""
import torch
import torch.nn.functional as F

from tensorf.field import DISTANCE_SCALE

NEAR, FAR = 2.0, 6.0
RUN = 4                  # samples per run; two cells long at half a cell per step
BLOCK = 4                # cells per block edge
WEIGHT_THRESHOLD = 1e-4
MASK_THRESHOLD = 1e-4


class Occupancy:
  """A mask on the vertices of a grid over a box."""

  def __init__(self, vertices, box):
    self.vertices, self.box = vertices, box
    self.shape = torch.tensor([s - 1 for s in reversed(vertices.shape)])     # cells x, y, z
    self.units = (box[1] - box[0]) / self.shape
    full = vertices.float()[None, None]
    cells = F.max_pool3d(full, 2, 1)[0, 0]
    self.cells = (cells > 0).reshape(-1)
    # Blocks that hold an active cell or touch one: the middle of a run lies at most one cell
    # (on average over the axes) away from its samples.
    wide = F.max_pool3d(cells[None, None], 3, 1, 1)
    self.blocks_shape = (self.shape + BLOCK - 1) // BLOCK
    blocks = F.max_pool3d(wide, BLOCK, BLOCK, ceil_mode=True)[0, 0]
    self.blocks = (blocks > 0).reshape(-1)

  @staticmethod
  @torch.no_grad()
  def of(field, previous=None):
    """The official mask: opacity of a step, dilated 3x3x3, above a threshold."""
    alpha = field.vertex_alpha()
    if previous is not None:
      gz, gy, gx = alpha.shape
      axes = [torch.linspace(float(field.box[0][a]), float(field.box[1][a]), n)
              for a, n in enumerate((gx, gy, gz))]
      z, y, x = torch.meshgrid(axes[2], axes[1], axes[0], indexing="ij")
      points = torch.stack([x, y, z], -1).reshape(-1, 3)
      alpha = alpha * previous.active(points).view(alpha.shape)
    dilated = F.max_pool3d(alpha[None, None], 3, 1, 1)[0, 0]
    return Occupancy(dilated >= MASK_THRESHOLD, field.box.clone())

  def active(self, points):
    """Whether each point lies in an active cell."""
    position = (points - self.box[0]) / self.units
    cell = position.floor().long()
    cell = torch.minimum(cell.clamp_(min=0), self.shape - 1)
    inside = ((position > -1e-4) & (position < self.shape + 1e-4)).all(-1)
    index = (cell[:, 2] * self.shape[1] + cell[:, 1]) * self.shape[0] + cell[:, 0]
    return self.cells[index] & inside

  def near_active(self, points):
    """Whether each point lies in a block with an active cell in or beside it."""
    cell = ((points - self.box[0]) / self.units).long()
    block = torch.minimum(cell.clamp_(min=0), self.shape - 1) // BLOCK
    shape = self.blocks_shape
    return self.blocks[(block[:, 2] * shape[1] + block[:, 1]) * shape[0] + block[:, 0]]

  def bounds(self):
    """First set vertex and one past the last, per axis x, y, z; None when nothing is set."""
    if not self.vertices.any():
      return None
    where = self.vertices.nonzero()
    low, high = where.min(0).values.flip(0), where.max(0).values.flip(0) + 1
    return low.tolist(), high.tolist()

  def crop(self, low, high):
    kept = self.vertices[low[2]:high[2], low[1]:high[1], low[0]:high[0]]
    first = self.box[0]
    box = torch.stack([first + torch.tensor(low) * self.units,
                       first + (torch.tensor(high) - 1) * self.units])
    return Occupancy(kept.contiguous(), box)


class Rays:
  """Rays that can meet the object: origin, direction, first t, and their runs of samples."""

  def __init__(self, field, occupancy, origin, direction):
    """`origin` (3), `direction` (n,3). `index` tells which of the n rays were kept."""
    along = torch.where(direction == 0, torch.full_like(direction, 1e-6), direction)
    a, b = (field.box[0] - origin) / along, (field.box[1] - origin) / along
    entry = torch.minimum(a, b).amax(-1).clamp(NEAR, FAR)
    leave = torch.maximum(a, b).amin(-1)
    hit = (leave > entry).nonzero()[:, 0]
    pace = field.step * RUN
    counts = ((leave[hit] - entry[hit]) / pace).ceil().long()
    ray = torch.repeat_interleave(torch.arange(len(hit)), counts)
    run = torch.arange(len(ray)) - torch.repeat_interleave(counts.cumsum(0) - counts, counts)
    middle = entry[hit][ray] + (run + 0.5) * pace
    keep = occupancy.near_active(origin + direction[hit][ray] * middle[:, None])
    ray, run = ray[keep], run[keep]
    counts = torch.bincount(ray, minlength=len(hit))
    some = counts > 0
    self.index = hit[some]
    self.counts = counts[some]
    self.runs = run.short()
    self.origin = origin.expand(len(self.index), 3)
    self.direction = direction[self.index]
    self.entry = entry[self.index]
    self.starts = self.counts.cumsum(0) - self.counts

  @staticmethod
  def join(parts):
    """One set of many; `index` then counts through the joined sets' own rays."""
    all_ = object.__new__(Rays)
    for name in ("index", "counts", "runs", "origin", "direction", "entry"):
      setattr(all_, name, torch.cat([getattr(p, name) for p in parts]))
    all_.starts = all_.counts.cumsum(0) - all_.counts
    return all_

  def samples(self, chosen, field, occupancy, jitter):
    """Packed samples of the chosen rays: (number of the chosen ray, point), front to back."""
    counts = self.counts[chosen]
    ray = torch.repeat_interleave(torch.arange(len(chosen)), counts)
    at = torch.arange(len(ray)) + torch.repeat_interleave(
      self.starts[chosen] - (counts.cumsum(0) - counts), counts)
    k = (self.runs[at].float() * RUN)[:, None] + torch.arange(RUN)
    ray = ray[:, None].expand(-1, RUN).reshape(-1)
    source = chosen[ray]
    t = self.entry[source] + (k.reshape(-1) + jitter[ray]) * field.step
    points = self.origin[source] + t[:, None] * self.direction[source]
    keep = occupancy.active(points) & (points >= field.box[0]).all(-1) \
      & (points <= field.box[1]).all(-1)
    return ray[keep], points[keep]


def composite(field, rays, chosen, occupancy, jitter):
  """RGB (n,3) of the chosen rays on white, and the number of samples spent."""
  count = len(chosen)
  ray, points = rays.samples(chosen, field, occupancy, jitter)
  if len(ray) == 0:
    return torch.ones(count, 3), 0
  taps = field.taps(points)
  optical = field.density(taps) * (field.step * DISTANCE_SCALE)
  before = optical.double().cumsum(0) - optical
  first = torch.ones_like(ray, dtype=torch.bool)
  first[1:] = ray[1:] != ray[:-1]
  start = first.nonzero()[:, 0][first.long().cumsum(0) - 1]
  passed = (before - before[start]).float()
  weight = (1 - torch.exp(-optical)) * torch.exp(-passed)
  seen = (weight > WEIGHT_THRESHOLD).nonzero()[:, 0]
  opaque = torch.zeros(count).index_add(0, ray, weight)
  light = torch.zeros(count, 3)
  if len(seen):
    few = tuple(t[:, seen].contiguous() for t in taps)
    view = rays.direction[chosen[ray[seen]]]
    light = light.index_add(0, ray[seen], weight[seen, None] * field.colour(few, view))
  return (light + (1 - opaque)[:, None]).clamp(0, 1), len(ray)


@torch.no_grad()
def picture(field, occupancy, origin, direction, batch=8192):
  """RGB (n,3) of all rays of a view; rays that meet nothing are white."""
  out = torch.ones(len(direction), 3)
  rays = Rays(field, occupancy, origin, direction)
  for chosen in torch.arange(len(rays.index)).split(batch):
    out[rays.index[chosen]] = composite(field, rays, chosen, occupancy,
                                        torch.zeros(len(chosen)))[0]
  return out
