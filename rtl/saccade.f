# The ordered file list, read by lint, simulation and synthesis; the configuration package comes before it.
rtl/spec/sac_spec_pkg.sv
rtl/memory/sac_memory_pkg.sv
rtl/lib/sac_ram.sv
rtl/lib/sac_fifo.sv
rtl/lib/sac_skid.sv
rtl/lib/sac_divide.sv
rtl/lib/sac_sqrt.sv
rtl/sparse/sac_sparse_pkg.sv
rtl/sparse/sac_tree.sv
rtl/sparse/sac_search.sv
rtl/sparse/sac_values.sv
rtl/sparse/sac_decode.sv
rtl/sparse/sac_cache.sv
rtl/sparse/sac_directory.sv
rtl/sparse/sac_sparse.sv
