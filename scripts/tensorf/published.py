# SPDX-License-Identifier: Apache-2.0
"""The published renderer in PyTorch: dense samples along every ray, in chunks of rays.

Written after Chen et al., TensoRF, ECCV 2022 (TensorBase.forward with TensorVMSplit and MLP_Fea): all samples of a
chunk, the box and the alpha mask leave the valid ones, grid_sample gathers planes and lines, samples of enough weight
pass the basis and the network. The yardstick of `make bench`; no hardware, none of this project's shortcuts.
"""
import json

import torch
import torch.nn.functional as F

from tensorf import scene_file
from tensorf.scene_file import PAIRS

CHUNK = 4096             # rays, as the official scripts render


class Published:
  """A scene file, ready to render."""

  def __init__(self, path):
    tensors, settings = scene_file.read(path)
    value = lambda key: json.loads(settings[key])
    self.t = {k: torch.from_numpy(v.copy()).float() for k, v in tensors.items() if k != "alphaMask.mask"}
    self.box = torch.tensor(value("aabb"))
    self.near, self.far = value("near_far")
    self.step, self.samples = value("stepSize"), value("nSamples")
    self.shift, self.scale = value("density_shift"), value("distance_scale")
    self.threshold = value("rayMarch_weight_thres")
    self.background = 1.0 if settings.get("white_background", "true") == "true" else 0.0
    shape = value("alphaMask_shape")
    bits = torch.from_numpy(_unpack(tensors["alphaMask.mask"], shape)).float()
    self.mask, self.mask_box = bits.view(1, 1, *shape), self.t["alphaMask.aabb"]

  def _gather(self, kind, at):
    """Products of the three planes and lines of a kind at normalised positions (n,3): (3*C, n)."""
    parts = []
    for p, (x, y, w) in enumerate(PAIRS):
      plane = F.grid_sample(self.t[f"{kind}_plane.{p}"], at[:, [x, y]].view(1, -1, 1, 2), align_corners=True)
      line_at = torch.stack([torch.zeros(len(at)), at[:, w]], -1).view(1, -1, 1, 2)
      line = F.grid_sample(self.t[f"{kind}_line.{p}"], line_at, align_corners=True)
      parts.append(plane.view(-1, len(at)) * line.view(-1, len(at)))
    return torch.cat(parts)

  def _colour(self, at, view):
    features = F.linear(self._gather("app", at).t(), self.t["basis_mat.weight"])
    inputs = [features, view]
    for x in (features, view):
      bands = torch.stack([x, 2 * x], -1).flatten(-2)
      inputs += [torch.sin(bands), torch.cos(bands)]
    h = torch.cat(inputs, -1)
    for layer in (0, 2, 4):
      h = F.linear(h, self.t[f"renderModule.mlp.{layer}.weight"], self.t[f"renderModule.mlp.{layer}.bias"])
      h = torch.sigmoid(h) if layer == 4 else torch.relu(h)
    return h

  @torch.no_grad()
  def _chunk(self, origin, direction):
    along = torch.where(direction == 0, torch.full_like(direction, 1e-6), direction)
    a, b = (self.box[1] - origin) / along, (self.box[0] - origin) / along
    first = torch.minimum(a, b).amax(-1).clamp(self.near, self.far)
    t = first[:, None] + self.step * torch.arange(self.samples)
    points = origin + direction[:, None] * t[..., None]
    valid = ((points >= self.box[0]) & (points <= self.box[1])).all(-1)
    mask_at = (points[valid] - self.mask_box[0]) / (self.mask_box[1] - self.mask_box[0]) * 2 - 1
    alpha = F.grid_sample(self.mask, mask_at.view(1, -1, 1, 1, 3), align_corners=True).view(-1)
    valid[valid.clone()] = alpha > 0
    at = (points - self.box[0]) / (self.box[1] - self.box[0]) * 2 - 1
    sigma = torch.zeros_like(t)
    if valid.any():
      sigma[valid] = F.softplus(self._gather("density", at[valid]).sum(0) + self.shift)
    alpha = 1 - torch.exp(-sigma * self.step * self.scale)
    passed = torch.cumprod(torch.cat([torch.ones(len(t), 1), 1 - alpha + 1e-10], -1), -1)
    weight = alpha * passed[:, :-1]
    shown = weight > self.threshold
    rgb = torch.zeros(*t.shape, 3)
    if shown.any():
      view = direction[:, None].expand(-1, self.samples, -1)[shown]
      rgb[shown] = self._colour(at[shown], view)
    colour = (weight[..., None] * rgb).sum(1) + self.background * (1 - weight.sum(1))[:, None]
    return colour.clamp(0, 1)

  def render(self, origin, direction):
    """RGB (n,3) of rays with one origin (3) and unit directions (n,3)."""
    return torch.cat([self._chunk(origin, part) for part in direction.split(CHUNK)])


def _unpack(mask, shape):
  import numpy as np
  count = int(np.prod(shape))
  return np.unpackbits(mask)[:count].copy()
