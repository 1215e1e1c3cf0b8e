// SPDX-License-Identifier: Apache-2.0
// Every policy as a case: it runs on a device, small (for simulation) or at middle size, and gives what it wrote beside
// golden.
#ifndef SACCADE_TESTS_POLICY_CASES_H
#define SACCADE_TESTS_POLICY_CASES_H

#include "tests/support/policy_choices.h"
#include "tests/support/policy_columns.h"
#include "tests/support/policy_states.h"
#include "tests/support/policy_taylor.h"

namespace policies {

struct Case {
  const char *name;
  PolicyResult (*run)(sac_device_t *device, bool small);
  double least_db = 70.0;  // signal to noise: bounds are for the worst case, this is for the usual one
};

constexpr Case kCases[] = {{"prefill", Prefill}, {"decode", Decode}, {"sinks", Sinks}, {"many_sinks", ManySinks},
                           {"heads", Heads}, {"blocks", BlockSparse}, {"blocks_causal", BlockSparseCausal},
                           {"tree", Tree}, {"shared_prefix", SharedPrefix}, {"contexts", Contexts},
                           {"recycled", Recycled}, {"channels", Channels}, {"taylor", Taylor},
                           {"taylor_state", TaylorState, 50.0},
                           {"columns", Columns}, {"bucketed", Bucketed}, {"bucketed_causal", BucketedCausal}};

}  // namespace policies

#endif
