// SPDX-License-Identifier: Apache-2.0
// Rays of two tiles, by context and pixel: one write port, and a read port each for every sample lane (its own pixels, by
// lane_word), colour and write-back, each with the context of its tile. Data follow a read by one cycle and hold until
// the next. A context is not read while its rays are set up.
`default_nettype none

module sac_ray_store
  import sac_config_pkg::SampleLanes, sac_ray_pkg::*, sac_colour_pkg::PixelWidth, sac_colour_pkg::view_t;
(
  input  wire logic                  clk_i,
  input  wire logic                  write_i,
  input  wire logic                  write_context_i,
  input  wire logic [PixelWidth-1:0] write_pixel_i,
  input  wire logic [SideWidth-1:0]  write_x_i,    // of the same pixel
  input  wire logic [SideWidth-1:0]  write_y_i,
  input  wire ray_line_t             write_line_i,
  input  wire view_t                 write_view_i,
  input  wire ray_depth_t            write_depth_i,
  input  wire logic                  line_context_i,
  input  wire logic [SampleLanes-1:0] line_en_i,
  input  wire logic [SampleLanes-1:0][LaneWordWidth-1:0] line_word_i,
  output ray_line_t [SampleLanes-1:0] line_o,
  input  wire logic                  view_context_i,
  input  wire logic                  view_en_i,
  input  wire logic [PixelWidth-1:0] view_pixel_i,
  output view_t                      view_o,
  input  wire logic                  depth_context_i,
  input  wire logic                  depth_en_i,
  input  wire logic [PixelWidth-1:0] depth_pixel_i,
  output ray_depth_t                 depth_o
);
  localparam int unsigned Words = 2 << PixelWidth;

  for (genvar lane = 0; lane < SampleLanes; lane++) begin : gen_lane
    sac_ram #(.Width($bits(ray_line_t)), .Words(2 << LaneWordWidth)) u_line (
      .clk_i, .write_en_i(write_i && lane_of(write_x_i) == LaneWidth'(lane)),
      .write_address_i({write_context_i, lane_word(write_x_i, write_y_i)}), .write_data_i(write_line_i),
      .read_en_i(line_en_i[lane]), .read_address_i({line_context_i, line_word_i[lane]}), .read_data_o(line_o[lane])
    );
  end
  sac_ram #(.Width($bits(view_t)), .Words(Words)) u_view (
    .clk_i, .write_en_i(write_i), .write_address_i({write_context_i, write_pixel_i}), .write_data_i(write_view_i),
    .read_en_i(view_en_i), .read_address_i({view_context_i, view_pixel_i}), .read_data_o(view_o)
  );
  sac_ram #(.Width($bits(ray_depth_t)), .Words(Words)) u_depth (
    .clk_i, .write_en_i(write_i), .write_address_i({write_context_i, write_pixel_i}), .write_data_i(write_depth_i),
    .read_en_i(depth_en_i), .read_address_i({depth_context_i, depth_pixel_i}), .read_data_o(depth_o)
  );
endmodule

`default_nettype wire
