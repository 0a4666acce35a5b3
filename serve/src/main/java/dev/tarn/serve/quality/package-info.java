/// How good predictions turned out to be, and how far what is served has moved from what was learned.
@NullMarked
package dev.tarn.serve.quality;

import org.jspecify.annotations.NullMarked;
