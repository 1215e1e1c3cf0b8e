// SPDX-License-Identifier: Apache-2.0
// ATTEND commands that the machine must refuse, each with one thing wrong, and what it must answer (docs/attention.md,
// section 4). For model and RTL alike.
#ifndef SACCADE_TESTS_ATTEND_FAULTS_H
#define SACCADE_TESTS_ATTEND_FAULTS_H

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

extern "C" {
#include "saccade/regs.h"
}

struct AttendFault {
  std::string name;
  std::vector<uint32_t> words, record, list;  // descriptor, CONTEXT record, TILE records
  sac_hw_error_t code;
  uint32_t address;
};

class AttendFaults {
 public:
  // A command that is right: 3 positions of 2 heads against 20 keys of 16 elements, in one page. Context and list lie
  // at `context` and `list`, everything that is read at `source`, what is written at `destination` (at most 4096
  // bytes).
  AttendFaults(const uint32_t *capacities, uint32_t context, uint32_t list, uint32_t source, uint32_t destination)
      : capacities_(capacities), good_words(SAC_COMMAND_WORDS), good_record(SAC_CONTEXT_WORDS), list_(list) {
    uint32_t *w = good_words.data(), *r = good_record.data();
    sac_field_put(w, SAC_COMMON_OPCODE, SAC_OPCODE_ATTEND);
    sac_field_put(w, SAC_ATTEND_CONTEXT_ADDRESS, context);
    sac_field_put(w, SAC_ATTEND_Q_ADDRESS, source);
    sac_field_put(w, SAC_ATTEND_Y_ADDRESS, destination);
    sac_field_put(w, SAC_ATTEND_Y_POSITION_STRIDE, 64);
    sac_field_put(w, SAC_ATTEND_Y_HEAD_STRIDE, 32);
    sac_field_put(w, SAC_ATTEND_LSE_ADDRESS, destination + 2048);
    sac_field_put(w, SAC_ATTEND_LSE, 1);
    sac_field_put(w, SAC_ATTEND_POSITIONS, 3);
    sac_field_put(w, SAC_ATTEND_GROUP, 2);
    sac_field_put(r, SAC_CONTEXT_MAGIC, SAC_CONTEXT_MAGIC_VALUE);
    sac_field_put(r, SAC_CONTEXT_LENGTH, 20);
    sac_field_put(r, SAC_CONTEXT_PAGE_LOG2, 20);
    sac_field_put(r, SAC_CONTEXT_K_PAGES, list + 512);
    sac_field_put(r, SAC_CONTEXT_V_PAGES, list + 516);
    sac_field_put(r, SAC_CONTEXT_K_STRIDE, 32);
    sac_field_put(r, SAC_CONTEXT_V_STRIDE, 36);
    sac_field_put(r, SAC_CONTEXT_D_K, 16);
    sac_field_put(r, SAC_CONTEXT_D_V, 16);
    sac_field_put(r, SAC_CONTEXT_SCALE, 40000);
    sac_field_put(r, SAC_CONTEXT_SCALE_SHIFT, 30);
    sac_field_put(r, SAC_CONTEXT_HEAD_ADDRESS, source + 64);
    pages[0] = pages[1] = source + 128;
    Descriptors();
    Records();
    Lists();
  }

  const uint32_t *capacities_;
  std::vector<uint32_t> good_words, good_record;
  uint32_t pages[2];  // to be stored at list + 512
  std::vector<AttendFault> all;

 private:
  using Change = std::pair<uint32_t, uint32_t>;  // field, value

  static std::vector<uint32_t> Changed(std::vector<uint32_t> words, const std::vector<Change> &changes) {
    for (const Change &change : changes) sac_field_put(words.data(), change.first, change.second);
    return words;
  }
  void Range(const std::string &name, const std::vector<Change> &changes, uint32_t word) {
    // The record is bad as well: the descriptor comes first.
    all.push_back({name,
                   Changed(good_words, changes),
                   Changed(good_record, {{SAC_CONTEXT_MAGIC, 1}}),
                   {},
                   SAC_HW_ERR_RANGE,
                   word});
  }
  void Record(const std::string &name, const std::vector<Change> &changes, uint32_t word, uint32_t function = 0) {
    all.push_back({name,
                   Changed(good_words, {{SAC_ATTEND_SCORE_FUNCTION, function}}),
                   Changed(good_record, changes),
                   {},
                   SAC_HW_ERR_RECORD,
                   word});
  }
  void List(const std::string &name, std::vector<uint32_t> list, uint32_t length) {
    const uint32_t entries = static_cast<uint32_t>(list.size()) / SAC_TILE_WORDS;
    all.push_back(
        {name,
         Changed(good_words,
                 {{SAC_ATTEND_LISTED, 1}, {SAC_ATTEND_LIST_ADDRESS, list_}, {SAC_ATTEND_LIST_ENTRIES, entries}}),
         Changed(good_record, {{SAC_CONTEXT_LENGTH, length}, {SAC_CONTEXT_K_STRIDE, 0}, {SAC_CONTEXT_V_STRIDE, 0}}),
         std::move(list), SAC_HW_ERR_RANGE, 10});
  }

  void Descriptors() {
    Range("no positions", {{SAC_ATTEND_POSITIONS, 0}}, 8);
    Range("no group", {{SAC_ATTEND_GROUP, 0}}, 8);
    Range("a group of 65", {{SAC_ATTEND_GROUP, 65}}, 8);
    Range("a group of 255", {{SAC_ATTEND_GROUP, 255}}, 8);
    Range("listed without entries", {{SAC_ATTEND_LISTED, 1}}, 11);
    Range("score function 3", {{SAC_ATTEND_SCORE_FUNCTION, 3}}, 0);
    Range("positions before entries", {{SAC_ATTEND_POSITIONS, 0}, {SAC_ATTEND_LISTED, 1}}, 8);
    Range("entries before score function", {{SAC_ATTEND_LISTED, 1}, {SAC_ATTEND_SCORE_FUNCTION, 3}}, 11);
  }

  void Records() {
    static const uint32_t kReserved[SAC_CONTEXT_WORDS] = SAC_CONTEXT_RESERVED,
                          kAlign[SAC_CONTEXT_WORDS] = SAC_CONTEXT_ALIGN;
    const uint32_t head_dim = capacities_[SAC_CAPACITY_HEAD_DIM];
    Record("magic", {{SAC_CONTEXT_MAGIC, SAC_CONTEXT_MAGIC_VALUE + 1}, {SAC_CONTEXT_D_K, 0}}, 0);
    for (unsigned bit = 0; bit < 32 * SAC_CONTEXT_WORDS; bit++) {
      if (!((kReserved[bit / 32] | kAlign[bit / 32]) >> bit % 32 & 1)) continue;
      Record("bit " + std::to_string(bit), {{SAC_CONTEXT_D_K, 15}}, bit / 32);
      std::vector<uint32_t> &record = all.back().record;
      record[bit / 32] |= 1u << bit % 32;
      for (unsigned w = bit / 32 + 1; w < SAC_CONTEXT_WORDS; w++) record[w] |= kReserved[w] | kAlign[w];
    }
    Record("length", {{SAC_CONTEXT_LENGTH, (1 << 20) + 1}, {SAC_CONTEXT_D_K, 15}}, 1);
    Record("page_log2", {{SAC_CONTEXT_PAGE_LOG2, 21}}, 1);
    for (uint32_t d : {0u, 8u, 17u, head_dim + 16, 2032u, 2047u}) {
      Record("d_k " + std::to_string(d), {{SAC_CONTEXT_D_K, d}, {SAC_CONTEXT_SCALE_SHIFT, 48}}, 8);
      Record("d_v " + std::to_string(d), {{SAC_CONTEXT_D_V, d}, {SAC_CONTEXT_SCALE_SHIFT, 48}}, 8);
    }
    for (uint32_t shift : {48u, 63u}) {
      Record("scale_shift", {{SAC_CONTEXT_SCALE_SHIFT, shift}, {SAC_CONTEXT_SOFTCAP_SHIFT, 48}}, 9);
      Record("softcap_shift", {{SAC_CONTEXT_SOFTCAP_SHIFT, shift}, {SAC_CONTEXT_SOFTCAP_OUT_SHIFT, 48}}, 10);
      Record("softcap_out_shift", {{SAC_CONTEXT_SOFTCAP_OUT_SHIFT, shift}}, 11);
      Record("output_shift of linear", {{SAC_CONTEXT_OUTPUT_SHIFT, shift}}, 9, 1);
    }
    Record("output_shift", {{SAC_CONTEXT_OUTPUT_SHIFT, 16}}, 9);
    Record("output_shift of polynomial", {{SAC_CONTEXT_OUTPUT_SHIFT, 16}}, 9, 2);
  }

  void Lists() {
    const uint32_t side = capacities_[SAC_CAPACITY_ROWS] * capacities_[SAC_CAPACITY_QUERY_BLOCKS],
                   blocks = (6 + side - 1) / side;
    const uint32_t all_keys = (1 << 21) - 1;
    List("a block that does not exist", {blocks, 0, 1, 0}, 20);
    List("a block far away, not first", {0, 0, 1, 0, 0xffffff, 0, 0, 0}, 20);
    std::vector<uint32_t> long_list;
    for (uint32_t n = 0; n < 20; n++) long_list.insert(long_list.end(), {n == 18 ? blocks : 0, n, 1, 0});
    List("a block that does not exist, behind others", long_list, 20);
    // With a band that leaves nothing, so that no key need be read.
    List("more than 2^20 keys", {0 | 1 << 24, 0, all_keys, 0, 0 | 1 << 24, 5, 1, 0}, 1 << 20);
    for (uint32_t field : {SAC_ATTEND_BAND_LOW, SAC_ATTEND_BAND_HIGH})
      sac_field_put(all.back().words.data(), field, 1u << 30);
  }

  const uint32_t list_;
};

#endif
