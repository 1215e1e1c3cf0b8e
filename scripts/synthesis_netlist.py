# SPDX-License-Identifier: Apache-2.0
"""Netlist against RTL: the same random inputs drive the RTL in Verilator and the synthesised netlist (generic gates) in
Icarus. Registers start at zero in both (an X in Icarus would take the else branch of an `if` and differ for no fault of
the netlist). Output bits that the netlist knows must agree in every cycle, and nearly all must be known."""
import os
import re
import shutil
import subprocess

from synthesis_yosys import run, YosysError

# Leaf modules with parameters that make them small. An address beyond a RAM has no defined answer, and Verilator's is not
# the netlist's: of such an input only the bits are drawn that any word below the package's constant has.
SEED = 0x9E3779B97F4A7C15
RESET = 4  # cycles
LEAVES = (
    ("sac_fifo", ("Width=9", "Depth=5")),
    ("sac_ram_fifo", ()),
    ("sac_skid", ("Width=9",)),
    ("sac_divide", ("NumeratorWidth=20", "DenominatorWidth=9", "QuotientWidth=13")),
    ("sac_sqrt", ("RootWidth=11",)),
    ("sac_ram", ("Width=12", "Words=16")),
    ("sac_tree", ()),
    ("sac_header", ()),
    ("sac_blocks", ()),
    ("sac_search", ()),
    ("sac_values", ("Values=4", "Banks=2")),
    ("sac_decode", ("Values=8", "Banks=4")),
    ("sac_requantise", ()),
    ("sac_unload", ()),
    ("sac_drain", ()),
    ("sac_row", (), {"x_write_address_i": "XWords", "x_read_address_i": "XWords"}),
    ("sac_lookup", ()),
    ("sac_table_entry", ()),
)

BENCH = """`timescale 1ns/1ns
module bench;
  reg clk_i = 0;
  reg rst_ni = 0;
  reg [63:0] state = 64'h{seed:016x};
  reg [{last}:0] stimulus = 0;
  integer cycle, bit_index;
{wires}
  {module} dut ({connections});
  initial begin
    for (cycle = 0; cycle < {cycles}; cycle = cycle + 1) begin
      // xorshift; an input bit is drawn anew once in four cycles, so that state machines get somewhere
      for (bit_index = 0; bit_index < {bits}; bit_index = bit_index + 1) begin
        state = state ^ (state << 13);
        state = state ^ (state >> 7);
        state = state ^ (state << 17);
        if (state[21:20] == 0) stimulus[bit_index] = state[40];
      end
      rst_ni = cycle >= {reset};
      #1 $display("%b", {{{outputs}}});
      #1 clk_i = 1;
      #1 clk_i = 0;
    end
    $finish;
  end
endmodule
"""


# The same for the Verilated RTL. Ports of up to 64 bits are integers, wider ones arrays of words.
MAIN = """#include <cstdint>
#include <cstdio>
#include <type_traits>
#include "V{module}.h"

template <typename T> void set_bit(T &port, int bit, bool value) {{
  if constexpr (std::is_integral_v<T>) {{
    uint64_t mask = uint64_t{{1}} << bit;
    port = static_cast<T>(value ? port | mask : port & ~mask);
  }} else {{
    uint32_t mask = 1u << bit % 32;
    port[bit / 32] = value ? port[bit / 32] | mask : port[bit / 32] & ~mask;
  }}
}}

template <typename T> void print_bits(const T &port, int width) {{
  for (int bit = width - 1; bit >= 0; bit--) {{
    if constexpr (std::is_integral_v<T>) putchar('0' + static_cast<int>(static_cast<uint64_t>(port) >> bit & 1));
    else putchar('0' + static_cast<int>(port[bit / 32] >> bit % 32 & 1));
  }}
}}

int main(int argc, char **argv) {{
  VerilatedContext context;
  context.commandArgs(argc, argv);
  V{module} dut{{&context}};
  uint64_t state = 0x{seed:016x};
{clear}
  dut.clk_i = 0;
  for (int cycle = 0; cycle < {cycles}; cycle++) {{
    auto step = [&state](auto &port, int width) {{
      for (int bit = 0; bit < width; bit++) {{
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if ((state >> 20 & 3) == 0) set_bit(port, bit, state >> 40 & 1);
      }}
    }};
{steps}
    {reset_rtl}
    dut.eval();
{prints}
    putchar('\\n');
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }}
}}
"""


def inputs_of(ports, drawn):
  """Inputs that are driven: name, width, bits drawn (the others stay zero)."""
  return [(n, w, drawn.get(n, w)) for n, d, w in ports if d == "input" and n not in ("clk_i", "rst_ni")]


def main_program(module, ports, drawn, cycles, seed):
  inputs = inputs_of(ports, drawn)
  return MAIN.format(
      module=module, seed=seed, cycles=cycles,
      reset_rtl=f"dut.rst_ni = cycle >= {RESET};" if any(n == "rst_ni" for n, _, _ in ports) else "",
      clear="\n".join(f"  for (int bit = 0; bit < {w}; bit++) set_bit(dut.{n}, bit, false);" for n, w, _ in inputs),
      steps="\n".join(f"    step(dut.{n}, {bits});" for n, _, bits in inputs),
      prints="\n".join(f"    print_bits(dut.{n}, {w});" for n, d, w in ports if d == "output"))


def bench(module, ports, drawn, cycles, seed):
  inputs = inputs_of(ports, drawn)
  outputs = [(n, w) for n, d, w in ports if d == "output"]
  bits = sum(b for _, _, b in inputs)
  lines, at = [], 0
  for name, width, part in inputs:
    lines.append(f"  wire [{width - 1}:0] {name} = stimulus[{at + part - 1}:{at}];")
    at += part
  lines += [f"  wire [{width - 1}:0] {name};" for name, width in outputs]
  names = [n for n, _, _ in ports]
  return BENCH.format(
      seed=seed, reset=RESET, last=max(bits, 1) - 1, bits=bits, cycles=cycles, module=module, wires="\n".join(lines),
      connections=", ".join(f".{n}({n})" for n in names), outputs=", ".join(n for n, _ in outputs))


def command(words, log, timeout):
  with open(log, "w", encoding="utf-8") as stream:
    try:
      done = subprocess.run(words, stdout=stream, stderr=subprocess.STDOUT, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
      raise YosysError(f"{words[0]} took more than {timeout} s, see {log}") from error
  if done.returncode:
    raise YosysError(f"{words[0]} failed, see {log}")


def vectors(path):
  with open(path, encoding="utf-8") as stream:
    return [line.strip() for line in stream if line.strip() and not line.strip("01xzXZ\n ")]


def constant(design, name):
  """A constant of the packages that is a number."""
  for path in design.files:
    with open(path, encoding="utf-8") as stream:
      found = re.search(rf"localparam int unsigned {name} = (\d+);", stream.read())
    if found:
      return int(found.group(1))
  raise YosysError(f"no package has {name} as a number")


def compare(design, module, parameters, cycles, limits):
  folder = os.path.dirname(design.path("netlist", module, "log"))
  ports = design.ports(module, parameters)
  drawn = {port: constant(design, name).bit_length() - 1 for port, name in limits.items()}
  netlist = os.path.join(folder, "netlist.v")
  run([design.read(module, "--ignore-assertions", parameters=parameters), f"synth -flatten -top {module}",
       "setundef -init -zero", f"write_verilog -noattr {netlist}"], os.path.join(folder, "yosys.log"), timeout=900)
  with open(os.path.join(folder, "bench.v"), "w", encoding="utf-8") as stream:
    stream.write(bench(module, ports, drawn, cycles, SEED))
  with open(os.path.join(folder, "main.cpp"), "w", encoding="utf-8") as stream:
    stream.write(main_program(module, ports, drawn, cycles, SEED))
  model = os.path.join(folder, "obj")
  shutil.rmtree(model, ignore_errors=True)
  command(["verilator", "--cc", "--exe", "--build", "-O2", "-CFLAGS", "-O1 -std=gnu++17", "--x-initial", "unique",
           *(f"-G{p}" for p in parameters), "--top-module", module, "--Mdir", model, "-o", "bench",
           "rtl/lint/waivers.vlt", *design.files, os.path.abspath(os.path.join(folder, "main.cpp"))],
          os.path.join(folder, "verilator.log"), 600)
  command([os.path.join(model, "bench"), "+verilator+rand+reset+0"], os.path.join(folder, "rtl.txt"), 300)
  command(["iverilog", "-g2012", "-o", os.path.join(folder, "gates.vvp"), "-s", "bench", netlist,
           os.path.join(folder, "bench.v")], os.path.join(folder, "iverilog.log"), 300)
  command(["vvp", "-n", os.path.join(folder, "gates.vvp")], os.path.join(folder, "gates.txt"), 900)
  rtl, gates = vectors(os.path.join(folder, "rtl.txt")), vectors(os.path.join(folder, "gates.txt"))
  if len(rtl) != cycles or len(gates) != cycles:
    raise YosysError(f"{module}: {len(rtl)} and {len(gates)} cycles simulated instead of {cycles}")
  known = different = 0
  first = None
  for cycle, (a, b) in enumerate(zip(rtl, gates)):
    if cycle < RESET:
      continue  # Yosys may give state machines another encoding: they are in the first state only after reset
    for i, (x, y) in enumerate(zip(a, b)):
      if y in "01":
        known += 1
        if x != y:
          different += 1
          first = first or (cycle, len(a) - 1 - i)
  return known, (cycles - RESET) * len(rtl[0]), different, first


def compare_all(design, only, cycles):
  good = True
  listed = {os.path.splitext(os.path.basename(path))[0] for path in design.files}
  leaves = [leaf for leaf in LEAVES if (leaf[0] in only if only else leaf[0] in listed)]
  for module, parameters, *limits in leaves:
    try:
      known, bits, different, first = compare(design, module, parameters, cycles, limits[0] if limits else {})
    except YosysError as error:
      print(f"{module}: {error}")
      good = False
      continue
    fine = different == 0 and 10 * known >= 9 * bits
    good = good and fine
    print(f"{module}: {cycles} cycles, {100 * known / bits:.0f} % of {bits} output bits known, {different} different"
          f"{f', first in cycle {first[0]}, bit {first[1]}' if first else ''}{'' if fine else ' FAILED'}", flush=True)
  print(f"netlist: {len(leaves)} modules, {'all agree' if good else 'FAILED'}")
  return good
