#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints make rules for the test programs: test_rules.py BUILD WAVE

Every tests/ROOM/NAME_test.cc becomes the program BUILD/tests/ROOM_NAME. One that includes "VMODULE.h" is linked with
that module, Verilated for configuration tiny; a comment line among the first ten says it otherwise:
  // verilate: MODULE [CONFIG...] [PARAMETER=VALUE...]
      links the Verilated module (header VMODULE.h) of each configuration (default: tiny); several configurations
      give several programs, ROOM_NAME_CONFIG; the test sees each parameter as macro G_PARAMETER
A test that includes "sim/..." is linked with every configuration of the whole machine, one of room cli waits for
the saccade command; one that mentions SAC_EXAMPLES, the folder of the built programs of sw/examples, waits for those. A
test of a module is linked with the C libraries only if it, or a header of its folder that it includes, mentions C:
extern "C", saccade/, model/ or sw/. A test of room cli sees SAC_COMMAND, the path of the command.
Rooms attention, driver, scene, cli (they read what others wrote) are built a second time with the address and undefined
behaviour sanitizers, as asan_ROOM_NAME. With WAVE=1 modules are Verilated with waves in folders of their own, and
tests see SAC_WAVE, the path of the file to write (tests/support/wave.h).
"""
import glob
import os
import re
import sys

SANITIZED_ROOMS = ("attention", "driver", "scene", "cli")
ROOM_FLAGS = "-I. -Isw/include -Isw/scene -Isw/driver -Isw/tools -Itests/support"


def wanted(path):
  """Modules to Verilate: [(module, configuration, parameters)], whether the whole machine, whether C is linked, and
  whether the examples are run."""
  with open(path, encoding="utf-8") as stream:
    text = stream.read()
  modules = []
  for line in text.splitlines()[:10]:
    match = re.match(r"//\s*verilate:\s*(\w+)\s*(.*)", line)
    if match:
      words = match.group(2).replace(",", " ").split()
      parameters = [word for word in words if "=" in word]
      configs = [word for word in words if "=" not in word] or ["tiny"]
      modules += [(match.group(1), config, parameters) for config in configs]
  if not modules:
    modules = [(module, "tiny", []) for module in re.findall(r'#include "V(\w+)\.h"', text)[:1]]
  for header in re.findall(r'#include "(?:tests/)?([\w/]+\.h)"', text):
    for place in (os.path.dirname(path), "tests"):
      if os.path.exists(os.path.join(place, header)):
        with open(os.path.join(place, header), encoding="utf-8") as stream:
          text += stream.read()
  machine = '#include "sim/' in text
  uses_c = machine or not modules or re.search(r'extern "C"|saccade/|model/|sw/', text)
  return modules, machine, uses_c, "SAC_EXAMPLES" in text


def main():
  build, wave = sys.argv[1], sys.argv[2] == "1"
  raw = "_raw" if wave else ""
  units = {}
  programs = []
  for path in sorted(glob.glob("tests/**/*_test.cc", recursive=True)):
    room = os.path.relpath(os.path.dirname(path), "tests").replace("/", "_")
    name = os.path.basename(path)[:-len("_test.cc")]
    modules, machine, uses_c, examples = wanted(path)
    variants = []
    for module, config, parameters in modules:
      suffix = f"_{config}" if len(modules) > 1 else ""
      key = "_".join([module, *(p.replace("=", "") for p in parameters)])
      folder = f"{build}/{'wave/' if wave else ''}{config}/unit/{key}"
      units[folder] = (room, module, config, parameters)
      variants.append((f"{room}_{name}{suffix}", module, folder))
    for program, module, folder in variants or [(f"{room}_{name}", None, None)]:
      target = f"{build}/{'wave/' if wave else ''}tests/{program}"
      obj = target + ".o"
      flags = f"{ROOM_FLAGS} -Isw/{room} -Imodel/{room} -Itests/{room}"
      needs, libraries = "$(C_STAMP)", "$(C_LIBRARIES)" if uses_c else ""
      if module:
        flags += f" -I{folder} $(TEST_VERILATED_FLAGS)"
        flags += "".join(f" -DG_{parameter}" for parameter in units[folder][-1])
        needs += f" {folder}/V{module}{raw}.mk"
        libraries += f" {folder}/V{module}{raw}__ALL.a $(BUILD)/libverilated.a"
      if room == "cli":
        flags += " -DSAC_COMMAND='\"$(BUILD)/saccade\"'"
        libraries += " | $(BUILD)/saccade"
      if machine:
        libraries += " $(RTL_LINK)"
      if examples:
        flags += " -DSAC_EXAMPLES='\"$(BUILD)/examples/\"'"
        libraries += " | $(EXAMPLES)"
      if wave:
        flags += f" -DSAC_WAVE='std::string(\"{build}/waves/{program}\")'"
      programs.append(target)
      print(f"{obj}: {path} {needs}\n\t@mkdir -p $(@D) {build}/waves\n"
            f"\t@echo '  CXX $@'\n\t$(Q)$(CCACHE) $(CXX) $(TEST_FLAGS) {flags} -MMD -MP -c {path} -o $@")
      print(f"{target}: {obj} {libraries}\n\t$(test_link)")
      print(f"-include {target}.d\n")
    if room in SANITIZED_ROOMS and not modules and not machine and not wave:
      target = f"{build}/tests/asan_{room}_{name}"
      programs.append(target)
      flags = f"{ROOM_FLAGS} -Isw/{room} -Imodel/{room} -Itests/{room} $(SANITIZE)"
      command = ""
      if room == "cli":
        flags += " -DSAC_COMMAND='\"$(BUILD)/asan/saccade\"'"
        command = " | $(BUILD)/asan/saccade"
      print(f"{target}.o: {path} $(C_STAMP)\n\t@mkdir -p $(@D)\n"
            f"\t@echo '  CXX $@'\n\t$(Q)$(CCACHE) $(CXX) $(TEST_FLAGS) {flags} -O1 -MMD -MP -c {path} -o $@")
      print(f"{target}: {target}.o {build}/libasan.a{command}\n\t$(test_link) $(SANITIZE)")
      print(f"-include {target}.d\n")
  for folder, (room, module, config, parameters) in sorted(units.items()):
    generics = " ".join(f"-G{p}" for p in parameters)
    target = f"{folder}/V{module}{raw}"
    print(f"{target}.mk: $(call package,{config}) $(RTL_STAMP) $(RTL_LIST)\n"
          f"\t@mkdir -p $(@D)\n\t@echo '  VERILATE $@'\n"
          f"\t$(Q)$(VERILATE) {'--trace-fst' if wave else ''} --prefix V{module}{raw} --Mdir $(@D) "
          f"--top-module {module} {generics} $(WAIVERS) $(call package,{config}) $(RTL_PACKAGES) "
          f"$(RTL_FOLDERS:%=-y %) -y tests/{room} "
          f"$(filter %/{module}.sv,$(RTL_SOURCES) $(wildcard tests/{room}/*.sv))")
    if wave:
      print(f"\t@printf '#include \"V{module}_raw.h\"\\n#include \"tests/support/wave.h\"\\n"
            f"using V{module} = Waved<V{module}_raw>;\\n' > $(@D)/V{module}.h")
    print("\t@touch $@")
    print(f"{target}__ALL.a: {target}.mk\n"
          f"\t+@$(MAKE) -s -C $(@D) -f V{module}{raw}.mk $(VERILATED_MAKE) V{module}{raw}__ALL.a > /dev/null\n"
          f"\t@touch $@")
    print(f"-include {target}__ver.d\n")
  print("TEST_PROGRAMS :=", " ".join(programs))


if __name__ == "__main__":
  main()
