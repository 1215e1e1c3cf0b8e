// SPDX-License-Identifier: Apache-2.0
// What passes between the host room and the other rooms (docs/architecture.md, section 6).
`default_nettype none

package sac_host_pkg;
  // Increments of all counters in one cycle, by sac_spec_pkg::COUNTER_x. A unit drives the counters
  // that it owns and leaves the others zero; the top ORs the vectors of all rooms.
  typedef logic [sac_spec_pkg::Counters-1:0][15:0] increments_t;

  // Answer of an engine to its command: `done` is a pulse, the rest counts with it. code 0 is success,
  // otherwise `address` is the word index of the bad field.
  typedef struct packed {
    logic        done;
    logic [7:0]  code;
    logic [31:0] address;
  } response_t;

  // Engines, as bits of the dispatch.
  localparam int unsigned EngineCopy = 0;
  localparam int unsigned EngineTable = 1;
  localparam int unsigned EngineMatmul = 2;
  localparam int unsigned EngineRender = 3;
  localparam int unsigned EngineAttend = 4;
  localparam int unsigned EngineMerge = 5;
  localparam int unsigned EngineSelect = 6;
  localparam int unsigned EngineRecode = 7;
  localparam int unsigned EngineCount = 8;

  // First failed access of the memory room since reset.
  typedef struct packed {
    logic        valid;
    logic [7:0]  code;
    logic [31:0] address;
  } fault_t;

  // Memory windows and the rest of what the memory room needs to know from the registers.
  localparam int unsigned Windows = sac_spec_pkg::REG_WINDOW_BASE_COUNT;
  typedef struct packed {
    logic [Windows-1:0][31:0] base;
    logic [Windows-1:0][31:0] limit;
    logic [Windows-1:0]       may_read;
    logic [Windows-1:0]       may_write;
    logic [63:0]              memory_base;
    logic [31:0]              timeout;
  } memory_config_t;
endpackage

`default_nettype wire
