// SPDX-License-Identifier: Apache-2.0
// What passes between the units of the attend room: the constants of a command, steps, and who may go on
// (docs/attention.md, section 5).
`default_nettype none

package sac_attend_pkg;
  import sac_config_pkg::*;

  localparam int unsigned HeadChunks = HeadDim / Lanes;                     // QW: words of a row of Q
  localparam int unsigned ProbabilityWords = (KvTile + Lanes - 1) / Lanes;  // PW
  localparam int unsigned Contexts = 2 * QueryBlocks;
  localparam int unsigned ContextWidth = $clog2(Contexts);
  localparam int unsigned CountWidth = $clog2(KvTile + 1);
  localparam int unsigned KeyWidth = $clog2(KvTile);
  localparam int unsigned ElementWidth = $clog2(HeadDim);
  localparam int unsigned RowCountWidth = $clog2(Rows + 1);
  localparam int unsigned BufferWords = KvTile * 2 * HeadChunks;            // KW: a K or V buffer of the KV RAM
  localparam int unsigned GroupWords = KvTile * 2;                          // a group of V in it
  localparam int unsigned ProbabilityBase = Contexts * HeadChunks;          // word of the x RAM
  localparam int unsigned GroupMax = 64;
  localparam int unsigned ScoreWidth = 40;
  localparam int unsigned OutputWidth = 44;
  localparam int unsigned SumWidth = 38;
  localparam int unsigned LogitWidth = 24;
  localparam int unsigned MaximumWidth = 13;
  localparam int unsigned RescaleWidth = 6;
  localparam int unsigned GroupWidth = HeadChunks > 1 ? $clog2(HeadChunks) : 1;
  // Row r belongs to lane r mod AttendLanes; there it is number r / AttendLanes.
  localparam int unsigned LaneRows = (Rows + AttendLanes - 1) / AttendLanes;
  localparam int unsigned LaneRowWidth = LaneRows > 1 ? $clog2(LaneRows) : 1;
  // Steps whose scores, and whose probabilities, may be there at a time: with segments a step takes the array half as long,
  // and the way of a step through the softmax is as long as before.
  localparam int unsigned StepBuffers = sac_dot_pkg::Segments == 2 ? 4 : 2;
  typedef logic [$clog2(StepBuffers)-1:0] step_number_t;
  // Of a row: scores of those steps, in a bank for each segment (key k in bank k mod Segments); O of the contexts of a block.
  localparam int unsigned Segments = sac_dot_pkg::Segments;
  localparam int unsigned ScoreWords = (KvTile + Segments - 1) / Segments;  // of a step, in a bank
  localparam int unsigned ScoreAddressWidth = $clog2(StepBuffers * ScoreWords);
  localparam int unsigned OAddressWidth = $clog2(QueryBlocks * HeadDim);
  // Element e lies in bank e mod OutputLanes of O: the output reads a word of all banks.
  localparam int unsigned OutputLanesLog2 = $clog2(OutputLanes);
  // Steps that a unit may be behind the walker: rows of Q and of the next tiles are fetched meanwhile.
  localparam int unsigned StepDepth = 4 * QueryBlocks;
  // From a sum of the array to its place in the O RAM, where it can be read from.
  localparam int unsigned AddLatency = 6;

  // Stable from the first step to the response. Derived by sac_attend once a command.
  typedef struct packed {
    sac_spec_pkg::attend_command_t command;
    sac_spec_pkg::context_record_t head;       // the CONTEXT record
    logic [31:0]                   rows;       // positions * group
    logic                          k_beats;    // 1: two beats an element
    logic                          v_beats;
    logic                          k_segments; // 1: a word of the KV RAM holds two keys
    logic                          v_segments;
    logic [$clog2(HeadChunks+1)-1:0] k_chunks; // words of a row: ceil(d / lanes)
    logic [$clog2(HeadChunks+1)-1:0] v_groups;
    logic [15:0]                   k_bytes;    // of a row in memory
    logic [15:0]                   v_bytes;
    logic [3:0]                    k_merge;    // log2 of the rows that a request joins
    logic [3:0]                    v_merge;
  } job_t;

  // A tile of keys before one sub-block of query rows.
  typedef struct packed {
    logic                     last_of_command; // no step follows
    logic                     empty;           // the only step of a block that visits no key
    logic                     first_of_block;  // first step of its block: query rows are loaded
    logic                     last_of_block;   // the block is written after it
    logic                     first_of_tile;   // K and V are fetched
    logic                     last_of_tile;
    logic                     first_of_context;// first step of its sub-block in this block
    logic                     block;           // block number mod 2; blocks are numbered as they are visited
    logic                     tile;            // tile number mod 2
    step_number_t             step;            // step number mod StepBuffers (steps that are not empty)
    logic [31:0]              block_row;       // R of the block's row 0, its position and head
    logic [31:0]              block_position;
    logic [5:0]               block_head;
    logic [2:0]               sub;             // sub-block
    logic [RowCountWidth-1:0] rows;            // rows of the sub-block that exist
    logic [31:0]              row;             // R of its row 0
    logic [31:0]              position;        // position of its row 0
    logic [5:0]               head;            // head of its row 0
    logic signed [31:0]       index;           // i of its row 0
    logic [20:0]              key;             // j of the tile's first key
    logic [CountWidth-1:0]    count;           // keys, 1 .. kv_tile (0 when empty)
    logic                     band;
    logic                     bias;
  } step_t;

  // Inside the walker: a sub-block of the block under way.
  typedef struct packed {
    logic               exists;
    logic [31:0]        position;  // of its row 0
    logic [5:0]         head;
    logic signed [31:0] first;     // i of its first and last row
    logic signed [31:0] last;
  } sub_t;

  // Inside the walker: a tile with at least one step, or the sign that a block has none.
  typedef struct packed {
    logic                   last_of_command;
    logic                   empty;
    logic                   first_of_block;
    logic                   last_of_block;
    logic [20:0]            key;
    logic [CountWidth-1:0]  count;
    logic                   band;
    logic                   bias;
    logic [QueryBlocks-1:0] subs;  // that have a step
  } tile_t;

  // Inside sac_kv: rows of K or V of a tile that lie in one page, from `address` on.
  typedef struct packed {
    logic                  v;
    logic                  tile;     // tile number mod 2
    logic                  last;     // of K or V of its tile
    logic [CountWidth-1:0] rows;
    logic [31:0]           address;
  } run_t;

  // Inside sac_kv: rows of a request.
  typedef struct packed {
    logic       v;
    logic       tile;
    logic       last;                // with it, K or V of its tile is complete
    logic [8:0] rows;
  } rows_t;

  // Inside sac_kv: a beat of a row.
  typedef struct packed {
    logic v;
    logic tile;
    logic scales;                    // of scales, else of elements
    logic last;                      // of the row's elements, or of its scales
    logic last_of_part;              // the row is the last one of K or V of its tile
  } beat_info_t;

  // Inside sac_kv_unpack: values of a row of K or V, from lane `lane` of a word of the KV RAM on.
  localparam int unsigned LaneWidth = $clog2(Lanes);
  typedef struct packed {
    logic                 v;
    logic                 part_end;      // the last ones of K or V of their tile
    logic                 beats;         // two beats an element
    logic                 word_end;
    logic [LaneWidth-1:0] lane;
    logic [2:0]           values_log2;
    logic [sac_dot_pkg::KvAddressWidth-1:0] address;
  } values_t;

  // RECODE: a row for sac_kv to expand, and how; values that it packs a cycle; the scale of a group.
  localparam int unsigned RecodeLanes = Lanes < 16 ? Lanes : 16;
  localparam int unsigned RecodeSlots = AxiDataWidth / 16 < RecodeLanes ? AxiDataWidth / 16 : RecodeLanes;
  localparam int unsigned RecodeBuffers = 3;  // rows: one is filled, one is read, one is on its way
  typedef struct packed {
    logic        active;             // RECODE has the rows of sac_kv
    logic        tile;               // row number mod 2
    logic [10:0] d;
    logic [1:0]  form;
    logic        scaled;
    logic        beats;
    logic [15:0] bytes;
  } recode_row_t;
  typedef struct packed {
    logic [7:0]  mantissa;
    logic [4:0]  exponent;
    logic [17:0] reciprocal;         // floor(2^24 / mantissa)
  } recode_scale_t;

  // From sac_attend: a head's slope and sink, by index of the group, one cycle after the address.
  typedef struct packed {
    logic signed [31:0]             slope;
    logic signed [MaximumWidth-1:0] sink_max;
    logic [15:0]                    sink_sum;
  } head_t;

  // A lane to its rows: a score, two cycles later.
  typedef struct packed {
    logic                    valid;
    logic [LaneRowWidth-1:0] row;
    step_number_t            step;
    logic [KeyWidth-1:0]     key;
  } score_read_t;

  // A lane to its rows: what the step's maximum shifts O of a row by (63: all gone).
  typedef struct packed {
    logic                    valid;
    logic [LaneRowWidth-1:0] row;
    step_number_t            step;
    logic [RescaleWidth-1:0] shift;
  } rescale_t;

  // sac_attend_output to the rows: OutputLanes elements of O from a multiple of it, two cycles later. The context by its block mod 2 and sub-block.
  typedef struct packed {
    logic                    valid;
    logic [sac_dot_pkg::RowWidth-1:0] row;
    logic                    block;
    logic [2:0]              sub;
    logic [ElementWidth-1:0] element;
  } sum_read_t;

  // sac_attend_issue's tag of an operation: QK, or a group of PV.
  typedef struct packed {
    logic                  pv;
    logic                  block;
    logic [2:0]            sub;
    step_number_t          step;
    logic [GroupWidth-1:0] group;
    logic                  first_of_context; // O begins at zero
    logic                  last_of_step;     // PV: its last group
    logic                  last_of_tile;     // K or V of the tile is not read after it
    logic                  last_of_block;    // QK: nor is Q; PV: O is complete after it
  } attend_tag_t;

  // State of a row, as sac_softmax keeps it.
  typedef struct packed {
    logic                           none;      // no key yet: m does not count
    logic signed [MaximumWidth-1:0] maximum;
    logic [SumWidth-1:0]            sum;
  } state_t;

  // MERGE: elements of a beat, beats of a row; a sum of 63 products of 17 and 16 bits.
  localparam int unsigned MergePlaces = AxiDataWidth / 16;
  localparam int unsigned MergeBeatWidth = $clog2(HeadDim / MergePlaces + 1);
  localparam int unsigned MergeSumWidth = 38;
  typedef logic signed [MergeSumWidth-1:0] merge_sum_t;
  typedef merge_sum_t [MergePlaces-1:0] merge_sums_t;

  // What the sums of a row are multiplied by, and its log-sum-exp.
  typedef struct packed {
    logic [17:0] multiplier;
    logic [5:0]  shift;
    logic [31:0] lse;
  } merge_row_t;

  // To the weights: a state of one of the two rows that are kept; the weight a cycle later.
  typedef struct packed {
    logic       valid;
    logic       buffer;
    logic [5:0] state;
  } merge_weight_t;
endpackage

`default_nettype wire
