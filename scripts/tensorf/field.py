# SPDX-License-Identifier: Apache-2.0
"""The TensoRF vector-matrix field in PyTorch: density, features, colour, files.

All planes of a kind lie channel-last in one table, all lines in another, so one sparse matrix
product interpolates all three pairs of a batch, and its transpose gathers their gradients.
(Chen et al., TensoRF, ECCV 2022; shapes of the official TensorVMSplit with MLP_Fea.)
"""
import json
import warnings

import numpy as np
import torch
import torch.nn.functional as F

from tensorf import scene_file
from tensorf.scene_file import APPEARANCE, DENSITY, FEATURES, PAIRS, WIDTH

DENSITY_SHIFT = -10.0
DISTANCE_SCALE = 25.0
STEP_RATIO = 0.5
LAYERS = (0, 2, 4)

warnings.filterwarnings("ignore", message="Sparse CSR tensor support")


class _Interpolate(torch.autograd.Function):
  """Rows of sum_k weight[n,k] * table[index[n,k]]; differentiable in the table."""

  @staticmethod
  def forward(ctx, table, index, weight):
    ctx.save_for_backward(index, weight)
    ctx.rows = table.shape[0]
    starts = torch.arange(0, index.numel() + 1, index.shape[1], dtype=torch.int32)
    matrix = torch.sparse_csr_tensor(starts, index.view(-1), weight.view(-1),
                                     (index.shape[0], ctx.rows), check_invariants=False)
    return matrix @ table

  @staticmethod
  def backward(ctx, gradient):
    index, weight = ctx.saved_tensors
    taps = index.shape[1]
    # The transposed matrix by one sort of the row numbers: faster than any scatter here.
    rows, order = torch.sort(index.view(-1))
    starts = torch.searchsorted(rows, torch.arange(ctx.rows + 1, dtype=torch.int32),
                                out_int32=True)
    matrix = torch.sparse_csr_tensor(starts, torch.div(order, taps, rounding_mode="floor").int(),
                                     weight.view(-1)[order], (ctx.rows, index.shape[0]),
                                     check_invariants=False)
    return matrix @ gradient.contiguous(), None, None


def _encode(x):
  """Positional encoding with two bands: all sines, then all cosines, channel by channel."""
  bands = torch.stack([x, 2 * x], -1).flatten(-2)
  return torch.cat([torch.sin(bands), torch.cos(bands)], -1)


class Field:
  """A box (2,3), a grid (gx,gy,gz) and the trainable tables and layers."""

  def __init__(self, box, grid):
    self.box = torch.as_tensor(np.asarray(box), dtype=torch.float32)
    self.grid = [int(g) for g in grid]
    planes = sum(self.grid[x] * self.grid[y] for x, y, _ in PAIRS)
    lines = sum(self.grid)
    self.tables = {
      "density_plane": 0.1 * torch.randn(planes, DENSITY),
      "density_line": 0.1 * torch.randn(lines, DENSITY),
      "app_plane": 0.1 * torch.randn(planes, APPEARANCE),
      "app_line": 0.1 * torch.randn(lines, APPEARANCE),
    }
    self.basis = torch.nn.Linear(3 * APPEARANCE, FEATURES, bias=False)
    self.mlp = torch.nn.Sequential(
      torch.nn.Linear(150, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, WIDTH),
      torch.nn.ReLU(), torch.nn.Linear(WIDTH, 3))
    torch.nn.init.zeros_(self.mlp[4].bias)
    self._require_gradients()

  def _require_gradients(self):
    self.tables = {k: v.detach().contiguous().requires_grad_() for k, v in self.tables.items()}

  # Geometry

  @property
  def units(self):
    return (self.box[1] - self.box[0]) / (torch.tensor(self.grid) - 1)

  @property
  def step(self):
    return float(self.units.mean()) * STEP_RATIO

  def resolution(self, voxels):
    """The grid with about `voxels` cubic cells over this box (the official N_to_reso)."""
    size = (self.box[1] - self.box[0]).double()
    edge = float((size.prod() / voxels) ** (1 / 3))
    return [max(2, int(s)) for s in size / edge]

  # Tables as lists of images

  def images(self, name):
    """The three (C,h,w) planes or (C,n,1) lines of a table."""
    if name.endswith("_plane"):
      shapes = [(self.grid[y], self.grid[x]) for x, y, _ in PAIRS]
    else:
      shapes = [(self.grid[line], 1) for _, _, line in PAIRS]
    parts = torch.split(self.tables[name], [h * w for h, w in shapes])
    return [p.t().reshape(-1, h, w) for p, (h, w) in zip(parts, shapes)]

  def set_images(self, name, images):
    self.tables[name] = torch.cat([i.reshape(i.shape[0], -1).t() for i in images])

  @torch.no_grad()
  def upsample(self, grid):
    """Resamples all tables to a new grid over the same box."""
    for name in self.tables:
      images = self.images(name)
      if name.endswith("_plane"):
        sizes = [(grid[y], grid[x]) for x, y, _ in PAIRS]
      else:
        sizes = [(grid[line], 1) for _, _, line in PAIRS]
      self.set_images(name, [F.interpolate(i[None], s, mode="bilinear", align_corners=True)[0]
                             for i, s in zip(images, sizes)])
    self.grid = [int(g) for g in grid]
    self._require_gradients()

  @torch.no_grad()
  def crop(self, low, high):
    """Keeps the vertices low <= i < high of each axis."""
    for name in self.tables:
      cut = []
      for image, (x, y, line) in zip(self.images(name), PAIRS):
        if name.endswith("_plane"):
          cut.append(image[:, low[y]:high[y], low[x]:high[x]])
        else:
          cut.append(image[:, low[line]:high[line]])
      self.set_images(name, cut)
    units = self.units
    first = self.box[0].clone()
    self.box = torch.stack([first + torch.tensor(low) * units,
                            first + (torch.tensor(high) - 1) * units])
    self.grid = [h - l for l, h in zip(low, high)]
    self._require_gradients()

  # Evaluation

  def taps(self, points):
    """Indices and weights of the (3n) plane and line rows of points inside the box."""
    position = (points - self.box[0]) / self.units
    top = torch.tensor(self.grid) - 2
    cell = torch.minimum(position.floor().int().clamp_(min=0), top.int())
    part = (position - cell).clamp_(0, 1)
    n = len(points)
    plane_index = torch.empty(3, n, 4, dtype=torch.int32)
    plane_weight = torch.empty(3, n, 4)
    line_index = torch.empty(3, n, 2, dtype=torch.int32)
    line_weight = torch.empty(3, n, 2)
    plane_at = line_at = 0
    for i, (x, y, line) in enumerate(PAIRS):
      width = self.grid[x]
      corner = cell[:, y] * width + cell[:, x] + plane_at
      u, v = part[:, x], part[:, y]
      for k, (shift, weight) in enumerate(((0, (1 - u) * (1 - v)), (1, u * (1 - v)),
                                           (width, (1 - u) * v), (width + 1, u * v))):
        torch.add(corner, shift, out=plane_index[i, :, k])
        plane_weight[i, :, k] = weight
      line_index[i, :, 0] = cell[:, line] + line_at
      line_index[i, :, 1] = cell[:, line] + (line_at + 1)
      line_weight[i, :, 0] = 1 - part[:, line]
      line_weight[i, :, 1] = part[:, line]
      plane_at += width * self.grid[y]
      line_at += self.grid[line]
    return plane_index, plane_weight, line_index, line_weight

  def _products(self, kind, taps):
    """(3,n,C): interpolated plane times interpolated line, pair by pair."""
    n = taps[0].shape[1]
    plane = _Interpolate.apply(self.tables[f"{kind}_plane"], taps[0].view(3 * n, 4),
                               taps[1].view(3 * n, 4))
    line = _Interpolate.apply(self.tables[f"{kind}_line"], taps[2].view(3 * n, 2),
                              taps[3].view(3 * n, 2))
    return (plane * line).view(3, n, -1)

  def density(self, taps):
    """Density per unit length at each point."""
    return F.softplus(self._products("density", taps).sum((0, 2)) + DENSITY_SHIFT)

  def colour(self, taps, directions):
    """RGB in [0,1] at each point seen along unit directions."""
    appearance = self._products("app", taps).transpose(0, 1).reshape(-1, 3 * APPEARANCE)
    features = self.basis(appearance)
    inputs = torch.cat([features, directions, _encode(features), _encode(directions)], -1)
    return torch.sigmoid(self.mlp(inputs))

  @torch.no_grad()
  def vertex_alpha(self):
    """Opacity of one step at every vertex, (gz,gy,gx), without the distance scale."""
    total = 0
    for (x, y, line), plane, column in zip(PAIRS, self.images("density_plane"),
                                           self.images("density_line")):
      volume = torch.einsum("cvu,cl->lvu", plane, column[..., 0])
      order = [(line, y, x).index(axis) for axis in (2, 1, 0)]
      total = total + volume.permute(order)
    return 1 - torch.exp(-F.softplus(total + DENSITY_SHIFT) * self.step)

  # Files

  @torch.no_grad()
  def save(self, path, vertices, name):
    """Writes the scene; `vertices` is its (gz,gy,gx) bool mask. Tables become float16."""
    out = {}
    for table in self.tables:
      for i, image in enumerate(self.images(table)):
        out[f"{table}.{i}"] = image[None].numpy().astype("<f2")
    out["basis_mat.weight"] = self.basis.weight.numpy().astype("<f4")
    for layer in LAYERS:
      out[f"renderModule.mlp.{layer}.weight"] = self.mlp[layer].weight.numpy().astype("<f4")
      out[f"renderModule.mlp.{layer}.bias"] = self.mlp[layer].bias.numpy().astype("<f4")
    out["alphaMask.mask"] = np.packbits(vertices.numpy().reshape(-1))
    out["alphaMask.aabb"] = self.box.numpy().astype("<f4")
    metadata = scene_file.settings(self.box.numpy(), self.grid, name)
    scene_file.check(path, out, self.grid)
    scene_file.write(path, out, metadata)

  @staticmethod
  @torch.no_grad()
  def load(path):
    """Reads a scene file; returns the field, its vertex mask and the mask's box."""
    tensors, metadata = scene_file.read(path)
    field = Field(json.loads(metadata["aabb"]), json.loads(metadata["gridSize"]))
    for table in list(field.tables):
      field.set_images(table, [torch.tensor(tensors[f"{table}.{i}"][0].astype(np.float32))
                               for i in range(3)])
    field._require_gradients()
    field.basis.weight.copy_(torch.tensor(tensors["basis_mat.weight"]))
    for layer in LAYERS:
      field.mlp[layer].weight.copy_(torch.tensor(tensors[f"renderModule.mlp.{layer}.weight"]))
      field.mlp[layer].bias.copy_(torch.tensor(tensors[f"renderModule.mlp.{layer}.bias"]))
    shape = json.loads(metadata["alphaMask_shape"])
    bits = np.unpackbits(tensors["alphaMask.mask"])[:int(np.prod(shape))].reshape(shape)
    return field, torch.tensor(bits.astype(bool)), torch.tensor(tensors["alphaMask.aabb"])
