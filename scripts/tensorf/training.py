# SPDX-License-Identifier: Apache-2.0
"""Training of a field from views: schedule, sparsity, occupancy, pruning.

The order of the published training in fewer, cheaper iterations: a coarse grid first, L1 on the
density tables, an occupancy mask that shrinks the box and hides empty space, finer grids, new
masks. Rays that meet no active cell are white whatever the field says and are not drawn.
"""
import math
import time

import torch

from tensorf.field import Field
from tensorf.march import Occupancy, Rays, composite
from tensorf.scene_file import PAIRS

BOX = 1.5                       # half the edge of the first box: the Blender scenes' +-1.5
FIRST_GRID = 56
MASKS = (0.05, 0.10, 0.16, 0.24, 0.34, 0.55)    # of all iterations: new mask, smaller box
UPSAMPLES = (0.10, 0.16, 0.24, 0.34)
L1_FIRST, L1_LATER = 8e-5, 4e-5
RATE_TABLES, RATE_LAYERS, RATE_END = 0.02, 1e-3, 0.1
PRUNE_DENSITY, PRUNE_APPEARANCE = 0.75, 0.70
PRUNE_TIME, PRUNE_RATE = 0.20, 0.30     # of the iterations, and of the first learning rate


def _near(value, iterations):
  return max(1, round(value * iterations))


class Trainer:
  """Holds a field, its mask and the training rays. `report(trainer)` is called every iteration."""

  def __init__(self, views, iterations, grid, rays, report):
    self.views, self.iterations, self.batch, self.report = views, iterations, rays, report
    first = min(grid, FIRST_GRID)
    box = torch.tensor([[-BOX] * 3, [BOX] * 3])
    self.field = Field(box, [first] * 3)
    self.mask = Occupancy(torch.ones(first, first, first, dtype=torch.bool), box)
    self.masked = False
    steps = len(UPSAMPLES)
    self.voxels = {_near(u, iterations): math.exp(
      math.log(first ** 3) + (math.log(grid ** 3) - math.log(first ** 3)) * (k + 1) / steps)
      for k, u in enumerate(UPSAMPLES)}
    self.masks = [_near(m, iterations) for m in MASKS]
    self.l1 = L1_FIRST
    self.done = 0
    self.total = iterations
    self.losses = []
    self.samples_per_ray = 0.0
    self.colours = torch.tensor(views.pictures.reshape(len(views.pictures), -1, 3))
    self.begun = time.monotonic()
    self._list_rays()
    self._new_optimiser(1.0)

  def _list_rays(self):
    """Lists the rays of all views that meet the mask, and their true colours."""
    if not self.masked:                 # coarse start: listed per batch, all cells are active
      self.rays = None
      return
    parts, truth = [], []
    for view in range(len(self.views.matrices)):
      origin, direction = self.views.rays(view)
      part = Rays(self.field, self.mask, torch.from_numpy(origin), torch.from_numpy(direction))
      parts.append(part)
      truth.append(self.colours[view][part.index])
    self.rays, self.truth = Rays.join(parts), torch.cat(truth)

  def _new_optimiser(self, scale):
    layers = [*self.field.basis.parameters(), *self.field.mlp.parameters()]
    self.optimiser = torch.optim.Adam(
      [{"params": list(self.field.tables.values()), "lr": RATE_TABLES * scale},
       {"params": layers, "lr": RATE_LAYERS * scale}], betas=(0.9, 0.99), fused=True)

  def _draw(self):
    """A batch: rays, the chosen ones, their true colours."""
    if self.rays is not None:
      chosen = torch.randint(len(self.rays.index), (self.batch,))
      return self.rays, chosen, self.truth[chosen]
    view = int(torch.randint(len(self.views.matrices), (1,)))
    origin, direction = self.views.rays(view)
    count = max(64, self.batch // 8)
    some = torch.randint(len(direction), (count,))
    rays = Rays(self.field, self.mask, torch.from_numpy(origin),
                torch.from_numpy(direction)[some])
    return rays, torch.arange(len(rays.index)), self.colours[view][some[rays.index]]

  def _sparsity(self):
    return sum(image.abs().mean() for name in ("density_plane", "density_line")
               for image in self.field.images(name))

  def _iterate(self):
    rays, chosen, truth = self._draw()
    colour, samples = composite(self.field, rays, chosen, self.mask, torch.rand(len(chosen)))
    loss = (colour - truth).square().mean()
    self.losses.append(float(loss.detach()))
    self.samples_per_ray = samples / max(1, len(chosen))
    if not loss.requires_grad:
      return
    total = loss + self.l1 * self._sparsity() if self.l1 else loss
    self.optimiser.zero_grad(set_to_none=True)
    total.backward()
    self.optimiser.step()
    decay = RATE_END ** (1 / self.iterations)
    for group in self.optimiser.param_groups:
      group["lr"] *= decay

  def _update_mask(self, shrink):
    mask = Occupancy.of(self.field, self.mask if self.masked else None)
    bounds = mask.bounds()
    if bounds is None or min(h - l for l, h in zip(*bounds)) < 3:
      return                            # nothing has formed yet: go on with the old mask
    self.mask, self.masked = mask, True
    if shrink:
      self.field.crop(*bounds)
      self.mask = mask.crop(*bounds)
    self.l1 = L1_LATER

  def run(self):
    """The whole schedule."""
    for self.done in range(1, self.iterations + 1):
      self._iterate()
      changed = False
      if self.done in self.masks:
        self._update_mask(True)
        changed = True
      if self.done in self.voxels:
        self.field.upsample(self.field.resolution(self.voxels[self.done]))
        changed = True
      if changed:
        self._list_rays()
        self._new_optimiser(RATE_END ** (self.done / self.iterations))
      self.report(self)

  def prune(self):
    """Sets most plane entries to zero and trains the rest a little more; returns zero shares."""
    self._update_mask(False)
    keep = {name: self._kept(name, share) for name, share in
            (("density_plane", PRUNE_DENSITY), ("app_plane", PRUNE_APPEARANCE))}
    self.l1 = 0.0
    self._list_rays()
    self._new_optimiser(PRUNE_RATE)
    extra = _near(PRUNE_TIME, self.iterations)
    start, self.total = self.total, self.total + extra
    self.iterations = extra             # the decay of the learning rate spans these alone
    for k in range(extra):
      with torch.no_grad():
        for name, kept in keep.items():
          self.field.tables[name].mul_(kept)
      self._iterate()
      self.done = start + k + 1
      self.report(self)
    with torch.no_grad():
      for name, kept in keep.items():
        self.field.tables[name].mul_(kept)
    return {name: float((self.field.tables[name] == 0).float().mean()) for name in keep}

  @torch.no_grad()
  def _kept(self, name, share):
    """Which plane entries stay: over an active column, and large; `share` go in all."""
    vertices = self.mask.vertices
    needed = torch.nn.functional.max_pool3d(vertices.float()[None, None], 3, 1, 1)[0, 0]
    flags = []
    for x, y, line in PAIRS:
      column = needed.amax(2 - line)    # (gz,gy,gx) without the line's axis: y above x
      flags.append(column.reshape(-1))
    over = torch.cat(flags)[:, None]
    size = self.field.tables[name].abs() * over
    strength = [image.square().mean((1, 2)).sqrt()
                for image in self.field.images(name.replace("plane", "line"))]
    rows = [self.field.grid[x] * self.field.grid[y] for x, y, _ in PAIRS]
    size = size * torch.cat([s.expand(r, -1) for s, r in zip(strength, rows)])
    threshold = size.reshape(-1).kthvalue(max(1, int(share * size.numel()))).values
    return (size > threshold).float()

  def final_mask(self):
    """The mask that is saved: on the scene's own grid."""
    mask = Occupancy.of(self.field, self.mask if self.masked else None)
    if not mask.vertices.any():         # a run too short to form anything hides nothing
      return torch.ones_like(mask.vertices)
    return mask.vertices
