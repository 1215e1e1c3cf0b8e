// SPDX-License-Identifier: Apache-2.0
// The lanes of the softmax: tokens that go from lane to lane, a cycle each, and lead their pipelines; what the lanes
// ask of others (docs/attention.md, section 5.1). Cycle 0 of pass A is the cycle of its read token in a lane.
`default_nettype none

package sac_softmax_pkg;
  import sac_config_pkg::*;
  import sac_attend_pkg::*;

  // Pass A: a logit is complete at cycle LogitCycle, with the late token; its row's maximum RowCycles after that.
  localparam int unsigned ScaleLatency = 5;
  localparam int unsigned PlaceLatency = 4;   // slope, band and bias
  localparam int unsigned LogitCycle = 24;
  localparam int unsigned RowCycles = 5;
  // Pass B: a probability is complete at this cycle, with its own late token.
  localparam int unsigned ProbabilityCycle = 12;
  // From a late token that is the last of a row to the write of its maximum, or sum.
  localparam int unsigned StateCycles = 4;
  // From the load of a row into a lane to its first read token.
  localparam int unsigned LoadCycles = 6;
  // State is read, changed and written: rows end at least this many cycles apart.
  localparam int unsigned RowSpacing = 8;
  // Rows between the start of pass A and the end of pass B; logits between them: a row, and what the pipeline holds.
  localparam int unsigned RowsUnderWay = 8;
  localparam int unsigned RingWords = 1 << $clog2(KvTile + LogitCycle + 24);
  localparam int unsigned RingWidth = $clog2(RingWords);

  localparam int unsigned StateWords = LaneRows * Contexts;
  localparam int unsigned StateWidth = $clog2(StateWords);
  localparam int unsigned LaneNumberWidth = AttendLanes > 1 ? $clog2(AttendLanes) : 1;
  localparam int unsigned LaneCountWidth = $clog2(AttendLanes + 1);
  localparam int unsigned WordIndexWidth = ProbabilityWords > 1 ? $clog2(ProbabilityWords) : 1;
  localparam int unsigned BiasPlaceWidth = $clog2(KvTile + 32);
  localparam int unsigned PositionWidth = 27;  // of the sum of slope and bias
  localparam int unsigned BlockRowsWidth = $clog2(Rows * QueryBlocks + 1);

  typedef logic [LaneCountWidth-1:0] lane_count_t;

  // A lane to sac_attend_bias: place in the row, in words or bits; the word, or bit, two cycles later.
  typedef struct packed {
    logic                      valid;
    logic                      buffer;  // number of the rows with bias mod 2
    logic [BiasPlaceWidth-1:0] place;
  } bias_read_t;

  // sac_attend_output to the lanes: held until the answer.
  typedef struct packed {
    logic                             valid;
    logic [sac_dot_pkg::RowWidth-1:0] row;
    logic                             block;
    logic [2:0]                       sub;
  } state_read_t;

  // A row for one lane: what its logits and its state begin with.
  typedef struct packed {
    head_t              head;
    logic signed [31:0] distance;  // j - i of the first key
  } row_load_t;

  // Rows of all lanes: the loader to pass A, and what pass B needs of it.
  typedef struct packed {
    logic [CountWidth-1:0]   count;
    lane_count_t             rows;
    logic [LaneRowWidth-1:0] row;
    logic [StateWidth-1:0]   state;
    step_number_t            step;
    logic                    last_of_step;
  } b_group_t;

  typedef struct packed {
    b_group_t   b;
    logic       begins;       // state begins
    logic       band;
    logic       bias;
    logic [4:0] bias_offset;  // bits of the first word before the first key's
  } a_group_t;

  // Pass A, a key of a row of every lane.
  typedef struct packed {
    logic                      valid;
    logic                      first;
    logic                      last;
    logic                      begins;  // with first: the state of the row begins here
    step_number_t              step;
    logic [LaneRowWidth-1:0]   row;
    logic [KeyWidth-1:0]       key;
    logic                      band;
    logic                      bias;
    logic                      buffer;  // of bias
    logic [BiasPlaceWidth-1:0] place;   // in it
    logic [StateWidth-1:0]     state;
    lane_count_t               rows;    // lanes that have a row, this one and those after it
  } a_read_t;

  typedef struct packed {
    logic                  valid;
    logic                  first;
    logic                  last;
    logic [StateWidth-1:0] state;
    lane_count_t           rows;
  } a_late_t;

  // Pass B, likewise. With scores a token is for one lane, `skip` lanes after this one.
  typedef struct packed {
    logic                 valid;
    logic                 first;
    logic                 logit;
    lane_count_t          skip;
    logic [RingWidth-1:0] place;
  } b_read_t;

  typedef struct packed {
    logic                              valid;
    logic                              first;
    logic                              last;
    logic                              word_end;
    step_number_t                      step;
    logic [LaneRowWidth-1:0]           row;
    logic [sac_dot_pkg::LanesLog2-1:0] position;
    logic [WordIndexWidth-1:0]         word;
    logic [StateWidth-1:0]             state;
    lane_count_t                       rows;
  } b_late_t;

  // Inside the output: what is written at a time, a block's rows of Y, or with scores the rows of a step.
  typedef struct packed {
    logic                     last_of_command;
    logic                     last_of_block;
    logic [31:0]              row;       // R, position and head of its row 0
    logic [31:0]              position;
    logic [5:0]               head;
    logic [BlockRowsWidth-1:0] rows;
    logic                     block;
    logic [QueryBlocks-1:0]   subs;      // that have state and O: those with a step
    logic [20:0]              key;       // scores
    logic [CountWidth-1:0]    count;
  } result_t;

  // A row of Y to be made.
  typedef struct packed {
    logic                             last_of_block;
    logic                             block;
    logic [2:0]                       sub;
    logic [sac_dot_pkg::RowWidth-1:0] row;
    logic [17:0]                      multiplier;
    logic [5:0]                       shift;
  } y_row_t;
endpackage

`default_nettype wire
