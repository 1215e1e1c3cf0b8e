# SPDX-License-Identifier: Apache-2.0
"""Views of a Blender folder: cameras and pictures (on white) as numpy arrays.

Camera convention: x right, y up, looking along -z; focal = 0.5 w / tan(0.5 camera_angle_x),
principal point (w/2, h/2), pixel centres at +0.5. Directions have unit length.
"""
import json
import os

import numpy as np

from tensorf.scene_file import SceneError


class Views:
  """`matrices` (n,4,4) camera to world, `pictures` (n,h,w,3) in [0,1], `focal` in pixels."""

  def __init__(self, folder, name, limit=None):
    """Reads transforms_NAME.json and its PNGs: at most `limit` frames, those that have one."""
    from PIL import Image
    path = os.path.join(folder, f"transforms_{name}.json")
    try:
      with open(path, encoding="utf-8") as f:
        content = json.load(f)
      angle, frames = float(content["camera_angle_x"]), content["frames"]
    except OSError as e:
      raise SceneError(f"{path}: cannot read: {e.strerror}") from e
    except KeyError as e:
      raise SceneError(f"{path}: {e.args[0]}: missing") from e
    except (ValueError, TypeError) as e:
      raise SceneError(f"{path}: not a transforms file ({e})") from e
    matrices, pictures, self.names = [], [], []
    for k, frame in enumerate(frames):
      if limit is not None and len(pictures) == limit:
        break
      try:
        matrix = np.array(frame["transform_matrix"], np.float64)
        picture = os.path.join(folder, frame["file_path"])
      except (KeyError, TypeError, ValueError) as e:
        raise SceneError(f"{path}: frames[{k}]: lacks or misstates {e}") from e
      if matrix.shape != (4, 4) or abs(np.linalg.det(matrix[:3, :3])) < 1e-6:
        raise SceneError(f"{path}: frames[{k}].transform_matrix: not an invertible 4x4 matrix")
      picture += "" if picture.endswith(".png") else ".png"
      if name == "test" and not os.path.exists(picture):
        continue                      # a camera without a truth: to look from, not to compare
      try:
        with Image.open(picture) as image:
          rgba = np.asarray(image.convert("RGBA"), np.float32) / 255
      except OSError as e:
        raise SceneError(f"{picture}: cannot read the picture ({e})") from e
      if pictures and rgba.shape[:2] != pictures[0].shape[:2]:
        raise SceneError(f"{picture}: expected {pictures[0].shape[1::-1]} pixels, "
                         f"found {rgba.shape[1::-1]}")
      matrices.append(matrix)
      pictures.append(rgba[..., :3] * rgba[..., 3:] + (1 - rgba[..., 3:]))
      self.names.append(frame["file_path"])
    if not pictures:
      raise SceneError(f"{path}: frames: no frame with a picture")
    self.matrices = np.stack(matrices)
    self.pictures = np.stack(pictures)
    self.height, self.width = self.pictures.shape[1:3]
    self.focal = 0.5 * self.width / np.tan(0.5 * angle)

  def rays(self, view):
    """Origin (3) and unit directions (h*w,3) of one view, row by row from the top."""
    j, i = np.divmod(np.arange(self.height * self.width), self.width)
    d = np.stack([(i + 0.5 - self.width / 2) / self.focal,
                  -(j + 0.5 - self.height / 2) / self.focal, -np.ones(len(i))], 1)
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    matrix = self.matrices[view]
    return matrix[:3, 3].astype(np.float32), (d @ matrix[:3, :3].T).astype(np.float32)
