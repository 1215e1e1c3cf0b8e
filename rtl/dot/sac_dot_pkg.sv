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
    KindMatmul  = 2'd2
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
    logic [12:0]  beats;        // accumulate: K; reduce: ReduceOutputs * chunks
    logic [4:0]   chunks;       // reduce: words an output
    logic [15:0]  weight_base;
    logic [11:0]  quant_base;
    destination_t destination;
  } operation_t;

  // Pulses of the array. `read`: the last operand word of an operation has been read, its x RAM words may be
  // overwritten. `done`: its result word lies in every row.
  typedef struct packed {
    logic         valid;
    kind_e        kind;
    destination_t destination;
  } event_t;

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
