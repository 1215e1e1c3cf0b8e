// SPDX-License-Identifier: Apache-2.0
// What passes between the memory room and its clients (docs/architecture.md, section 6).
`default_nettype none

package sac_memory_pkg;
  // Read clients in order of priority (0 first), then write clients.
  localparam int unsigned ReadRing = 0;
  localparam int unsigned ReadCopy = 1;
  localparam int unsigned ReadTable = 2;
  localparam int unsigned ReadMatmul = 3;
  localparam int unsigned ReadRender = 4;
  localparam int unsigned ReadWalk = 5;
  localparam int unsigned ReadDensity = 6;
  localparam int unsigned ReadAppearance = 7;
  localparam int unsigned ReadAttend = 8;
  localparam int unsigned ReadAttendPages = 9;
  localparam int unsigned ReadAttendQuery = 10;
  localparam int unsigned ReadAttendBias = 11;
  localparam int unsigned ReadAttendRows = 12;
  localparam int unsigned ReadClients = 13;

  localparam int unsigned WriteCompletion = 0;
  localparam int unsigned WriteCopy = 1;
  localparam int unsigned WriteMatmul = 2;
  localparam int unsigned WriteRender = 3;
  localparam int unsigned WriteAttend = 4;
  localparam int unsigned WriteClients = 5;

  // A stretch of memory: device address and length, both multiples of 4, 4 to 32768 bytes.
  typedef struct packed {
    logic [31:0] address;
    logic [15:0] bytes;
  } request_t;

  // A part of a request that goes over the bus as one burst; never crosses a multiple of BurstBytes.
  typedef struct packed {
    logic [31:0] address;
    logic [10:0] bytes;
    logic        last;  // of its request
  } burst_t;

  // One 32-bit word for an on-chip table; the owner of `target` writes the entry when `last` arrives.
  typedef struct packed {
    logic        valid;
    logic [4:0]  target;
    logic [15:0] entry;
    logic [5:0]  word;
    logic        last;
    logic [31:0] data;
  } table_word_t;

  // Control of a function table: offset, shift, ends (fields of TABLE, word 4).
  typedef struct packed {
    logic        valid;
    logic [4:0]  target;
    logic [23:0] control;
  } table_control_t;
endpackage

`default_nettype wire
