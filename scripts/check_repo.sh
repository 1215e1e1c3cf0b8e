#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# House rules that a script can see: licence lines, file lengths, no tabs or trailing blanks, links, no paths of somebody's machine, no forgotten notes.
set -uo pipefail
wrong=0
complain() {
  echo "$1"
  wrong=$((wrong + 1))
}

generated='^(rtl/spec/sac_spec_pkg\.sv|sw/include/saccade/regs\.h|sw/driver/regs\.c|docs/spec\.md)$'
mapfile -t files < <(git ls-files -- ':!scenes/*.safetensors' ':!*.png' ':!LICENSE')
sources=0
for file in "${files[@]}"; do
  [ -f "$file" ] || continue
  case $file in
    *.c | *.h | *.cc | *.cpp | *.sv | *.vlt | *.py | *.sh | *.mk | Makefile | .ci/run)
      sources=$((sources + 1))
      grep -q 'SPDX-License-Identifier: Apache-2.0' <<< "$(head -n 2 "$file")" ||
        complain "$file: the first line must be SPDX-License-Identifier: Apache-2.0"
      lines=$(wc -l < "$file")
      if [ "$lines" -gt 400 ] && ! [[ $file =~ $generated ]]; then
        complain "$file: $lines lines, split what is longer than 400 by meaning"
      fi
      case $file in
        Makefile | *.mk) blanks=' +$' ;;
        *) blanks=$'\t| +$' ;;
      esac
      if grep -nE "$blanks" "$file"; then complain "$file: a tab, or blanks at the end of a line"; fi
      if [ "$file" != scripts/check_repo.sh ]; then
        grep -nE '(^|[^A-Za-z0-9_./$}])/(work|root|home|tmp)/' "$file" | while read -r hit; do echo "$file:$hit: a path of one machine"; done
        grep -qE '(^|[^A-Za-z0-9_./$}])/(work|root|home|tmp)/' "$file" && wrong=$((wrong + 1))
        if grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "$file"; then complain "$file: an unfinished note"; fi
      fi
      ;;
  esac
  if [[ $file == *.md ]] && grep -nE '(^|[^A-Za-z0-9_./$}])/(work|root|home|tmp)/' "$file"; then
    complain "$file: a path of one machine"
  fi
  if [[ $file == *.md ]]; then
    # Links to files of the repository must lead somewhere.
    while read -r link; do
      [ -e "$(dirname "$file")/$link" ] || complain "$file: links to $link, which does not exist"
    done < <(grep -oE '\]\([^)#: ]+\)' "$file" | sed 's/^](//; s/)$//')
  fi
done
echo "repository: $sources sources, $wrong complaints"
[ "$wrong" -eq 0 ]
