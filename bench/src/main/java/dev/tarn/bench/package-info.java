/// Side-by-side measurements: Tarn and its peer in one run, on one machine.
///
/// `bin/bench NAME` runs one, writes `bench/results/NAME.json` and the page `docs/benchmarks.md` anew.
@NullMarked
package dev.tarn.bench;

import org.jspecify.annotations.NullMarked;
