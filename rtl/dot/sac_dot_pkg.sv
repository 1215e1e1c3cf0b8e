// SPDX-License-Identifier: Apache-2.0
// What passes between the dot room and its users: operations of the array, their completion, its geometry
// (docs/architecture.md, sections 5 and 6.1).
`default_nettype none

package sac_dot_pkg;
  import sac_config_pkg::*;

  localparam int unsigned WordWidth = Lanes * 16;
  localparam int unsigned LanesLog2 = $clog2(Lanes);
  localparam int unsigned XAddressWidth = $clog2(XWords);
  localparam int unsigned RowWidth = Rows > 1 ? $clog2(Rows) : 1;
  // A reduce operation always has this many outputs: the colour's three.
  localparam int unsigned ReduceOutputs = 3;
  // Cycles from a value entering sac_requantise, or sac_lookup, to its result.
  localparam int unsigned RequantiseLatency = 5;
  localparam int unsigned LookupLatency = 7;
  // From the unload request to its word.
  localparam int unsigned UnloadLatency = 2;
  localparam int unsigned AccumulatorWidth = 40;
  // KV RAM of ATTEND: two buffers of K and two of V, words of `Lanes` bytes (docs/attention.md, section 5).
  localparam int unsigned KvWords = 8 * KvTile * (HeadDim / Lanes);
  localparam int unsigned KvAddressWidth = $clog2(KvWords);
  // Of rows that take half the lanes or less a KV word holds two keys, each in a segment. (No row is shorter than 16.)
  localparam int unsigned Segments = Lanes >= 32 ? 2 : 1;
  localparam int unsigned SegmentLanes = Lanes / Segments;
  // Raw sums of reduce operations: those of a row's segments, the lowest first, row by row.
  localparam int unsigned ScoresWidth = Rows * Segments * AccumulatorWidth;
  // What an operation's user gets back with its events and raw results; the array does not look at it.
  localparam int unsigned TagWidth = 16;
  typedef logic [TagWidth-1:0] tag_t;

  // Geometry of the colour network and of its share of the RAMs (section 5).
  localparam int unsigned Features = 27;
  localparam int unsigned Products = 144;
  localparam int unsigned NetworkInputs = 150;
  localparam int unsigned Hidden = 128;
  localparam int unsigned HiddenWords = Hidden / Lanes;
  localparam int unsigned InputWords = (NetworkInputs + Lanes - 1) / Lanes;
  localparam int unsigned ProductWords = (Products + Lanes - 1) / Lanes;
  localparam int unsigned FeatureWords = (Features + Lanes - 1) / Lanes;
  localparam int unsigned HWords = 4 * HiddenWords;
  localparam int unsigned HAddressWidth = $clog2(HWords);

  localparam int unsigned BasisWeights = 0;
  localparam int unsigned Layer1Weights = BasisWeights + FeatureWords * Products;
  localparam int unsigned Layer2Weights = Layer1Weights + HiddenWords * NetworkInputs;
  localparam int unsigned Layer3Weights = Layer2Weights + HiddenWords * Hidden;
  localparam int unsigned BasisQuant = 0;
  localparam int unsigned Layer1Quant = BasisQuant + FeatureWords * Lanes;
  localparam int unsigned Layer2Quant = Layer1Quant + Hidden;
  localparam int unsigned Layer3Quant = Layer2Quant + Hidden;

  typedef enum logic [1:0] {
    KindNetwork = 2'd0,
    KindBasis   = 2'd1,
    KindMatmul  = 2'd2,
    KindAttend  = 2'd3          // second operand from the KV RAM, raw results
  } kind_e;

  // Where the result word of every row goes: word `word` of the h RAM, or out slot `word[0]`.
  typedef struct packed {
    logic       to_h;
    logic [5:0] word;
  } destination_t;

  typedef struct packed {
    kind_e        kind;
    logic         reduce;       // 0: accumulate
    logic         relu;
    logic         source_h;     // operands from the h RAM, else from the x RAM
    logic [9:0]   source;       // first operand word
    logic [12:0]  beats;        // accumulate: K; reduce: ReduceOutputs (KindAttend: any number) * chunks; see two_beats
    logic [4:0]   chunks;       // reduce: words an output
    logic [15:0]  weight_base;  // KindAttend: address in the KV RAM
    logic [11:0]  quant_base;
    destination_t destination;
    // KindAttend only, else zero.
    logic         two_beats;    // an element takes two: its signed high byte, then its unsigned low byte
    logic         x_unsigned;   // operands of 16 bits without sign
    logic         segmented;    // a beat takes two keys: reduce (chunks = 1) gives two sums, accumulate takes two elements
                                // of the x word and adds what they give to half the sums
    tag_t         tag;
  } operation_t;

  // Pulses of the array. `read`: the last operand word of an operation has been read, its x RAM words may be
  // overwritten. `done`: its result word lies in every row; KindAttend has raw results instead.
  typedef struct packed {
    logic         valid;
    kind_e        kind;
    destination_t destination;
    tag_t         tag;
  } event_t;

  // A raw result of every row is at the port: sums of an accumulate operation come in order of the lanes, one a cycle,
  // those of a reduce operation one a segment every `chunks` beats. `last`: of its operation.
  typedef struct packed {
    logic valid;
    logic last;
    tag_t tag;
  } raw_t;

  typedef struct packed {
    logic                      valid;
    logic [KvAddressWidth-1:0] address;
    logic [Lanes*8-1:0]        data;
  } kv_write_t;

  typedef struct packed {
    logic                     valid;
    logic [RowWidth-1:0]      row;
    logic [XAddressWidth-1:0] word;
    logic [WordWidth-1:0]     data;
  } x_write_t;

  typedef struct packed {
    logic                valid;
    logic                slot;
    logic [RowWidth-1:0] row;
  } unload_t;

  typedef struct packed {
    logic signed [31:0] bias;
    logic [15:0]        multiplier;
    logic [5:0]         shift;
  } quant_t;
endpackage

`default_nettype wire
